// SPDX-License-Identifier: Apache-2.0
#include "latchkey/license.h"

#include "catch.h"
#include "latchkey/base64url.h"

namespace latchkey {
namespace {

std::string encoded(std::string_view text) { return to_base64url(std::vector<std::uint8_t>(text.begin(), text.end())); }

std::string signed_text(std::string_view payload) {
  return "lk1." + encoded(payload) + "." + to_base64url(std::vector<std::uint8_t>(64, 7));
}

constexpr std::string_view payload =
    R"({"tier":"team","features":["rbac","audit","later"],"expiresAt":"2027-01-01T00:00:00.000Z","customer":"Ada"})";
constexpr std::int64_t end_ms = 1'798'761'600'000;

license_rules accepting(license_forms forms, bool holds = true) {
  return {forms, [holds](std::string_view, std::span<const std::uint8_t>) { return holds; }};
}

}  // namespace

TEST_CASE("[NS-12] a signed license is what its payload says, when the signature holds") {
  std::string message;
  std::size_t length = 0;
  license_rules rules = accepting({license_form::signed_text});
  rules.verify = [&](std::string_view bytes, std::span<const std::uint8_t> signature) {
    message = std::string(bytes);
    length = signature.size();
    return true;
  };
  const auto info = check_license("  " + signed_text(payload) + "\n", rules);
  CHECK(info.valid);
  CHECK(info.tier == "team");
  CHECK(info.customer == "Ada");
  CHECK(info.features == license_features{license_feature::rbac, license_feature::audit});
  CHECK(info.expires_at_ms == end_ms);
  CHECK(message == "lk1." + encoded(payload));
  CHECK(length == 64);
  CHECK(license_at(info, end_ms - 1).valid);
  CHECK(license_at(info, end_ms).reason == errc::license_expired);
  CHECK_FALSE(license_at(info, end_ms).valid);
}

TEST_CASE("a signed license never falls back to the documented form") {
  const std::string text = signed_text(payload);
  CHECK(text.size() >= license_min_characters);
  CHECK(check_license(text).reason == errc::license_invalid);
  CHECK(check_license(text, accepting(license_forms::all(), false)).reason == errc::license_invalid);
  CHECK(check_license(text, accepting({license_form::documented})).reason == errc::license_invalid);
  CHECK(check_license("lk1." + std::string(64, 'x'), accepting(license_forms::all())).reason == errc::license_invalid);
}

TEST_CASE("only the forms that the configuration accepts count") {
  const std::string documented(32, 'x');
  CHECK(check_license(documented).valid);
  CHECK(check_license(documented, accepting({license_form::signed_text})).reason == errc::license_invalid);
  CHECK(check_license(documented, accepting({license_form::server})).reason == errc::license_invalid);
  CHECK(check_license("", accepting({license_form::server})).reason == errc::license_required);
  for (const auto form : {license_form::documented, license_form::signed_text, license_form::server}) {
    CHECK(to_license_form(to_string(form)) == form);
  }
  CHECK_FALSE(to_license_form("signed_text").has_value());
}

TEST_CASE("a signed license that isn't exactly formed is none") {
  const std::string good = signed_text(payload);
  REQUIRE(parse_signed_license(good).has_value());
  const std::string signature = to_base64url(std::vector<std::uint8_t>(64, 7));
  for (const std::string& text : {
           std::string(),
           std::string("lk1."),
           std::string("lk1..") + signature,
           "lk2" + good.substr(3),
           "LK1" + good.substr(3),
           good + ".x",
           good + "=",
           good.substr(0, good.size() - 2),
           "lk1." + encoded(payload),
           "lk1." + encoded(payload) + "." + to_base64url(std::vector<std::uint8_t>(63, 7)),
           "lk1." + encoded(payload) + "." + to_base64url(std::vector<std::uint8_t>(65, 7)),
           signed_text("{}"),
           signed_text("[]"),
           signed_text("not json"),
           signed_text(R"({"features":"rbac"})"),
           signed_text(R"({"features":[1]})"),
           signed_text(R"({"features":[],"tier":1})"),
           signed_text(R"({"features":[],"customer":null})"),
           signed_text(R"({"features":[],"expiresAt":1798761600000})"),
           signed_text(R"({"features":[],"expiresAt":"never"})"),
           signed_text(R"({"features":[],"features":["rbac"]})"),
           "lk1." + std::string(license_max_bytes, 'A'),
       }) {
    INFO(text.substr(0, 80));
    CHECK_FALSE(parse_signed_license(text).has_value());
    CHECK_FALSE(check_license(text, accepting({license_form::signed_text})).valid);
  }
  CHECK(parse_signed_license(signed_text(R"({"features":[],"seats":5})"))->info.features.is_empty());
}

TEST_CASE("a server's license lives for its lease and three days more") {
  constexpr std::int64_t now = 1'800'000'000'000;
  const auto lease = parse_license_answer(R"({"valid":true,"tier":"team","leaseSeconds":3600})", now);
  REQUIRE(lease.has_value());
  CHECK(lease->info.features == license_features::all());
  CHECK(lease->renew_at_ms == now + 3'600'000);
  CHECK(lease->at(now).valid);
  CHECK(lease->at(lease->renew_at_ms + license_grace_ms - 1).valid);
  CHECK(lease->at(lease->renew_at_ms + license_grace_ms).reason == errc::license_expired);
  for (const std::int64_t absurd : {INT64_MIN, INT64_MAX}) CHECK_FALSE(lease->at(absurd).valid);
  CHECK(parse_license_answer(R"({"valid":true})", INT64_MAX)->renew_at_ms == INT64_MAX);
  CHECK(lease->at(now - 60'000).valid);
  CHECK(lease->at(now - 60'001).reason == errc::license_invalid);
  const auto refused = parse_license_answer(R"({"valid":false,"tier":"team"})", now);
  REQUIRE(refused.has_value());
  CHECK(refused->at(now).reason == errc::license_invalid);
  CHECK(refused->renew_at_ms == now + license_lease_default_s * 1'000);
  const auto limited = parse_license_answer(
      R"({"valid":true,"features":["sso"],"expiresAt":"2027-01-01T00:00:00.000Z","leaseSeconds":99999999999})", now);
  REQUIRE(limited.has_value());
  CHECK(limited->renew_at_ms == now + license_lease_max_s * 1'000);
  CHECK(limited->info.features == license_features{license_feature::sso});
  CHECK(limited->at(now).reason == errc::license_expired);
  CHECK(limited->at(end_ms - 1).reason == errc::license_invalid);
  for (const char* answer :
       {"", "null", "[]", "{}", R"({"valid":1})", R"({"valid":"true"})", R"({"valid":true,"tier":1})",
        R"({"valid":true,"leaseSeconds":-1})", R"({"valid":true,"leaseSeconds":1.5})",
        R"({"valid":true,"features":{}})", R"({"valid":true,"expiresAt":1})"}) {
    INFO(answer);
    CHECK_FALSE(parse_license_answer(answer, now).has_value());
  }
}

TEST_CASE("a license server that fails is asked less and less often") {
  CHECK(license_retry_ms(0) == 60'000);
  CHECK(license_retry_ms(1) == 60'000);
  CHECK(license_retry_ms(2) == 120'000);
  CHECK(license_retry_ms(6) == 1'920'000);
  CHECK(license_retry_ms(7) == 3'600'000);
  CHECK(license_retry_ms(4'000'000'000u) == 3'600'000);
}

TEST_CASE("the cache ends a signed license on time") {
  license_cache cache;
  const auto rules = accepting(license_forms::all());
  const std::string text = signed_text(payload);
  CHECK(cache.check(text, end_ms - 1, 0, rules).valid);
  CHECK_FALSE(cache.take_warning());
  CHECK(cache.check(text, end_ms, 1, rules).reason == errc::license_expired);
  CHECK(cache.take_warning());
  CHECK_FALSE(cache.take_warning());
}

TEST_CASE("a license that is known to be over is not verified again, and warned about once") {
  license_cache cache;
  int verified = 0;
  license_rules rules = accepting(license_forms::all());
  rules.verify = [&verified, holds = rules.verify](std::string_view message, std::span<const std::uint8_t> signature) {
    ++verified;
    return holds(message, signature);
  };
  const std::string text = signed_text(payload);
  for (int i = 0; i < 5; ++i) CHECK(cache.check(text, end_ms, i, rules).reason == errc::license_expired);
  CHECK(verified == 1);
  CHECK(cache.take_warning());
  CHECK_FALSE(cache.take_warning());
}

}  // namespace latchkey
