// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_

/** The world of the HTTP tests with its roles and grants in a database, and one more account that has no role. */

#include "http_support.h"
#include "latchkey/native/acl/sql_acl.h"
#include "latchkey/native/rbac/sql_rbac.h"
#include "support.h"

namespace latchkey::native::testing {

using latchkey::testing::failing_database;
using latchkey::testing::must;
using latchkey::testing::open_memory;
using text_list = std::vector<std::string>;

/** Adds a person to the accounts, as another program would that shares the tables. */
inline void insert_person(database& store, const std::string& id) {
  const std::array<sql_value, 3> row{id, id, id + "@example.com"};
  must(store.execute(R"(INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                        VALUES (?, ?, ?, 0, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'))",
                     row));
}

struct access_world : world {
  std::shared_ptr<failing_database> store = std::make_shared<failing_database>(open_memory());
  std::shared_ptr<sql_accounts> accounts = must(sql_accounts::open(store));
  std::shared_ptr<sql_acl> acl;
  std::shared_ptr<sql_rbac> roles;

  explicit access_world(acl_mode mode = acl_mode::extend) {
    acl = must(sql_acl::open(store, {.mode = mode, .clock = config.clock}));
    sql_rbac_options options;
    options.forget_role = [this](std::string_view role) { return acl->forget_role(role); };
    roles = must(sql_rbac::open(store, accounts, std::move(options)));
    users->people["u-other"] = user{"u-other", "other@example.com", "other", std::nullopt};
    sessions->live["other"] = latchkey::session{"other", "u-other", 0, 0, {}};
    for (const auto& [id, person] : users->people) {
      insert_person(*store, id);
      must(accounts->set_roles(id, *person.name == "other" ? text_list{} : text_list{*person.name}));
    }
  }

  auth_provider provider() const {
    auth_provider made = world::provider();
    made.rbac = roles;
    made.acl = acl;
    return made;
  }
  void start() { world::start(provider()); }

  http_response call(const std::string& method, const std::string& path, const std::string& as,
                     const std::string& body = {}) const {
    http_request made = request(method, path, as);
    if (!body.empty()) made.headers.emplace_back("Content-Type", "application/json");
    made.body = body;
    return send(std::move(made));
  }

  text_list roles_of(const std::string& id) const { return must(roles->roles_of(user{id, {}, {}, {}})); }

  /** Adds a role that has these grants, and gives it to a person alone. */
  void give(const std::string& id, const text_list& grants) {
    const std::string role = "only-" + id;
    must(roles->define_role({role, "", grants, {}}));
    must(roles->set_roles(id, text_list{role}));
  }
};

inline acl_grant grant_for(const std::string& user_id, const std::string& type, const std::string& id,
                           text_list actions) {
  return {{acl_subject_type::user, user_id}, {type, id}, std::move(actions), 0, "test"};
}

}  // namespace latchkey::native::testing

#endif  // LATCHKEY_TESTS_NATIVE_ACCESS_SUPPORT_H_
