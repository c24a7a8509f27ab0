// SPDX-License-Identifier: Apache-2.0
#include "sessions/session_hash_memo.h"

#include <thread>

#include "latchkey/native/crypto/secret_bytes.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

TEST_CASE("a remembered hash is the one of its own id, however many ids share a place") {
  session_hash_memo memo;
  // Three times as many as there are places; twice, so that the second round finds some and misses others.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3'000; ++i) {
      const std::string id = "session-" + std::to_string(i);
      REQUIRE(must(memo.hash_of(id)) == must(sha256(as_bytes(id))));
      REQUIRE(must(memo.hash_of(id)) == must(sha256(as_bytes(id))));
    }
  }
}

TEST_CASE("a hash is made once for an id that comes again, and again when another one took its place") {
  int made = 0;
  session_hash_memo memo([&](std::string_view id) {
    ++made;
    return sha256(as_bytes(id));
  });
  for (int i = 0; i < 100; ++i) static_cast<void>(memo.hash_of("session"));
  CHECK(made == 1);
  for (int i = 0; i < 20'000; ++i) static_cast<void>(memo.hash_of("session-" + std::to_string(i)));
  CHECK(made == 20'001);
  static_cast<void>(memo.hash_of("session"));
  CHECK(made == 20'002);
}

TEST_CASE("an empty id has a hash as well, in a place that nobody has taken") {
  session_hash_memo memo;
  CHECK(must(memo.hash_of("")) == must(sha256({})));
  CHECK(must(memo.hash_of("")) == must(sha256({})));
}

TEST_CASE("a hash that could not be made is not remembered") {
  bool is_broken = true;
  session_hash_memo memo([&](std::string_view id) -> result<sha256_digest> {
    if (is_broken) return fail(errc::crypto_failed, "Not now.");
    return sha256(as_bytes(id));
  });
  CHECK(memo.hash_of("session").error().code == errc::crypto_failed);
  is_broken = false;
  CHECK(must(memo.hash_of("session")) == must(sha256(as_bytes(std::string_view("session")))));
}

TEST_CASE("the hashes of session ids are for many threads at once") {
  session_hash_memo memo;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string id = "session-" + std::to_string(i);
        // Compared as they are: the assertions of the framework are for one thread alone.
        if (memo.hash_of(id) != sha256(as_bytes(id))) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
