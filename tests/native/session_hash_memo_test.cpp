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
  // Three times as many as are remembered; twice, so that the second round finds some and misses others.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3'000; ++i) {
      const std::string id = "session-" + std::to_string(i);
      REQUIRE(must(memo.hash_of(id)) == must(sha256(as_bytes(id))));
      REQUIRE(must(memo.hash_of(id)) == must(sha256(as_bytes(id))));
    }
  }
  CHECK(must(memo.hash_of("")) == must(sha256({})));
}

TEST_CASE("hashes are remembered for many threads at once") {
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
