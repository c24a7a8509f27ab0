// SPDX-License-Identifier: Apache-2.0
#include "latchkey/license.h"

#include "boundary.h"
#include "fuzz.h"
#include "latchkey/json_mapping.h"
#include "latchkey/utf8.h"

namespace {

using namespace latchkey;

bool same(const license_info& a, const license_info& b) {
  return a.valid == b.valid && a.tier == b.tier && a.features == b.features && a.expires_at_ms == b.expires_at_ms &&
         a.reason == b.reason;
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character || is_control(character->code_point)) return true;
    text.remove_prefix(character->length);
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::to_text(data, size));
  const license_info info = check_license(text);
  fuzz::require(info.valid == !info.reason.has_value(), "an invalid license has a reason");
  fuzz::require(info.valid != info.features.is_empty(), "a valid license enables something, an invalid one nothing");
  fuzz::require(info.valid == !info.tier.empty(), "a valid license has a tier");
  fuzz::require(same(check_license(" \t" + text + "\r\n"), info), "white space around a license is none of it");
  if (info.valid) {
    std::string trimmed = text.substr(text.find_first_not_of(" \t\r\n"));
    trimmed.erase(trimmed.find_last_not_of(" \t\r\n") + 1);
    fuzz::require(!has_control(trimmed) && count_code_points(trimmed) >= license_min_characters,
                  "a license is a text of at least 32 characters");
  }

  license_cache cache;
  for (const std::int64_t at : {std::int64_t{0}, license_cache_ms - 1, license_cache_ms, std::int64_t{0}}) {
    fuzz::require(same(cache.check(text, 0, at), info), "the cache gives the same answer");
  }
  fuzz::require(cache.take_warning() == (info.reason == errc::license_invalid) && !cache.take_warning(),
                "a text that is no license is warned of once");

  // Every signature holds here: what remains is the reading.
  const license_rules trusting{license_forms::all(), [](auto, auto signature) { return signature.size() == 64; }};
  const license_info trusted = check_license(text, trusting);
  const auto signed_one = parse_signed_license(text);
  fuzz::require(trusted.valid == (info.valid || signed_one.has_value()), "a license is a documented or a signed one");
  fuzz::require(!(info.valid && signed_one), "no text is both");
  if (const auto lease = parse_license_answer(text, 0)) {
    fuzz::require(lease->at(0).valid <= lease->info.valid, "a lease opens nothing that the answer refused");
    fuzz::require(!lease->at(lease->renew_at_ms + license_grace_ms).valid, "every lease ends");
  }

  const license_gate gate{info, false};
  fuzz::require(gate.is_licensed(0) == info.valid, "the gate opens for a valid license");
  for (int i = 0; i < license_feature_count; ++i) {
    const auto feature = static_cast<license_feature>(i);
    fuzz::require(gate.allows(feature, 0) == info.features.has(feature), "the gate opens for the license's features");
  }
  if (is_well_formed_utf8(text)) {
    const std::string answer = boundary::license(to_json_text(json_object{{"text", text}, {"nowMs", 0}}));
    fuzz::require(answer == to_json_text(json_object{{"ok", true}, {"value", to_json(info)}}),
                  "the boundary gives core's answer");
  }
  return 0;
}
