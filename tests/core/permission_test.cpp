// SPDX-License-Identifier: Apache-2.0
#include "latchkey/permission.h"

#include <algorithm>
#include <random>

#include "catch.h"

namespace latchkey {
namespace {

// The rule as the page says it, without any of the matcher's structure: a grant's parts against the required one's.
bool reference_covers(std::string_view grant_text, std::string_view required_text) {
  const auto grant = parse_permission(grant_text);
  const auto required = parse_permission(required_text);
  if (!grant || !required) return false;
  if (grant_text == "*") return true;
  if (grant->parts == 1 || required->parts == 1) return grant_text == required_text && required_text != "*";
  const auto part = [](std::string_view given, std::string_view asked) { return given == "*" || given == asked; };
  if (!part(grant->name_space, required->name_space) || !part(grant->action, required->action)) return false;
  if (grant->parts == 2) return true;
  return required->parts == 3 && part(grant->resource, required->resource);
}

std::vector<std::string> texts_of_parts(const std::vector<std::string>& alphabet, int max_parts) {
  std::vector<std::string> all;
  std::vector<std::string> last = alphabet;
  for (int parts = 1; parts <= max_parts; ++parts) {
    all.insert(all.end(), last.begin(), last.end());
    std::vector<std::string> next;
    for (const std::string& head : last) {
      for (const std::string& part : alphabet) next.push_back(head + ":" + part);
    }
    last = std::move(next);
  }
  return all;
}

grant_set compile(const std::vector<std::string>& grants) {
  auto compiled = grant_set::compile(std::span<const std::string>(grants));
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

std::string random_permission(std::mt19937& random) {
  static const char* const words[] = {"a", "b", "*", "agents", "workflows", "read", "write", "a-long-name-of-a-space"};
  const auto word = [&] { return std::string(words[random() % std::size(words)]); };
  std::string text = word();
  for (auto parts = random() % 3; parts > 0; --parts) text += ":" + word();
  return text;
}

}  // namespace

TEST_CASE("[RB-01] agrees with the rule on all pairs of up to three parts") {
  const auto texts = texts_of_parts({"a", "b", "*", ""}, 3);
  REQUIRE(texts.size() == 84);
  int pairs = 0;
  int differences = 0;
  for (const std::string& grant : texts) {
    const auto set = grant_set::compile(std::span<const std::string>(&grant, 1));
    CHECK(set.has_value() == is_valid_permission(grant));
    for (const std::string& required : texts) {
      ++pairs;
      const bool covered = set.has_value() && set->covers(required);
      if (covered != reference_covers(grant, required)) {
        ++differences;
        UNSCOPED_INFO(grant << " / " << required << " gave " << covered);
      }
    }
  }
  CHECK(pairs == 7056);
  CHECK(differences == 0);
}

TEST_CASE("[RB-01] agrees with the rule on random sets of grants") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> grants(random() % 12);
    std::generate(grants.begin(), grants.end(), [&] { return random_permission(random); });
    const grant_set set = compile(grants);
    for (int i = 0; i < 20; ++i) {
      const std::string required = random_permission(random);
      const bool expected = std::any_of(grants.begin(), grants.end(),
                                        [&](const std::string& grant) { return reference_covers(grant, required); });
      INFO(required);
      REQUIRE(set.covers(required) == expected);
      REQUIRE(set.explain(required).allowed == expected);
    }
  }
}

TEST_CASE("[RB-14] adding a grant never takes an answer away, and order and repetition don't matter") {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::string> grants(1 + random() % 8);
    std::generate(grants.begin(), grants.end(), [&] { return random_permission(random); });
    std::vector<std::string> more = grants;
    more.push_back(random_permission(random));
    std::vector<std::string> shuffled = grants;
    shuffled.insert(shuffled.end(), grants.begin(), grants.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const grant_set base = compile(grants);
    const grant_set added = compile(more);
    const grant_set reordered = compile(shuffled);
    for (int i = 0; i < 20; ++i) {
      const std::string required = random_permission(random);
      if (base.covers(required)) REQUIRE(added.covers(required));
      REQUIRE(base.covers(required) == reordered.covers(required));
    }
  }
}

TEST_CASE("[RB-13] finds each of a hundred thousand grants and nothing else") {
  std::vector<std::string> grants;
  for (int i = 0; i < 100'000; ++i)
    grants.push_back("space" + std::to_string(i % 500) + ":read:item-" + std::to_string(i));
  const grant_set set = compile(grants);
  CHECK(set.size() == grants.size());
  for (const std::string& grant : grants) REQUIRE(set.covers(grant));
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(set.covers("space1:read:item-" + std::to_string(i * 500)));
    CHECK_FALSE(set.covers("space" + std::to_string(i % 500) + ":read"));
  }
}

TEST_CASE("[RB-13] a text of any length is another one when one of its bytes is") {
  for (std::size_t length = 1; length <= permission_max_resource_bytes; length += length < 40 ? 1 : 27) {
    CAPTURE(length);
    const std::string grant = "a:b:" + std::string(length, 'r');
    const auto set = grant_set::compile(std::span<const std::string>(&grant, 1));
    REQUIRE(set.has_value());
    CHECK(set->covers(grant));
    CHECK_FALSE(set->covers(grant + 'r'));
    CHECK_FALSE(set->covers(grant.substr(0, grant.size() - 1)));
    for (std::size_t at = 0; at < grant.size(); ++at) {
      std::string other = grant;
      other[at] = 'x';
      CHECK(set->covers(other) == (other == grant));
    }
  }
}

TEST_CASE("[RB-01] a word ends where it is too long, and a star is alone") {
  const std::vector<std::string> everything = {"*"};
  const auto set = grant_set::compile(std::span<const std::string>(everything));
  REQUIRE(set.has_value());
  const std::string longest(permission_max_word_bytes, 'w');
  for (const std::string& text : {longest, longest + ':' + longest, longest + ":*:r", "*:" + longest + ":*"}) {
    CAPTURE(text);
    CHECK(is_valid_permission(text));
    CHECK(set->covers(text));
  }
  for (const std::string& text : {longest + 'w', longest + "w:a", "a:" + longest + 'w', "a:" + longest + "w:r",
                                  std::string("**"), std::string("*a"), std::string("a*"), std::string("*a:b"),
                                  std::string("a:*b"), std::string("a:b*:r"), std::string(":a"), std::string("a:"),
                                  std::string("a::r"), std::string("a:b:"), std::string("a;b"), std::string("a:b;r")}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_permission(text));
    CHECK_FALSE(set->covers(text));
  }
}

TEST_CASE("a copied and a moved set answer as the first did") {
  grant_set first = compile({"agents:read", "*:execute", "tools:use:hammer"});
  const grant_set copy = first;
  const grant_set moved = std::move(first);
  for (const grant_set* set : {&copy, &moved}) {
    CHECK(set->covers("agents:read:a"));
    CHECK(set->covers("workflows:execute"));
    CHECK(set->covers("tools:use:hammer"));
    CHECK_FALSE(set->covers("tools:use:saw"));
  }
}

TEST_CASE("[RB-01] never covers an invalid text, whichever kind of grant would answer") {
  const std::string word(permission_max_word_bytes + 1, 'w');
  const std::string resource(permission_max_resource_bytes + 1, 'r');
  const std::vector<std::string> invalid = {"",
                                            ":",
                                            "::",
                                            "a:",
                                            ":b",
                                            "a:b:",
                                            ":b:c",
                                            "a::c",
                                            "a:b:*c",
                                            "a:b:c*",
                                            "a:b: ",
                                            "a:b:\n",
                                            "a:b:\x7F",
                                            "a:b:\xC3",
                                            "a b:b",
                                            "a:b c",
                                            "a/:b",
                                            "a:b/",
                                            "a:b@",
                                            "a:`",
                                            "{:b",
                                            "a:[",
                                            "a*:b",
                                            "a:*b",
                                            "a:**",
                                            "**",
                                            word,
                                            "a:" + word,
                                            word + ":b",
                                            "a:b:" + resource,
                                            std::string("a:b\0", 4),
                                            std::string("a\0:b", 4),
                                            std::string("a:b:c\0", 6)};
  for (const char* grant :
       {"*", "*:*", "*:*:*", "a:*", "*:b", "a:*:c", "*:b:c", "*:*:c", "a:b", "a:b:*", "a:b:c", "a"}) {
    const grant_set one = compile({grant});
    for (const std::string& text : invalid) {
      INFO(grant << " and " << text);
      CHECK_FALSE(is_valid_permission(text));
      CHECK_FALSE(one.covers(text));
      CHECK(one.explain(text).code == errc::permission_invalid);
    }
  }
}

TEST_CASE("an empty set covers nothing") {
  const grant_set set;
  CHECK_FALSE(set.covers("agents:read"));
  CHECK_FALSE(set.covers("*"));
  CHECK(set.explain("agents:read").code == errc::forbidden);
}

TEST_CASE("[RB-12] all of nothing is true and any of nothing is false") {
  const grant_set set = compile({"agents:read", "agents:write"});
  CHECK(set.covers_all({}));
  CHECK_FALSE(set.covers_any({}));
  const std::vector<std::string> both = {"agents:read", "agents:write"};
  const std::vector<std::string> mixed = {"agents:read", "agents:execute"};
  CHECK(set.covers_all(both));
  CHECK_FALSE(set.covers_all(mixed));
  CHECK(set.covers_any(mixed));
}

TEST_CASE("names the grant that makes a set invalid") {
  const std::vector<std::string> grants = {"agents:read", "agents:re*", "*"};
  const auto set = grant_set::compile(std::span<const std::string>(grants));
  REQUIRE_FALSE(set.has_value());
  CHECK(set.error().code == errc::grant_invalid);
  CHECK(set.error().field == "agents:re*");
}

TEST_CASE("refuses text that is no UTF-8 in a resource") {
  for (const char* bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"}) {
    CHECK_FALSE(is_valid_permission(std::string("agents:read:") + bytes));
  }
}

TEST_CASE("explains an expanded alias by the grant that was given") {
  const std::vector<role_grant> grants = {{"stored:read", "librarian"}};
  const auto set = grant_set::compile(std::span<const role_grant>(grants), mastra_namespace_aliases());
  REQUIRE(set.has_value());
  const explanation why = set->explain("stored-agents:read:x");
  CHECK(why.allowed);
  CHECK(why.grant == "stored:read");
  CHECK(why.role == "librarian");
}

TEST_CASE("an error names the start of a long text in whole characters") {
  const std::string text = std::string(255, 'a') + "\xE2\x82\xAC:";
  CHECK(parse_permission(text).error().field == std::string(255, 'a'));
  CHECK(grant_set::compile({&text, 1}).error().field == std::string(255, 'a'));
  CHECK(parse_permission(std::string(257, ' ')).error().field == std::string(256, ' '));
  CHECK(parse_permission(std::string(300, '\x80')).error().field.empty());
}

}  // namespace latchkey
