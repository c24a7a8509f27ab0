// SPDX-License-Identifier: Apache-2.0
// The server that bench/run.mjs loads: a signed-in person with roles on /api/auth/me, and /trivial beside it, which the same
// host answers with a constant. Prints its port and the person's cookie as JSON and serves until standard input ends.
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "latchkey/native/credentials/credentials_service.h"
#include "latchkey/native/credentials/sql_accounts.h"
#include "latchkey/native/http/auth_server.h"
#include "latchkey/native/rbac/static_rbac.h"
#include "latchkey/native/server/http_host.h"
#include "latchkey/native/sessions/cookie_session_provider.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/native/sql/sqlite_database.h"

namespace {

using namespace latchkey::native;

// A benchmark has no use for a half-built server.
template <class T>
T need(latchkey::result<T> made) {
  if (made) return std::move(*made);
  std::cerr << latchkey::to_string(made.error().code) << ": " << made.error().message << "\n";
  std::exit(1);
}

struct parts {
  std::unique_ptr<auth_server> server;
  std::string cookie;
};

parts make_server(const std::string& folder) {
  auto store = need(open_sqlite_database({.path = folder + "/bench.db"}));
  auto accounts = need(sql_accounts::open(store));
  credentials_options options;
  auto credentials = need(credentials_service::make(accounts, options));
  const std::vector<std::string> roles = {"member"};
  const auto person = need(credentials->add_account("ada@example.com", "correct horse battery", "Ada", roles)).person;
  const std::vector<std::string> secrets = {"Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy"};
  auto sessions = need(cookie_session_provider::make(
      need(key_ring::make(secrets)), need(open_sql_revocation_store(store)), {.cookie_name = "mastra_session"}));
  static_rbac_options rbac;
  rbac.get_user_roles = [accounts](const latchkey::user& user) -> latchkey::result<std::vector<std::string>> {
    auto found = accounts->find(user.id);
    if (!found || !*found) return std::vector<std::string>();
    return (*found)->roles;
  };
  auth_provider provider;
  provider.users = credentials;
  provider.credentials = credentials;
  provider.sessions = sessions;
  provider.rbac = need(static_rbac::make(std::move(rbac)));
  auth_server_config config;
  config.license.exempt = true;
  config.cookie.secure = false;
  config.has_patient_providers = true;
  const auto issued = need(sessions->create_session(person.id, {need(sessions->begin_sign_in()), {}, {}}));
  return {need(auth_server::create(std::move(provider), std::move(config))), "mastra_session=" + issued.cookie_value};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: latchkey_bench_server FOLDER\n";
    return 2;
  }
  const parts made = make_server(argv[1]);
  http_host_handler handler;
  handler.handle = [&made](const http_request& request) {
    if (request.path == "/trivial") return json_response(200, latchkey::json_object{{"trivial", true}});
    return made.server->handle(request);
  };
  handler.work_of = [&made](const http_request& request) { return made.server->work_of(request); };
  handler.answer_at_once = [&made](const http_request& request) { return made.server->answer_at_once(request); };
  http_host_options options;
  options.port = 0;
  auto host = need(http_host::listen(options, handler));
  std::thread until_input_ends([&host] {
    while (std::getchar() != EOF) {
    }
    host->stop();
  });
  std::cout << R"({"port":)" << host->port() << R"(,"cookie":")" << made.cookie << "\"}" << std::endl;
  host->run();
  until_input_ends.join();
}
