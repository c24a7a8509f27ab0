// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/rbac/static_rbac.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

static_rbac_options options_with(std::vector<std::string> roles) {
  static_rbac_options options;
  options.get_user_roles = [roles = std::move(roles)](const latchkey::user&) -> result<std::vector<std::string>> {
    return roles;
  };
  return options;
}

using role_list = std::vector<std::string>;

}  // namespace

TEST_CASE("[RB-09] roles grant what their definitions say, and unknown ones nothing") {
  const auto rbac = must(static_rbac::make(options_with({"viewer", "member"})));
  CHECK(must(rbac->roles_of({})) == role_list{"viewer", "member"});
  const auto grants = must(rbac->grants_of(role_list{"viewer"}));
  CHECK(grants->covers("agents:read"));
  CHECK_FALSE(grants->covers("agents:execute"));
  CHECK(must(rbac->grants_of(role_list{"viewer", "member"}))->covers("agents:execute"));
  CHECK(must(rbac->grants_of(role_list{"owner"}))->covers("*"));
  CHECK(must(rbac->grants_of(role_list{}))->size() == 0);
  CHECK(must(rbac->grants_of(role_list{"_default", "__proto__", "nobody"}))->size() == 0);
  CHECK(must(rbac->permissions_of(role_list{"viewer"})) ==
        role_list{"studio:read", "agents:read", "workflows:read", "logs:read"});
  CHECK(must(rbac->role_definitions()).size() == default_roles().size());
}

TEST_CASE("the grants of a list of roles are compiled once and don't mix with another list's") {
  auto options = options_with({});
  options.cached_role_lists = 4;
  options.mapping = {{"a", {"x:read"}}, {"1:a", {"y:read"}}, {"b", {"z:read"}}};
  const auto rbac = must(static_rbac::make(std::move(options)));
  const auto first = must(rbac->grants_of(role_list{"a", "b"}));
  CHECK(must(rbac->grants_of(role_list{"a", "b"})) == first);
  CHECK_FALSE(must(rbac->grants_of(role_list{"1:a", "b"}))->covers("x:read"));
  CHECK_FALSE(must(rbac->grants_of(role_list{"a1:b"}))->covers("x:read"));
  for (int i = 0; i < 20; ++i) CHECK(must(rbac->grants_of(role_list{"a", std::to_string(i)}))->covers("x:read"));
  CHECK(first->covers("z:read"));
}

TEST_CASE("[RB-09] a role function that fails or throws denies") {
  static_rbac_options failing;
  failing.get_user_roles = [](const latchkey::user&) -> result<std::vector<std::string>> {
    return fail(errc::store_failed, "x");
  };
  CHECK_FALSE(must(static_rbac::make(failing))->roles_of({}).has_value());
  static_rbac_options throwing;
  throwing.get_user_roles = [](const latchkey::user&) -> result<std::vector<std::string>> { throw 1; };
  CHECK(must(static_rbac::make(throwing))->roles_of({}).error().code == errc::unavailable);
  CHECK_FALSE(static_rbac::make({}).has_value());
}

TEST_CASE("an invalid grant stops the start and is named") {
  auto definitions = options_with({});
  definitions.definitions = {{"a", "", {"agents:re*"}, {}}};
  CHECK(static_rbac::make(definitions).error().field == "agents:re*");
  auto mapping = options_with({});
  mapping.mapping = {{"b", {"agents:"}}};
  const auto refused = static_rbac::make(mapping);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::grant_invalid);
  const std::string& mapped = mapping.mapping.front().first;
  CHECK(refused.error().message.find("of the role \"" + mapped + "\"") != std::string::npos);
}

TEST_CASE("roles and permissions can be asked for by user") {
  const auto rbac = must(static_rbac::make(options_with({"viewer", "member"})));
  const latchkey::user ada{"u1", std::nullopt, std::nullopt, std::nullopt};
  CHECK(must(rbac->has_role(ada, "viewer")));
  CHECK_FALSE(must(rbac->has_role(ada, "owner")));
  CHECK(must(rbac->has_permission(ada, "agents:execute")));
  CHECK_FALSE(must(rbac->has_permission(ada, "agents:delete")));
  CHECK_FALSE(must(rbac->has_permission(ada, "no permission")));
  CHECK(must(rbac->has_all_permissions(ada, role_list{"agents:read", "agents:execute"})));
  CHECK_FALSE(must(rbac->has_all_permissions(ada, role_list{"agents:read", "agents:delete"})));
  CHECK_FALSE(must(rbac->has_all_permissions(ada, {})));
  CHECK(must(rbac->has_any_permission(ada, role_list{"agents:delete", "agents:read"})));
  CHECK_FALSE(must(rbac->has_any_permission(ada, role_list{"agents:delete"})));
  CHECK_FALSE(must(rbac->has_any_permission(ada, {})));
  CHECK(must(rbac->user_permissions(ada)) == must(rbac->permissions_of(role_list{"viewer", "member"})));
}

TEST_CASE("[RB-09] a question by user that can't be answered is an error, never a yes or a no") {
  static_rbac_options failing;
  failing.get_user_roles = [](const latchkey::user&) -> result<std::vector<std::string>> {
    return fail(errc::store_failed, "x");
  };
  const auto rbac = must(static_rbac::make(failing));
  CHECK_FALSE(rbac->has_role({}, "viewer").has_value());
  CHECK_FALSE(rbac->user_permissions({}).has_value());
  CHECK_FALSE(rbac->has_permission({}, "agents:read").has_value());
  CHECK_FALSE(rbac->has_all_permissions({}, role_list{"agents:read"}).has_value());
  CHECK_FALSE(rbac->has_any_permission({}, role_list{"agents:read"}).has_value());
}
