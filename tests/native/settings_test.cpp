// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "setting_value.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

const std::string documentation = LATCHKEY_TEST_DOCUMENTS "/latchkey.toml";

std::string read_all(const std::string& path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/** A file with this text, as long as the object lives. */
class settings_file {
 public:
  explicit settings_file(const std::string& text) { std::ofstream(path()) << text; }
  [[nodiscard]] std::string path() const { return folder_.file("latchkey.toml"); }

 private:
  temporary_folder folder_;
};

result<settings> load(const std::string& text) {
  const settings_file file(text);
  return load_settings(file.path(), {});
}

/** The message of a refusal, from behind the file's name on. */
std::string refusal(const std::string& text) {
  const auto refused = load(text);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::configuration_invalid);
  const std::string& message = refused.error().message;
  const auto name = message.find("latchkey.toml:");
  return name == std::string::npos ? message : message.substr(name);
}

}  // namespace

TEST_CASE("the documented configuration file has every option, its variable and its default", "[settings]") {
  const std::string text = read_all(documentation);
  const auto given = read_settings_file(documentation);
  REQUIRE(given.has_value());
  for (const auto& option : setting_options()) {
    CAPTURE(option.key);
    CHECK(std::any_of(given->begin(), given->end(),
                      [&](const auto& one) { return one.section + "." + one.name == option.key; }));
    CHECK(text.find("# " + std::string(option.variable) + " ") != std::string::npos);
  }
  const auto documented = apply_settings(*given);
  REQUIRE(documented.has_value());
  CHECK(*documented == settings());
}

TEST_CASE("a configuration file sets what it names and leaves the rest", "[settings]") {
  const auto all = load(
      "[server]\nport = 0\ntrusted_origins = [\"https://studio.example\"]\n"
      "[session]\nprovider = \"memory\"\nidle = \"30m\"\nabsolute = \"2d\"\n"
      "[credentials]\nsign_up = false\nmin_password = 15\npassword_format = \"better-auth\"\n"
      "[roles]\npreset = \"mastra\"\ndefault_role = \"\"\n"
      "[role_mapping]\nEngineering = [\"agents:*\"]\n\"a.b\" = []\n"
      "[audit]\nrequired = [\"*\"]\n");
  REQUIRE(all.has_value());
  CHECK(all->server.port == 0);
  CHECK(all->server.host == "127.0.0.1");
  CHECK(all->server.trusted_origins == std::vector<std::string>{"https://studio.example"});
  CHECK(all->session.kind == session_kind::memory);
  CHECK(all->session.idle_ms == 1'800'000);
  CHECK(all->session.absolute_ms == 172'800'000);
  CHECK_FALSE(all->credentials.is_sign_up_enabled);
  CHECK(all->credentials.min_password == 15);
  CHECK(all->credentials.password_format == native::password_format::better_auth);
  CHECK(all->roles.preset == role_preset::mastra);
  CHECK(all->roles.default_role.empty());
  CHECK(all->mapping == role_mapping{{"Engineering", {"agents:*"}}, {"a.b", {}}});
  CHECK(all->required_audit_actions == std::vector<action_pattern>{{"", true}});
}

TEST_CASE("what a configuration file can't mean is refused with its line and what to do", "[settings]") {
  const std::pair<const char*, const char*> cases[] = {
      {"[server]\nprot = 1", "latchkey.toml:2: there is no option server.prot. The nearest is server.port."},
      {"[sever]\nport = 1", "latchkey.toml:2: there is no option sever.port. The nearest is server.port."},
      {"[server]\ncolour = 1", "latchkey.toml:2: there is no option server.colour."},
      {"[session]\nsecret = \"x\"",
       "latchkey.toml:2: there is no option session.secret. Secrets stay out of this file: name a file that holds it "
       "with session.secret_file."},
      {"port = 1", "latchkey.toml:1: every option stands in a section such as [server]; \"port\" stands in none."},
      {"[server]\nport = \"x\"", "latchkey.toml:2: server.port must be a whole number from 0 to 65535, not \"x\"."},
      {"[server]\n\nport = 65536", "latchkey.toml:3: server.port must be a whole number from 0 to 65535, not 65536."},
      {"[server]\nport = 1.5",
       "latchkey.toml:2: server.port must be a text, a whole number, true or false, or a list of texts."},
      {"[server]\nhost = 1", "latchkey.toml:2: server.host must be a text, not 1."},
      {"[server]\ntrusted_origins = [\"https://a.example\", \"nope\"]",
       "latchkey.toml:2: server.trusted_origins must be a list of origins such as \"https://studio.example\", not "
       "\"nope\"."},
      {"[session]\nidle = \"24\"",
       "latchkey.toml:2: session.idle must be a duration such as \"45s\", \"30m\", \"24h\" or \"7d\", at most "
       "\"3650d\", not "
       "\"24\"."},
      {"[session]\nidle = \"0s\"",
       "latchkey.toml:2: session.idle must be a duration such as \"45s\", \"30m\", \"24h\" or \"7d\", at most "
       "\"3650d\", not "
       "\"0s\"."},
      {"[session]\nidle = \"9000000d\"",
       "latchkey.toml:2: session.idle must be a duration such as \"45s\", \"30m\", \"24h\" or \"7d\", at most "
       "\"3650d\", not "
       "\"9000000d\"."},
      {"[session]\nidle = \"8d\"", "session.idle is longer than session.absolute; make it shorter."},
      {"[session]\nprovider = \"redis\"", "session.provider is redis, but redis.url is not set."},
      {"[credentials]\nmin_password = 7",
       "latchkey.toml:2: credentials.min_password must be a whole number from 8 to 128, not 7."},
      {"[credentials]\npassword_format = \"md5\"",
       "latchkey.toml:2: credentials.password_format must be \"phc\" or \"better-auth\", not \"md5\"."},
      {"[credentials]\nsign_up = \"yes\"",
       "latchkey.toml:2: credentials.sign_up must be true or false (on or off), not \"yes\"."},
      {"[mail]\nurl = \"smtps://mail.example\"",
       "mail.url is set without mail.from, the address that mail comes from."},
      {"[mail]\nurl = \"smtps://mail.example\"\nfrom = \"a@example.com\"",
       "mail.url is set, but letters need an address to link to: set server.public_url or mail.reset_page."},
      {"[license]\naccept = [\"signed\"]",
       "license.accept has \"signed\" without license.public_key_file, the vendor's public key."},
      {"[license]\naccept = []",
       "latchkey.toml:2: license.accept must be a list of \"documented\", \"signed\" or both, not an empty list."},
      {"[sever]\n", "latchkey.toml:1: there is no section [sever]. The nearest is [server]."},
      {"[[sso]]\ntype = \"oidc\"",
       "latchkey.toml:1: [[sso]]: single sign-on has no options here yet; a server of your own sets it up."},
      {"[[server]]\nport = 1", "latchkey.toml:1: [[server]] would be several; there is one section [server]."},
      {"[audit]\nrequired = [\"auth.*\", \"Auth.*\"]",
       "latchkey.toml:2: audit.required must be a list of actions that are ever logged, such as \"auth.*\", "
       "\"role.assign\" or \"agents:*\", not \"Auth.*\"."},
      {"[audit]\nrequired = [\"nope.*\"]",
       "latchkey.toml:2: audit.required must be a list of actions that are ever logged, such as \"auth.*\", "
       "\"role.assign\" or \"agents:*\", not \"nope.*\"."},
      {"[role_mapping]\nEngineering = [\"agents:*\", \"agents *\"]",
       "latchkey.toml:2: the role Engineering can't have the grant \"agents *\": it must be *, namespace:action or "
       "namespace:action:resource, each part * or a word."},
      {"[role_mapping]\na = 1", "latchkey.toml:2: role_mapping.a must be a list of permissions."},
      {"[server.deeper]\nport = 1", "latchkey.toml:2: there is no option server.deeper.port."},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(refusal(text) == message);
  }
  CHECK(refusal("[server]\nport = ").rfind("latchkey.toml:2: ", 0) == 0);
  CHECK(refusal("[server]\nport = 1\nport = 2").rfind("latchkey.toml:3: ", 0) == 0);
}

TEST_CASE("a configuration file that is missing or endless is refused", "[settings]") {
  const auto missing = load_settings("/does/not/exist.toml", {});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message == "/does/not/exist.toml: the file can't be read: No such file or directory.");
  CHECK(load_settings("/dev/zero", {}).error().message == "/dev/zero: the file is a device or a pipe, not a file.");
  CHECK(load_settings("/dev", {}).error().message == "/dev: the file is a folder, not a file.");
  CHECK(refusal("#" + std::string(1024 * 1024, 'x')).find("the file is over 1024 KiB.") != std::string::npos);
  CHECK_FALSE(load("[server]\nx = " + std::string(100'000, '[')).has_value());
}

TEST_CASE("the environment counts more than the file, the command line more than both", "[settings]") {
  const settings_file file("[server]\nhost = \"a.example\"\nport = 1\ndata = \"file\"\n");
  ::setenv("LATCHKEY_PORT", "2", 1);
  ::setenv("LATCHKEY_HOST", "b.example", 1);
  ::setenv("LATCHKEY_TRUST_ORIGIN", " https://a.example , https://b.example,", 1);
  const given_setting typed[] = {{"server", "host", std::string("c.example"), "--host"}};
  const auto all = load_settings(file.path(), typed);
  for (const char* name : {"LATCHKEY_PORT", "LATCHKEY_HOST", "LATCHKEY_TRUST_ORIGIN"}) ::unsetenv(name);
  REQUIRE(all.has_value());
  CHECK(all->server.host == "c.example");
  CHECK(all->server.port == 2);
  CHECK(all->server.data == "file");
  CHECK(all->server.trusted_origins == std::vector<std::string>{"https://a.example", "https://b.example"});
}

TEST_CASE("an empty variable counts for what may be empty, and for nothing else", "[settings]") {
  const settings_file file("[roles]\ndefault_role = \"member\"\n[server]\nport = 1\nhost = \"a.example\"\n");
  for (const char* name : {"LATCHKEY_DEFAULT_ROLE", "LATCHKEY_PORT", "LATCHKEY_HOST"}) ::setenv(name, "", 1);
  const auto all = load_settings(file.path(), {});
  for (const char* name : {"LATCHKEY_DEFAULT_ROLE", "LATCHKEY_PORT", "LATCHKEY_HOST"}) ::unsetenv(name);
  REQUIRE(all.has_value());
  CHECK(all->roles.default_role.empty());
  CHECK(all->server.port == 1);
  CHECK(all->server.host == "a.example");
}

TEST_CASE("a wrong variable is named in the refusal", "[settings]") {
  ::setenv("LATCHKEY_SIGN_UP", "nein", 1);
  const auto refused = load_settings("", {});
  ::unsetenv("LATCHKEY_SIGN_UP");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message ==
        "LATCHKEY_SIGN_UP: credentials.sign_up must be true or false (on or off), not \"nein\".");
}

TEST_CASE("the nearest name is one typing error away, not another word", "[settings]") {
  const std::vector<std::string> known = {"server.port", "server.host", "session.idle"};
  CHECK(nearest_name("server.prt", known) == "server.port");
  CHECK(nearest_name("sesion.idle", known) == "session.idle");
  CHECK(nearest_name("mail.url", known).empty());
  CHECK(nearest_name("", known).empty());
}
