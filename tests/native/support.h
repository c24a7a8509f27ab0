// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_TESTS_NATIVE_SUPPORT_H_
#define LATCHKEY_TESTS_NATIVE_SUPPORT_H_

/** What the native tests share: folders that go away, a clock that stands still, a database that fails on demand. */

#include <stdlib.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "latchkey/json_codec.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/sessions/session_provider.h"
#include "latchkey/native/sql/sqlite_database.h"
#include "test_data.h"

namespace latchkey::testing {

/** The value, or a failed test that shows the error. */
template <class T>
T must(result<T> outcome) {
  INFO((outcome ? std::string() : outcome.error().message));
  REQUIRE(outcome.has_value());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

/** A new folder that is deleted with everything in it. */
class temporary_folder {
 public:
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "latchkey-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::shared_ptr<native::database> open_file(const std::string& path) {
  return must(native::open_sqlite_database({path, 8, 5'000}));
}
inline std::shared_ptr<native::database> open_memory() {
  return must(native::open_sqlite_database({":memory:", 1, 5'000}));
}

/** A clock that a test sets; copies of its function show the same time. */
class manual_clock {
 public:
  explicit manual_clock(std::int64_t now_ms = 1'800'000'000'000)
      : now_(std::make_shared<std::atomic<std::int64_t>>(now_ms)) {}
  void advance(std::int64_t ms) { *now_ += ms; }
  void set(std::int64_t ms) { *now_ = ms; }
  std::int64_t now() const { return *now_; }
  native::clock_function function() const {
    return [now = now_] { return now->load(); };
  }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> now_;
};

/** A session for someone who has just proven who they are. */
inline result<native::issued_session> sign_in(native::session_provider& sessions, std::string_view user_id) {
  auto mark = sessions.begin_sign_in();
  if (!mark) return fail(std::move(mark));
  return sessions.create_session(user_id, {*mark, {}, {}});
}

/** Passes everything on until it is told to fail. */
class failing_database final : public native::database {
 public:
  explicit failing_database(std::shared_ptr<native::database> inner) : inner_(std::move(inner)) {}
  std::atomic<bool> fails{false};

  result<std::int64_t> execute(std::string_view statement, std::span<const native::sql_value> parameters) override {
    if (fails) return down();
    return inner_->execute(statement, parameters);
  }
  result<void> visit(std::string_view statement, std::span<const native::sql_value> parameters,
                     const native::sql_visitor& visitor) override {
    if (fails) return down();
    return inner_->visit(statement, parameters, visitor);
  }
  result<std::unique_ptr<native::sql_transaction>> begin(native::transaction_mode mode) override {
    if (fails) return down();
    return inner_->begin(mode);
  }
  result<std::int64_t> change_counter() override {
    if (fails) return down();
    return inner_->change_counter();
  }

 private:
  static tl::unexpected<error> down() { return fail(errc::store_failed, "down"); }
  std::shared_ptr<native::database> inner_;
};

/** Runs the function on that many threads that start together; the argument is the thread's number. */
template <class Function>
void run_together(int threads, Function function) {
  std::atomic<int> ready{0};
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      function(i);
    });
  }
  for (auto& thread : running) thread.join();
}

inline std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/** A member that must be a string. */
inline const std::string& text_of(const json_value& object, std::string_view key) {
  const std::string* text = object.find_string(key);
  REQUIRE(text != nullptr);
  return *text;
}
inline std::int64_t integer_of(const json_value& object, std::string_view key) {
  const json_value* member = object.find(key);
  REQUIRE(member != nullptr);
  REQUIRE(member->as_integer() != nullptr);
  return *member->as_integer();
}
inline const json_array& array_of(const json_value& object, std::string_view key) {
  const json_value* member = object.find(key);
  REQUIRE(member != nullptr);
  REQUIRE(member->as_array() != nullptr);
  return *member->as_array();
}

/** The 515 strings that break things; empty where the corpora are not. */
inline std::vector<std::string> naughty_strings() {
  const std::string folder = corpora_folder();
  if (folder.empty()) return {};
  return must(to_string_list(must(parse_json(read_file(folder + "/naughty-strings/blns.json"))), "blns"));
}

}  // namespace latchkey::testing

#endif  // LATCHKEY_TESTS_NATIVE_SUPPORT_H_
