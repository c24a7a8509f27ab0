// SPDX-License-Identifier: Apache-2.0
// What strangers get where they may sign up, as the executable judges it from its settings and roles.
#include <fstream>

#include "server_config.h"
#include "support.h"
#include "takeover.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

settings production() {
  settings all;
  all.server.public_url = "https://studio.example.com";
  return all;
}

const std::vector<role_definition> mastra = default_roles(role_preset::mastra);

}  // namespace

TEST_CASE("an open sign-up whose role reads the audit log stops the start", "[open_sign_up]") {
  settings all = production();
  CHECK(check_default_role(all, default_roles()).has_value());
  const auto refused = check_default_role(all, mastra);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  CHECK(refused.error().message.find("Sign-up is open and gives the role viewer, which reads the audit log") == 0);
  CHECK(refused.error().message.find("roles.privileged_default = true") != std::string::npos);

  settings closed = all;
  closed.credentials.is_sign_up_enabled = false;
  CHECK(check_default_role(closed, mastra).has_value());
  settings without = all;
  without.credentials.is_enabled = false;
  CHECK(check_default_role(without, mastra).has_value());
  settings here_alone = all;
  here_alone.server.is_development = true;
  CHECK(check_default_role(here_alone, mastra).has_value());
  settings wanted = all;
  wanted.roles.is_default_role_privileged = true;
  CHECK(check_default_role(wanted, mastra).has_value());
  settings none = all;
  none.roles.default_role.clear();
  CHECK(check_default_role(none, mastra).has_value());
}

TEST_CASE("the grants that a mapping gives the default role count", "[open_sign_up]") {
  settings all = production();
  all.mapping = {{"viewer", {"audit:*"}}};
  CHECK_FALSE(check_default_role(all, default_roles()).has_value());
  all.mapping = {{"viewer", {"agents:read"}}};
  CHECK(check_default_role(all, mastra).has_value());
}

TEST_CASE("a risk names what strangers would read", "[open_sign_up]") {
  settings all = production();
  CHECK(find_risks(all, default_roles()).empty());
  all.roles.is_default_role_privileged = true;
  const auto risks = find_risks(all, mastra);
  REQUIRE(risks.size() == 1);
  CHECK(risks.front() ==
        "whoever signs up is viewer and reads the audit log (audit:read), the roles and settings (settings:read), the "
        "grants on every resource (acl:read:*): choose another roles.default_role, or close sign-up");
  all.roles.default_role = "owner";
  REQUIRE(find_risks(all, mastra).size() == 1);
  CHECK(find_risks(all, mastra).front().find("whoever signs up is owner and holds everything") == 0);
  const std::vector<role_definition> sharing{{"viewer", "", {"acl:read"}, {}}};
  all.roles.default_role = "viewer";
  REQUIRE(find_risks(all, sharing).size() == 1);
  CHECK(find_risks(all, sharing).front().find("and reads the grants on every resource (acl:read:*):") !=
        std::string::npos);
  all.credentials.is_sign_up_enabled = false;
  CHECK(find_risks(all, mastra).empty());
}

TEST_CASE("roles that are read again don't open the audit log to strangers", "[open_sign_up]") {
  struct : native::audit_logger {
    result<void> log(const audit_event&) override { return {}; }
  } log;
  const temporary_folder folder;
  settings all = production();
  all.roles.file = folder.file("roles.toml");
  const auto store = open_memory();
  const auto accounts = must(native::sql_accounts::open(store));
  const auto roles = must(native::sql_rbac::open(store, accounts));
  const auto before = must(roles->role_definitions());
  std::ofstream(all.roles.file) << "[owner]\npermissions = [\"*\"]\n[viewer]\npermissions = [\"*:read\"]\n";
  const auto refused = take_over_roles(all, *roles, log);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("which reads the audit log") != std::string::npos);
  CHECK(must(roles->role_definitions()) == before);
}
