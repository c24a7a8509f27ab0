// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/providers/simple_auth.h"

#include "support.h"

namespace latchkey::native {
namespace {

using latchkey::testing::must;

const user ada{"u-ada", "ada@example.com", "Ada", std::nullopt};
const user bob{"u-bob", std::nullopt, std::nullopt, std::nullopt};

simple_auth_options two_tokens() {
  simple_auth_options options;
  options.tokens = {{"sk-ada", ada}, {"sk-bob", bob}, {"sk-ada-2", ada}};
  options.headers = {"X-Playground-Access"};
  return options;
}

std::optional<authenticated_user> known_by(const auth_provider& provider, std::string_view token) {
  return must(provider.tokens->authenticate_token(token, {}));
}

TEST_CASE("a listed token is its user's, and the user remembers which provider knew it", "[simple_auth]") {
  const auto provider = must(simple_auth(two_tokens()));
  CHECK(provider.is_simple_auth);
  CHECK_FALSE(provider.is_mastra_cloud_auth);
  CHECK(known_by(provider, "sk-ada") == authenticated_user{ada, "simple-auth", {}, true});
  CHECK(known_by(provider, "sk-ada-2")->person == ada);
  CHECK(known_by(provider, "sk-bob")->person == bob);
  CHECK(must(provider.users->find_user("u-bob")) == bob);
  CHECK_FALSE(must(provider.users->find_user("u-eve")).has_value());
}

TEST_CASE("[SS-19] a token that is not listed as a whole is nobody's", "[simple_auth][SS-19]") {
  const auto provider = must(simple_auth(two_tokens()));
  for (const std::string token : {"", "sk-ad", "sk-ada-", "SK-ADA", " sk-ada", "sk-ada ", "sk-adb", "u-ada"}) {
    INFO(token);
    CHECK_FALSE(known_by(provider, token).has_value());
  }
  CHECK_FALSE(known_by(provider, std::string("sk-ada\0", 7)).has_value());
  CHECK_FALSE(known_by(provider, std::string(token_max_bytes + 1, 'x')).has_value());
}

TEST_CASE("tokens are found in the configured headers and in the cookie mastra-token", "[simple_auth]") {
  const auto provider = must(simple_auth(two_tokens()));
  http_request request;
  request.headers = {
      {"x-playground-access", "bearer  sk-ada"}, {"X-Other", "sk-bob"}, {"Cookie", "a=b; mastra-token=c"}};
  const auto found = provider.tokens->find_tokens(request);
  CHECK(found.explicit_tokens == std::vector<std::string_view>{"sk-ada"});
  CHECK(found.ambient_tokens == std::vector<std::string_view>{"c"});

  simple_auth_options without = two_tokens();
  without.cookie_name.clear();
  CHECK(must(simple_auth(without)).tokens->find_tokens(request).ambient_tokens.empty());
}

TEST_CASE("simple_auth authorizes its own users, and whoever a session named", "[simple_auth]") {
  const auto provider = must(simple_auth(two_tokens()));
  const user eve{"u-eve", std::nullopt, std::nullopt, std::nullopt};
  CHECK(must(provider.tokens->authorize_user({ada, "simple-auth", {}}, {})));
  CHECK_FALSE(must(provider.tokens->authorize_user({eve, "jwt", {}}, {})));
  CHECK(must(provider.tokens->authorize_user({eve, "", {}}, {})));
}

TEST_CASE("simple_auth refuses a list that can't be meant, and shows no token", "[simple_auth]") {
  const auto refused = [](auto change) {
    simple_auth_options options = two_tokens();
    change(options);
    const auto made = simple_auth(options);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == errc::configuration_invalid);
    CHECK(made.error().message.find("sk-") == std::string::npos);
    return made.error().field;
  };
  CHECK(refused([](auto& options) { options.tokens.clear(); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"", ada}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"sk- b", ada}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"sk-\n", ada}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"sk-bob", bob}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"sk-c", {}}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({"sk-c", {"u-ada", {}, {}, {}}}); }) == "tokens");
  CHECK(refused([](auto& options) { options.tokens.push_back({std::string(8193, 'x'), bob}); }) == "tokens");
  CHECK(refused([](auto& options) { options.headers = {"a b"}; }) == "headers");
  CHECK(refused([](auto& options) { options.cookie_name = "a;b"; }) == "cookie_name");
  CHECK(refused([](auto& options) { options.name.clear(); }) == "name");
}

}  // namespace
}  // namespace latchkey::native
