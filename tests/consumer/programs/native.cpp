// SPDX-License-Identifier: Apache-2.0
// Somebody's program against latchkey::native: seals and opens a session, asks a permission, opens a database.
#include <latchkey/native/crypto/random.h>
#include <latchkey/native/sessions/key_ring.h>
#include <latchkey/native/sessions/session_sealer.h>
#include <latchkey/native/sql/sqlite_database.h>
#include <latchkey/permission.h>

#include <cstdio>
#include <string>
#include <vector>

int main() {
  using namespace latchkey::native;
  const auto secret = random_id(32);
  if (!secret) return 1;
  const auto keys = key_ring::make(std::vector<std::string>{*secret});
  if (!keys) return 1;
  const session_sealer sealer(*keys);

  latchkey::session session;
  session.id = random_id().value_or("");
  session.user_id = "ada";
  session.created_at_ms = 1'800'000'000'000;
  session.expires_at_ms = 1'800'086'400'000;
  const auto token = sealer.seal(session, session_purpose, "mastra_session");
  if (!token || sealer.open(*token, session_purpose, "mastra_session") != session) return 1;
  if (sealer.open(*token, session_purpose, "another_cookie")) return 1;

  const auto granted = latchkey::grant_set::compile(std::vector<std::string>{"agents:*"});
  if (!granted || !granted->covers("agents:read") || granted->covers("workflows:read")) return 1;

  const auto database = open_sqlite_database({.path = ":memory:"});
  if (!database) return 1;
  std::printf("native: %s opened; SQLite %s\n", session.user_id.c_str(), sqlite_library_version());
}
