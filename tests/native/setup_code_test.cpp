// SPDX-License-Identifier: Apache-2.0
// The one-time code with which the first owner signs up.
#include <algorithm>
#include <atomic>

#include "credentials_support.h"
#include "latchkey/native/rbac/sql_rbac.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::open_file;
using latchkey::testing::run_together;
using latchkey::testing::temporary_folder;
using role_list = std::vector<std::string>;

bool is_refused_code(const result<latchkey::user>& answer) {
  return !answer && answer.error().code == errc::request_invalid && answer.error().field == "setupCode";
}

int owners_of(sql_accounts& accounts) {
  const auto listed = must(accounts.list());
  return static_cast<int>(std::count_if(listed.begin(), listed.end(), [](const account& one) {
    return std::find(one.roles.begin(), one.roles.end(), "owner") != one.roles.end();
  }));
}

}  // namespace

TEST_CASE("a set-up code makes one owner, although others have signed up before") {
  const account_system system;
  const std::string code = must(system.service->begin_setup());
  CHECK(code.size() == 20);
  const auto owner = must(system.service->sign_up_owner("eve@example.com", passphrase, "Eve", code));
  CHECK(must(system.accounts->find(owner.id))->roles == role_list{"owner"});
  CHECK(must(system.accounts->find(system.ada))->roles == role_list{"viewer"});
  CHECK(is_refused_code(system.service->sign_up_owner("bob@example.com", passphrase, "", code)));
  CHECK(must(system.accounts->count()) == 2);
}

TEST_CASE("no other text is a set-up code, and none before there is one") {
  const account_system system;
  const auto sign_up = [&](std::string_view code) {
    return system.service->sign_up_owner("eve@example.com", passphrase, "", code);
  };
  CHECK(is_refused_code(sign_up("")));
  const std::string first = must(system.service->begin_setup());
  for (std::size_t at = 0; at < first.size(); ++at) {
    std::string near = first;
    near[at] = near[at] == 'A' ? 'B' : 'A';
    CHECK(is_refused_code(sign_up(near)));
  }
  CHECK(is_refused_code(sign_up(first + "A")));
  CHECK(is_refused_code(sign_up(first.substr(1))));
  const std::string second = must(system.service->begin_setup());
  CHECK(is_refused_code(sign_up(first)));
  CHECK(sign_up(second).has_value());
}

TEST_CASE("a set-up code outlives details that are refused, but makes no second owner") {
  const account_system system;
  const std::string code = must(system.service->begin_setup());
  const auto taken = system.service->sign_up_owner("ada@example.com", passphrase, "", code);
  CHECK(taken.error().code == errc::sign_up_failed);
  CHECK(system.service->sign_up_owner("eve@example.com", "short", "", code).error().code == errc::sign_up_failed);
  CHECK(owners_of(*system.accounts) == 0);
  must(system.service->add_account("cy@example.com", passphrase, "", role_list{"owner"}));
  CHECK(system.service->check_setup_code(code));
  CHECK(is_refused_code(system.service->sign_up_owner("eve@example.com", passphrase, "", code)));
  CHECK(owners_of(*system.accounts) == 1);
}

TEST_CASE("a set-up code is over after an hour") {
  account_system system;
  auto options = system.options();
  options.clock = system.clock.function();
  system.start(std::move(options));
  const std::string code = must(system.service->begin_setup());
  system.clock.advance(setup_code_lifetime_ms - 1);
  CHECK(system.service->check_setup_code(code));
  system.clock.advance(1);
  CHECK(system.service->check_setup_code(code).error().field == "setupCode");
  CHECK(is_refused_code(system.service->sign_up_owner("eve@example.com", passphrase, "", code)));
  CHECK(system.service->check_setup_code(must(system.service->begin_setup())));
}

TEST_CASE("an owner is whoever holds everything, and the code gives a role that does, when it is used") {
  account_system system;
  const auto rbac = must(sql_rbac::open(system.store, system.accounts, {}));
  auto options = system.options();
  options.needs_owner = [rbac](sql_executor& store) { return rbac->needs_owner(store); };
  system.start(std::move(options));
  must(rbac->define_role({"root", "Root", {"*"}, {}}));
  must(rbac->set_roles(system.ada, role_list{"root"}));
  const std::string code = must(system.service->begin_setup());
  const auto sign_up = [&] { return system.service->sign_up_owner("eve@example.com", passphrase, "", code); };
  CHECK(is_refused_code(sign_up()));
  CHECK(must(system.accounts->count()) == 1);
  must(system.accounts->set_roles(system.ada, {}));
  must(rbac->define_role({"owner", "Owner", {"agents:*"}, {}}));
  CHECK(is_refused_code(sign_up()));
  must(rbac->define_role({"owner", "Owner", {"*"}, {}}));
  CHECK(sign_up().has_value());
}

TEST_CASE("a store that can't say whether there is an owner adds nobody, and the code stays good") {
  account_system system;
  bool is_down = true;
  auto options = system.options();
  options.needs_owner = [&](sql_executor&) -> result<bool> {
    if (is_down) return fail(errc::store_failed, "down");
    return true;
  };
  system.start(std::move(options));
  const std::string code = must(system.service->begin_setup());
  const auto sign_up = [&] { return system.service->sign_up_owner("eve@example.com", passphrase, "", code); };
  CHECK(sign_up().error().code == errc::store_failed);
  CHECK(must(system.accounts->count()) == 1);
  is_down = false;
  CHECK(sign_up().has_value());
}

TEST_CASE("[CR-16] where sign-up is off there is no set-up code", "[CR-16]") {
  account_system system;
  const std::string code = must(system.service->begin_setup());
  auto options = system.options();
  options.is_sign_up_enabled = false;
  system.start(std::move(options));
  CHECK(system.service->begin_setup().error().code == errc::sign_up_disabled);
  CHECK(system.service->sign_up_owner("eve@example.com", passphrase, "", code).error().code == errc::sign_up_disabled);
}

TEST_CASE("[F-13] of 64 who use set-up codes of two nodes at once exactly one becomes owner",
          "[credentials][F-13][race]") {
  for (int round = 0; round < std::max(1, race_rounds() / 10); ++round) {
    const temporary_folder folder;
    account_system here(open_file(folder.file("db")));
    const auto other =
        must(credentials_service::make(must(sql_accounts::open(open_file(folder.file("db")))), here.options()));
    const std::array codes{must(here.service->begin_setup()), must(other->begin_setup())};
    std::atomic<int> made{0};
    std::atomic<int> refused{0};
    run_together(64, [&](int i) {
      const auto& node = i % 2 == 0 ? here.service : other;
      const std::string email = "new-" + std::to_string(i) + "@example.com";
      const auto answer = node->sign_up_owner(email, passphrase, "", codes[static_cast<std::size_t>(i % 2)]);
      if (answer) ++made;
      if (is_refused_code(answer)) ++refused;
    });
    REQUIRE(made == 1);
    REQUIRE(refused == 63);
    REQUIRE(owners_of(*here.accounts) == 1);
    REQUIRE(must(here.accounts->count()) == 2);
  }
}

}  // namespace latchkey::native::testing
