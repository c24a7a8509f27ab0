// SPDX-License-Identifier: Apache-2.0
// The facts as JSON, as they cross the boundary.
#include "boundary.h"
#include "fuzz.h"
#include "latchkey/json_codec.h"
#include "rule.h"

namespace {

using namespace latchkey;

const json_value& member(const json_value& object, std::string_view key) {
  static const json_value nothing;
  const json_value* found = object.find(key);
  return found == nullptr ? nothing : *found;
}

bool names(const json_value& list, std::string_view text) {
  const json_array* array = list.as_array();
  if (array == nullptr) return false;
  return std::any_of(array->begin(), array->end(),
                     [&](const json_value& each) { return each.as_string() != nullptr && *each.as_string() == text; });
}

// Whether the facts have the part and a license for it.
bool may_offer(const json_value& facts, std::string_view part, std::string_view feature) {
  const json_value& found = member(member(facts, "provider"), part);
  const bool implemented = found.as_bool() != nullptr ? *found.as_bool() : found.as_object() != nullptr;
  const json_value& license = member(facts, "license");
  const bool licensed =
      license.is_true("valid") && (license.find("features") == nullptr || names(member(license, "features"), feature));
  return implemented && (licensed || facts.is_true("exempt"));
}

void check_login(const json_value& facts, const json_value& login) {
  if (login.is_null()) return;
  const json_value& type = member(login, "type");
  fuzz::require(type.as_string() != nullptr, "a way in has a type");
  fuzz::require(*type.as_string() == "credentials" || may_offer(facts, "sso", "sso"), "single sign-on is configured");
  fuzz::require(*type.as_string() == "sso" || may_offer(facts, "credentials", "user"), "passwords are configured");
}

void check_signed_in(const json_value& facts, const json_value& told) {
  fuzz::require(may_offer(facts, "user", "user") && !member(facts, "user").is_null(), "nobody else is shown");
  fuzz::require(member(told, "user").find_string("id") != nullptr, "a person has an id");
  const json_value& offered = member(told, "capabilities");
  fuzz::require(offered.as_object() != nullptr, "one who is signed in is told what there is");
  for (const auto& [name, value] : *offered.as_object()) {
    if (!offered.is_true(name)) continue;
    fuzz::require(may_offer(facts, name, name == "credentials" ? "user" : std::string_view(name)),
                  "only what is configured and licensed is offered");
  }
  const json_value& access = member(told, "access");
  fuzz::require(told.find("access") != nullptr, "access is told or null");
  if (!access.is_null()) {
    fuzz::require(may_offer(facts, "rbac", "rbac"), "access is told when roles are configured and licensed");
    for (const char* key : {"roles", "permissions"}) {
      fuzz::require(member(access, key) == member(member(facts, "access"), key), "access is the given one");
    }
  }
  if (told.find("availableRoles") != nullptr) {
    fuzz::require(names(member(access, "permissions"), "*"), "only who holds everything views as another role");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::to_text(data, size));
  const std::string written = boundary::capabilities(text);
  const auto answer = parse_json(written);
  fuzz::require(answer && to_json_text(*answer) == written, "every answer is JSON");
  const auto facts = parse_json(text);
  if (!answer->is_true("ok")) {
    const std::string* code = member(*answer, "error").find_string("code");
    fuzz::require(code != nullptr && *code == (facts ? "ERR_LATCHKEY_JSON_SHAPE" : "ERR_LATCHKEY_JSON_INVALID"),
                  "facts are refused for their JSON or their shape");
    return 0;
  }
  fuzz::require(facts.has_value(), "only JSON is understood");
  const json_value& told = member(*answer, "value");
  const bool licensed = member(*facts, "license").is_true("valid") || facts->is_true("exempt");
  const bool enabled = told.is_true("enabled");
  fuzz::require(enabled == (licensed && !member(*facts, "provider").is_null()), "a license and a provider turn it on");
  if (!enabled) {
    fuzz::require(written == R"({"ok":true,"value":{"enabled":false,"login":null}})", "what is off tells nothing");
    return 0;
  }
  check_login(*facts, member(told, "login"));
  if (told.find("user") != nullptr) {
    check_signed_in(*facts, told);
  } else {
    fuzz::require(told.as_object()->size() == 2, "a stranger is told the way in alone");
  }
  return 0;
}
