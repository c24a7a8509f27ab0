// SPDX-License-Identifier: Apache-2.0
// One text: whether it is a permission, and what it covers by itself.
#include "rule.h"

namespace {

using namespace latchkey;

grant_set compile_one(const std::string& grant) {
  auto set = grant_set::compile(std::span<const std::string>(&grant, 1));
  fuzz::require(set.has_value(), "a permission is a grant");
  return std::move(*set);
}

void check_agreement(const grant_set& set, std::string_view grant, std::string_view required) {
  const bool expected = fuzz::covers_by_rule(grant, required);
  fuzz::require(set.covers(required) == expected, "a grant covers what the rule says");
  fuzz::require(set.explain(required).allowed == expected, "the explanation gives the same answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::to_text(data, size));
  const auto parsed = parse_permission(text);
  fuzz::require(parsed.has_value() == fuzz::is_permission(text), "the grammar is the one that is described");
  fuzz::require(is_valid_permission(text) == parsed.has_value(), "both ways of asking agree");
  if (!parsed) {
    fuzz::require(parsed.error().code == errc::permission_invalid, "a refusal says what was refused");
    fuzz::require(!grant_set::compile(std::span<const std::string>(&text, 1)), "what is no permission is no grant");
    fuzz::require(!compile_one("*").covers(text), "nothing covers what is no permission");
    return 0;
  }
  const fuzz::plain_permission plain = fuzz::split(text);
  fuzz::require(parsed->parts == plain.count && parsed->name_space == plain.parts[0] &&
                    parsed->action == plain.parts[1] && parsed->resource == plain.parts[2],
                "the parts are what stands between the colons");

  const grant_set set = compile_one(text);
  fuzz::require(set.covers(text), "a grant covers itself");
  const std::string name_space(plain.parts[0]);
  const std::string action(plain.count > 1 ? plain.parts[1] : "read");
  const std::string resource(plain.count > 2 ? plain.parts[2] : "x");
  for (const std::string& required :
       {std::string("*"), std::string("*:*"), std::string("*:*:*"), name_space, name_space + ":" + action,
        name_space + ":*", "*:" + action, name_space + ":" + action + ":" + resource, name_space + ":*:" + resource,
        "*:" + action + ":" + resource, name_space + ":" + action + ":" + resource + "x", name_space + "x:" + action}) {
    check_agreement(set, text, required);
  }
  return 0;
}
