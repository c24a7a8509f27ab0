// SPDX-License-Identifier: Apache-2.0
#include "latchkey/license.h"

#include <array>

#include "latchkey/utf8.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, license_feature_count> feature_names = {"user", "session", "sso",
                                                                               "rbac", "acl",     "audit"};

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_documented_license(std::string_view text) noexcept {
  if (text.size() > license_max_bytes) return false;
  std::size_t characters = 0;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character || is_control(character->code_point)) return false;
    text.remove_prefix(character->length);
    ++characters;
  }
  return characters >= license_min_characters;
}

bool is_over(const license_info& license, std::int64_t now_ms) noexcept {
  return license.expires_at_ms && now_ms >= *license.expires_at_ms;
}

}  // namespace

std::string_view to_string(license_feature feature) noexcept {
  const auto index = static_cast<std::size_t>(feature);
  return index < feature_names.size() ? feature_names[index] : std::string_view();
}

std::optional<license_feature> to_license_feature(std::string_view text) noexcept {
  for (std::size_t i = 0; i < feature_names.size(); ++i) {
    if (feature_names[i] == text) return static_cast<license_feature>(i);
  }
  return std::nullopt;
}

license_info check_license(std::string_view text) {
  const std::string_view key = trim(text);
  license_info info;
  if (key.empty()) {
    info.reason = errc::license_required;
  } else if (!is_documented_license(key)) {
    info.reason = errc::license_invalid;
  } else {
    info.valid = true;
    info.tier = "enterprise";
    info.features = license_features::all();
  }
  return info;
}

const license_info& license_cache::check(std::string_view text, std::int64_t now_ms, std::int64_t monotonic_ms) {
  const bool is_same = filled_ && text_ == text;
  // A clock that steps back would keep an answer for ever, so that counts as old too.
  const bool is_fresh = monotonic_ms >= checked_at_ && monotonic_ms - checked_at_ < license_cache_ms;
  if (is_same && is_fresh && !is_over(info_, now_ms)) return info_;
  info_ = check_license(text);
  if (!is_same) warning_ = info_.reason == errc::license_invalid;
  text_ = text;
  checked_at_ = monotonic_ms;
  filled_ = true;
  return info_;
}

bool license_cache::take_warning() noexcept {
  const bool warn = warning_;
  warning_ = false;
  return warn;
}

bool license_gate::is_licensed(std::int64_t now_ms) const noexcept {
  return exempt || (license.valid && !is_over(license, now_ms));
}

bool license_gate::allows(license_feature feature, std::int64_t now_ms) const noexcept {
  return exempt || (is_licensed(now_ms) && license.features.has(feature));
}

}  // namespace latchkey
