// SPDX-License-Identifier: Apache-2.0
// An export of any size needs the memory of a part, and keeps nothing of the database between two parts.
#include <fstream>

#include "latchkey/native/audit/sql_audit_store.h"
#include "native/http_support.h"
#include "native/support.h"

namespace latchkey::native::testing {
namespace {

using latchkey::testing::must;
using latchkey::testing::open_file;
using latchkey::testing::temporary_folder;

constexpr std::int64_t event_count = 200'000;

/** Written by the database itself, as rows that the store would have written: logging them one by one takes longer. */
void insert_events(database& store) {
  must(store.execute(R"(INSERT INTO latchkey_audit (seq, id, timestamp, "actorType", "actorId", "actorEmail", "actorIp",
      action, "resourceType", "resourceId", outcome, metadata, duration, "requestId")
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    SELECT i, printf('018f0000-0000-7000-8000-%012d', i), 1700000000000 + i / 7, 'user', printf('user-%d', i % 50),
      printf('user-%d@example.com', i % 50), '192.0.2.7', CASE i % 3 WHEN 0 THEN 'auth.sign_in' ELSE 'agents:execute' END,
      'agent', printf('agent-%d', i % 10), 'success', '{"method":"POST","route":"/agents/:id/generate","status":200}',
      i % 90, printf('request-%d', i) FROM n)"));
}

/** What of this process is in memory. */
std::size_t resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  pages >> all >> resident;
  return resident * 4096;
}

/** A server whose log, in a file, has 200,000 events. */
struct large_world : world {
  temporary_folder folder;
  std::shared_ptr<database> store = open_file(folder.file("audit.db"));
  std::shared_ptr<sql_audit_store> events = must(sql_audit_store::open(store));

  large_world() {
    insert_events(*store);
    config.streams_bodies = true;
    auto with = provider();
    with.audit_events = events;
    start(with);
  }
};

TEST_CASE("[AU-07] an export of 200,000 events is complete, in order, and needs no more memory than a part",
          "[audit][export]") {
  const large_world w;
  for (const char* format : {"ndjson", "csv"}) {
    INFO(format);
    auto answer = w.get(std::string("/api/audit/export?format=") + format, "owner");
    REQUIRE(answer.stream);
    std::int64_t lines = 0;
    std::size_t bytes = 0;
    std::size_t parts = 0;
    [[maybe_unused]] std::size_t settled = 0;
    std::size_t most = 0;
    std::size_t largest = 0;
    std::string newest_first = "~";
    bool is_in_order = true;
    for (;;) {
      const auto part = must(answer.stream());
      if (part.empty()) break;
      lines += std::count(part.begin(), part.end(), '\n');
      bytes += part.size();
      largest = std::max(largest, part.size());
      const std::string id = part.substr(part.find("018f0000"), 36);
      is_in_order = is_in_order && id < newest_first;
      newest_first = id;
      // By then all buffers have their size.
      if (++parts == 20) settled = resident_bytes();
      if (parts > 20) most = std::max(most, resident_bytes());
    }
    CHECK(lines == event_count + (std::string_view(format) == "csv" ? 1 : 0));
    CHECK(is_in_order);
    CHECK(bytes > 20'000'000);
    CHECK(largest < 128 * 1024);
#ifndef __SANITIZE_ADDRESS__
    INFO("settled " << settled << ", most " << most);
    CHECK(most < settled + 4 * 1024 * 1024);
#endif
  }
}

TEST_CASE("[AU-07] a filtered export walks a large log once", "[audit][export]") {
  const large_world w;
  const auto count = [&w](const std::string& query) {
    auto answer = w.get("/api/audit/export?format=ndjson&" + query, "owner");
    std::int64_t lines = 0;
    for (;;) {
      const auto part = must(answer.stream());
      if (part.empty()) return lines;
      lines += std::count(part.begin(), part.end(), '\n');
    }
  };
  CHECK(count("action=auth.*") == event_count / 3);
  CHECK(count("actorId=user-7") == event_count / 50);
  CHECK(
      count("action=agents:*&resourceId=agent-3&startDate=2023-11-14T22:13:20.000Z&endDate=2023-11-14T22:13:21.000Z") ==
      must(w.events->count([] {
        audit_filter filter;
        filter.action = parse_action_pattern("agents:*");
        filter.resource_id = "agent-3";
        filter.start_ms = 1'700'000'000'000;
        filter.end_ms = 1'700'000'001'000;
        return filter;
      }())));
}

TEST_CASE("an export that waits for its client keeps nobody from writing, nor the file from shrinking",
          "[audit][export]") {
  const large_world w;
  const auto other = open_file(w.folder.file("audit.db"));
  auto answer = w.get("/api/audit/export?format=ndjson", "owner");
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(must(answer.stream()).empty());
  audit_event event;
  event.action = "auth.sign_in";
  event.actor = {audit_actor_type::user, "u1", {}, {}, {}};
  must(must(sql_audit_store::open(other))->log(event));
  // A reader that still stood in the log would make this one busy.
  CHECK(must(other->query("PRAGMA wal_checkpoint(TRUNCATE)")).front().integer(0) == 0);
  CHECK_FALSE(must(answer.stream()).empty());
}

}  // namespace
}  // namespace latchkey::native::testing
