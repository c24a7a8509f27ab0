// SPDX-License-Identifier: Apache-2.0
// Lines: what is required, then the grants.
#include "rule.h"

namespace {

using namespace latchkey;

std::vector<role_grant> to_role_grants(const std::vector<std::string>& texts) {
  std::vector<role_grant> grants;
  for (const std::string& text : texts) grants.push_back({text, "role of " + text});
  return grants;
}

void check_explanation(const grant_set& set, const std::vector<std::string>& grants, const std::string& required,
                       bool expected) {
  const explanation why = set.explain(required);
  fuzz::require(why.allowed == expected, "the explanation gives the same answer");
  fuzz::require(why.code.has_value() == !expected, "a denial has a code");
  if (why.grant.empty()) {
    fuzz::require(!expected, "what is allowed is allowed by a grant");
    return;
  }
  fuzz::require(std::find(grants.begin(), grants.end(), why.grant) != grants.end(), "the reason is one of the grants");
  fuzz::require(why.role == "role of " + why.grant, "the role is the one that gives the grant");
  fuzz::require(fuzz::covers_by_rule(why.grant, required) == expected, "the reason is the reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::to_text(data, size);
  const std::string required(fuzz::take_field(rest, '\n'));
  std::vector<std::string> grants = fuzz::take_fields(rest, '\n');
  const auto invalid = std::find_if_not(grants.begin(), grants.end(), fuzz::is_permission);
  const auto set = grant_set::compile(std::span<const role_grant>(to_role_grants(grants)));
  fuzz::require(set.has_value() == (invalid == grants.end()), "one invalid grant fails the set");
  if (!set) {
    fuzz::require(set.error().code == errc::grant_invalid && set.error().field == *invalid, "the first one is named");
    return 0;
  }
  fuzz::require(set->size() <= grants.size(), "a set holds no more than it was given");

  const bool expected = std::any_of(grants.begin(), grants.end(),
                                    [&](const std::string& grant) { return fuzz::covers_by_rule(grant, required); });
  fuzz::require(set->covers(required) == expected, "a set covers what one of its grants covers");
  check_explanation(*set, grants, required, expected);
  for (const std::string& grant : grants) fuzz::require(set->covers(grant), "a set covers each of its grants");
  fuzz::require(set->covers_all(grants) && set->covers_any(grants) == !grants.empty(), "all and any follow from one");

  const auto with_aliases =
      grant_set::compile(std::span<const role_grant>(to_role_grants(grants)), mastra_namespace_aliases());
  fuzz::require(with_aliases && (!expected || with_aliases->covers(required)), "an alias takes nothing away");
  std::reverse(grants.begin(), grants.end());
  if (!grants.empty()) grants.push_back(std::string(grants.front()));
  const auto reversed = grant_set::compile(std::span<const std::string>(grants));
  fuzz::require(reversed && reversed->covers(required) == expected, "order and repetition don't matter");
  if (fuzz::is_permission(required)) {
    grants.push_back(required);
    fuzz::require(grant_set::compile(std::span<const std::string>(grants))->covers(required), "a grant more is enough");
  }
  return 0;
}
