// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/license/license_source.h"

#include <stdlib.h>

#include "native/http_support.h"
#include "native/support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;
using latchkey::native::testing::world;

namespace {

constexpr std::int64_t minute = 60'000;
const std::string documented_license(32, 'k');

/** A source over a text, two clocks and a list of warnings that a test holds. */
struct source_world {
  std::optional<std::string> text;
  int reads = 0;
  manual_clock wall;
  manual_clock monotonic{0};
  std::vector<std::string> warnings;

  std::shared_ptr<license_source> make(bool exempt = false) {
    license_source_options options;
    options.read = [this] {
      ++reads;
      return text;
    };
    options.exempt = exempt;
    options.warn = [this](std::string_view sentence) { warnings.emplace_back(sentence); };
    options.clock = wall.function();
    options.monotonic_clock = monotonic.function();
    return must(license_source::make(std::move(options)));
  }
};

bool has_users(license_source& source, const source_world& world) {
  return source.current().allows(license_feature::user, world.wall.now());
}

}  // namespace

TEST_CASE("a license is read again after a minute of the monotonic clock, and not before") {
  source_world world;
  world.text = documented_license;
  const auto source = world.make();
  CHECK(has_users(*source, world));
  world.text.reset();
  world.monotonic.advance(minute - 1);
  // A step of the wall clock makes no answer older.
  world.wall.advance(std::int64_t{365} * 24 * 60 * minute);
  CHECK(has_users(*source, world));
  CHECK(world.reads == 1);
  world.monotonic.advance(1);
  CHECK_FALSE(has_users(*source, world));
  CHECK(world.reads == 2);
}

TEST_CASE("each license that is set but not valid is warned about once") {
  source_world world;
  world.text = "too short";
  const auto source = world.make();
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(has_users(*source, world));
    world.monotonic.advance(minute);
  }
  REQUIRE(world.warnings.size() == 1);
  CHECK(world.warnings[0].find("every licensed feature is off") != std::string::npos);
  CHECK(world.warnings[0].find("too short") == std::string::npos);
  world.text = "shorter";
  CHECK_FALSE(has_users(*source, world));
  CHECK(world.warnings.size() == 2);
  world.text.reset();
  world.monotonic.advance(minute);
  CHECK_FALSE(has_users(*source, world));
  CHECK(world.warnings.size() == 2);
}

TEST_CASE("an exempt host has every feature, and still hears of a license that is none") {
  source_world world;
  world.text = "too short";
  const auto source = world.make(true);
  CHECK(has_users(*source, world));
  REQUIRE(world.warnings.size() == 1);
  CHECK(world.warnings[0].find("nothing is off") != std::string::npos);
}

TEST_CASE("the license of the environment is the variable of a Mastra server") {
  REQUIRE(::setenv(license_variable, documented_license.c_str(), 1) == 0);
  CHECK(license_text_of_environment() == documented_license);
  CHECK(must(license_source::make())->current().license.valid);
  REQUIRE(::setenv(license_variable, "", 1) == 0);
  CHECK(license_text_of_environment() == std::nullopt);
  REQUIRE(::unsetenv(license_variable) == 0);
  CHECK(license_text_of_environment() == std::nullopt);
  license_source_options without_reader;
  without_reader.read = nullptr;
  const auto refused = license_source::make(std::move(without_reader));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
}

TEST_CASE("[RB-18] without users or sessions in the license nobody signs in or stays signed in", "[RB-18]") {
  for (const license_feature missing : {license_feature::user, license_feature::session}) {
    world w;
    license_gate licensed{.license = check_license(documented_license)};
    license_gate now = licensed;
    w.config.license = {};
    w.config.find_license = [&now] { return now; };
    w.config.permissions_need_session_alone = true;
    w.start();
    REQUIRE(w.server->add_route(
        {"GET", "/mine", route_guard::signed_in(), [](auto&) { return json_response(200, nullptr); }}));
    const std::string credentials = R"({"email":"viewer@example.com","password":"correct horse"})";
    CHECK(w.get("/api/mine", "viewer").status == 200);

    now.license.features = {};
    for (const auto feature : {license_feature::user, license_feature::session, license_feature::rbac}) {
      if (feature != missing) now.license.features.add(feature);
    }
    INFO("without " << to_string(missing));
    for (const char* path : {"/api/auth/credentials/sign-in", "/api/auth/credentials/sign-up"}) {
      const auto refused = w.post(path, credentials);
      CHECK(refused.status == 403);
      CHECK(refused.body.find("ERR_LATCHKEY_LICENSE_REQUIRED") != std::string::npos);
    }
    CHECK(w.post("/api/auth/refresh", "", "viewer").status == 403);
    CHECK(w.get("/api/mine", "viewer").status == 401);
    CHECK(w.get("/api/auth/me", "viewer").body == "null");
    // Signing out only takes away.
    CHECK(w.post("/api/auth/logout", "", "viewer").status == 200);

    now = licensed;
    CHECK(w.post("/api/auth/credentials/sign-in", credentials).status == 200);
  }
}
