// SPDX-License-Identifier: Apache-2.0
#include "takeover.h"

#include <fstream>

#include "secret_marks.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

constexpr const char* first_secret = "fZ3v9Qk1tYp7Lr2WmXc8Hb5NsJd0GuEa6TiKoPqRyVw";
constexpr const char* next_secret = "Kd82jQmZxP0vTn5LwYr3uHsBc7EfGa9iOoRtUyI1kMq";

/** Keeps what is logged, until it is to fail. */
struct kept_log final : native::audit_logger {
  std::vector<audit_event> events;
  bool fails = false;
  result<void> log(const audit_event& event) override {
    if (fails) return fail(errc::unavailable, "The disk is full.");
    events.push_back(event);
    return {};
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& event : events) {
      lines.push_back(event.actor.id + " " + event.action + " " + event.resource->id + " " +
                      std::string(to_string(event.outcome)));
    }
    return lines;
  }
};

struct taking_over {
  temporary_folder folder;
  settings all;
  std::shared_ptr<native::database> store = open_memory();
  std::shared_ptr<native::sql_accounts> accounts = must(native::sql_accounts::open(store, {.default_role = "viewer"}));
  std::shared_ptr<native::sql_rbac> roles = must(native::sql_rbac::open(store, accounts));
  kept_log log;

  taking_over() { all.roles.file = folder.file("roles.toml"); }
  void write(const std::string& text) const { std::ofstream(all.roles.file) << text; }
};

constexpr const char* three_roles =
    "[owner]\npermissions = [\"*\"]\n[viewer]\npermissions = [\"agents:read\"]\n[auditor]\npermissions = "
    "[\"audit:read\"]\n";

}  // namespace

TEST_CASE("roles of a file are on record before they count, each that is other than before", "[takeover]") {
  taking_over t;
  t.write(three_roles);
  REQUIRE(take_over_roles(t.all, *t.roles, t.log));
  const std::vector<std::string> expected = {
      "config role.define owner success", "config role.define viewer success",    "config role.define auditor success",
      "config role.delete admin success", "config role.delete developer success", "config role.delete member success"};
  CHECK(t.log.lines() == expected);
  CHECK(to_json_text(t.log.events[1].metadata) == R"({"permissions":["agents:read"],"inherits":[]})");
  CHECK(must(t.roles->role_definitions()).size() == 3);
  REQUIRE(take_over_roles(t.all, *t.roles, t.log));
  CHECK(t.log.events.size() == expected.size());
}

TEST_CASE("roles stay as they are when the change can't be put on record, or can't be made", "[takeover]") {
  taking_over t;
  const auto before = must(t.roles->role_definitions());
  t.write(three_roles);
  t.log.fails = true;
  const auto unrecorded = take_over_roles(t.all, *t.roles, t.log);
  REQUIRE_FALSE(unrecorded.has_value());
  CHECK(unrecorded.error().message.find("The change can't be put on record: The disk is full.") != std::string::npos);
  CHECK(must(t.roles->role_definitions()) == before);
  t.log.fails = false;
  // New accounts get the role that would go.
  t.write("[owner]\npermissions = [\"*\"]\n");
  CHECK(take_over_roles(t.all, *t.roles, t.log).error().code == errc::role_in_use);
  CHECK(t.log.events.empty());
  CHECK(must(t.roles->role_definitions()) == before);
}

TEST_CASE("other secrets are on record by their marks, and stay out when they can't be", "[takeover]") {
  const std::vector<std::string> old{first_secret};
  const std::vector<std::string> both{next_secret, first_secret};
  const auto keys = must(native::key_ring::make(old));
  kept_log log;
  REQUIRE(take_over_secrets(old, *keys, log));
  CHECK(log.events.empty());
  log.fails = true;
  CHECK_FALSE(take_over_secrets(both, *keys, log).has_value());
  CHECK(must(marks_of(*keys)) == must(marks_of(old)));
  log.fails = false;
  REQUIRE(take_over_secrets(both, *keys, log));
  CHECK(must(marks_of(*keys)) == must(marks_of(both)));
  CHECK(log.lines() == std::vector<std::string>{"config key.reload " + must(marks_of(both)).front() + " success"});
  CHECK_FALSE(take_over_secrets(std::vector<std::string>{"changeme"}, *keys, log).has_value());
  CHECK(log.events.size() == 1);
}
