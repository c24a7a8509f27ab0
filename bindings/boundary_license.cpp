// SPDX-License-Identifier: Apache-2.0
#include "answer.h"
#include "boundary.h"
#include "latchkey/base64url.h"
#include "latchkey/json_mapping.h"

namespace latchkey::boundary {

std::string license(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    auto text = text_of(arguments, "text");
    if (!text) return fail(std::move(text));
    const auto now = integer_of(arguments, "nowMs");
    if (!now) return tl::unexpected<error>(now.error());
    license_rules rules;
    if (const json_value* given = arguments.find("accepted")) {
      auto forms = to_license_forms(*given);
      if (!forms) return fail(std::move(forms));
      rules.accepted = *forms;
    }
    // Signatures are checked by whoever calls; without a word about it, none holds.
    rules.verify = [&arguments](auto, auto) { return arguments.is_true("signatureHolds"); };
    return to_json(license_at(check_license(*text, rules), *now));
  });
}

std::string license_signature(const std::string& text) {
  const auto license = parse_signed_license(text);
  if (!license) return success(nullptr);
  return success(json_object{{"message", license->message}, {"signature", to_base64url(license->signature)}});
}

}  // namespace latchkey::boundary
