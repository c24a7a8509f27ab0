// SPDX-License-Identifier: Apache-2.0
#include <unordered_set>

#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/credentials/hash_gate.h"
#include "latchkey/native/credentials/password_hash.h"
#include "latchkey/native/credentials/password_policy.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

const std::string passphrase = "correct horse battery staple";
// Made with Node's scrypt as Better Auth calls it, and the same password as a PHC string.
const std::string better_auth_hash =
    "000102030405060708090a0b0c0d0e0f:7034425e783148ac6ce2c4521177f6fc8ba611950b64145053bf3c4fbf264578"
    "65bbf1ea8164754187636d431114bca7374e96cf91409d23fbc0b086580d2442";
const std::string phc_hash = "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$mp90zEQd5XGhjEv4WArVH4Z0XRSzkGWtJK2S/AXJlRU";

password_hashing quick() {
  password_hashing hashing;
  hashing.log2_n = 4;
  return hashing;
}

std::string refusal(std::string_view password, const password_context& context = {}) {
  const auto checked = check_password(password, {}, context);
  if (checked) return {};
  CHECK(checked.error().code == errc::request_invalid);
  CHECK(checked.error().field == "password");
  return checked.error().message;
}

}  // namespace

TEST_CASE("[CR-06] a password verifies against its own hash and no other does") {
  const std::string stored = must(hash_password(passphrase, quick()));
  CHECK(stored.starts_with("$scrypt$ln=4,r=8,p=1$"));
  CHECK(stored.find('=', 22) == std::string::npos);
  CHECK(must(verify_password(passphrase, stored)));
  CHECK_FALSE(must(verify_password("correct horse battery stapl", stored)));
  CHECK_FALSE(must(verify_password("", stored)));
  CHECK(must(hash_password(passphrase, quick())) != stored);
}

TEST_CASE("hashes that other programs made verify") {
  CHECK(must(verify_password(passphrase, better_auth_hash)));
  CHECK(must(verify_password(passphrase, phc_hash)));
  CHECK_FALSE(must(verify_password("Correct horse battery staple", better_auth_hash)));
  password_hashing shared;
  shared.format = password_format::better_auth;
  const std::string stored = must(hash_password(passphrase, shared));
  CHECK(stored.size() == 32 + 1 + 128);
  CHECK(must(verify_password(passphrase, stored)));
}

TEST_CASE("[CR-03] the whole password counts, behind 72 bytes and behind a NUL") {
  const std::string start(72, 'x');
  const std::string stored = must(hash_password(start + "a", quick()));
  CHECK(must(verify_password(start + "a", stored)));
  CHECK_FALSE(must(verify_password(start + "b", stored)));
  CHECK_FALSE(must(verify_password(start, stored)));
  const std::string with_nul("secret\0one", 10);
  const std::string nul_hash = must(hash_password(with_nul, quick()));
  CHECK(must(verify_password(with_nul, nul_hash)));
  CHECK_FALSE(must(verify_password(std::string("secret\0two", 10), nul_hash)));
  CHECK_FALSE(must(verify_password("secret", nul_hash)));
  const std::string longest(1'024, 'y');
  CHECK_FALSE(must(verify_password(longest.substr(1), must(hash_password(longest, quick())))));
}

TEST_CASE("[CR-04] a password is one text however a keyboard composes its letters") {
  const std::string stored = must(hash_password("caf\u00e9 au lait", quick()));
  CHECK(must(verify_password("caf\u00e9 au lait", stored)));
  CHECK(must(verify_password("cafe\u0301 au lait", stored)));
  CHECK_FALSE(must(verify_password("cafe au lait", stored)));
  CHECK(must(verify_password("caf\u00e9 au lait", must(hash_password("cafe\u0301 au lait", quick())))));
  // Variants for compatibility are other characters in our own format.
  CHECK_FALSE(must(verify_password("caf\u00e9\u00a0au lait", stored)));
}

TEST_CASE("[CR-04] Better Auth's format hashes the NFKC form, as Better Auth does") {
  password_hashing shared;
  shared.format = password_format::better_auth;
  const std::string spaced = "correct\u00a0horse battery";
  const std::string stored = must(hash_password(spaced, shared));
  CHECK(must(verify_password(spaced, stored)));
  CHECK(must(verify_password("correct horse battery", stored)));
  CHECK(must(verify_password(spaced, must(hash_password("correct horse battery", shared)))));
  CHECK(must(verify_password("\uff43orrect horse battery", stored)));
  const std::string with_nul("caf\u00e9\0one", 9);
  CHECK(must(verify_password(with_nul, must(hash_password(with_nul, shared)))));
  CHECK_FALSE(must(verify_password(std::string("caf\u00e9\0two", 9), must(hash_password(with_nul, shared)))));
}

TEST_CASE("[CR-04] a hash that was made of a text in another form verifies with that very text") {
  // scrypt of the bytes as they are, ln=4,r=8,p=1, salt 00 to 0f: "cafe<U+0301> au lait" and, as Better Auth's,
  // "correct<U+00A0>horse battery".
  const std::string decomposed =
      "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$GKE/jGD3DaSJMlReC2BXAdsiTKjekY41czwFwTl2q1k";
  const auto match = must(match_password("cafe\u0301 au lait", decomposed));
  CHECK(match.is_right);
  CHECK(match.is_other_form);
  CHECK(match.work == 2 * verification_work(decomposed));
  CHECK_FALSE(must(match_password("caf\u00e9 au lait", decomposed)).is_right);
  const std::string spaced =
      "000102030405060708090a0b0c0d0e0f:e6d73f76c66bf1b976c299e32227567d0323761dea1c4d3fa9c66dffa5492362"
      "5b62aa1618e423c1ea37c380e5ff94951bf909965f7b643a0299b0f78950eee9";
  CHECK(must(match_password("correct\u00a0horse battery", spaced)).is_other_form);
  CHECK_FALSE(must(verify_password("correct horse battery", spaced)));
  const auto usual = must(match_password(passphrase, must(hash_password(passphrase, quick()))));
  CHECK(usual.is_right);
  CHECK_FALSE(usual.is_other_form);
  CHECK(usual.work == hashing_work(quick()));
}

TEST_CASE("[CR-07] what an attempt costs depends on the password alone, whatever forms it has") {
  const auto once = hashing_work(quick());
  CHECK(attempt_work("plain", quick()) == once);
  CHECK(attempt_work("caf\u00e9", quick()) == once);
  CHECK(attempt_work("cafe\u0301", quick()) == 2 * once);
  CHECK(attempt_work("a\u00a0b", quick()) == 2 * once);
  CHECK(attempt_work("\xff", quick()) == once);
}

TEST_CASE("[CR-01] [CR-05] lengths and the list of common passwords see the NFKC form as well") {
  // Full-width letters and digits: what is guessed first stays guessed first.
  CHECK_FALSE(refusal("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11").empty());
  CHECK(is_common_password("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44"));
  // Seven letters however they are written, and one character that stands for eighteen.
  CHECK(refusal("e\u0301e\u0301x\u0301q\u0301z").find("at least 8 characters") != std::string::npos);
  CHECK(refusal("\ufdfa").find("at least 8 characters") != std::string::npos);
  std::string swelling;
  for (int i = 0; i < 300; ++i) swelling += "\ufdfa";
  CHECK(swelling.size() <= 1'024);
  CHECK(refusal(swelling).find("at most 1024 bytes") != std::string::npos);
  CHECK(is_too_long(swelling, {}));
  CHECK(is_too_long(std::string(1'025, 'x'), {}));
  CHECK_FALSE(is_too_long(std::string(1'024, 'x'), {}));
}

TEST_CASE("a stored text that is no hash, or asks for too much, verifies nothing") {
  const std::string salt_and_hash = phc_hash.substr(phc_hash.find("$AAEC"));
  const std::vector<std::string> texts{"",
                                       ":",
                                       "plain",
                                       "a:b",
                                       better_auth_hash + "00",
                                       better_auth_hash.substr(0, 160),
                                       ":" + better_auth_hash.substr(33),
                                       "$scrypt$ln=30,r=8,p=1" + salt_and_hash,
                                       "$scrypt$ln=10,r=9999,p=1" + salt_and_hash,
                                       "$scrypt$ln=010,r=8,p=1" + salt_and_hash,
                                       "$scrypt$ln=10,r=8" + salt_and_hash,
                                       "$scrypt$ln=10,r=8,p=0" + salt_and_hash,
                                       "$scrypt$ln=-1,r=8,p=1" + salt_and_hash,
                                       phc_hash + "=",
                                       phc_hash + "$",
                                       "$scrypt$ln=10,r=8,p=1$$",
                                       "$argon2id$v=19$m=65536,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw"};
  for (const std::string& stored : texts) {
    INFO(stored);
    const auto verified = verify_password(passphrase, stored);
    CHECK_FALSE(verified.value_or(false));
  }
}

TEST_CASE("[CR-06] a hash of another format or a lower cost is to be replaced") {
  password_hashing hashing;
  hashing.log2_n = 10;
  CHECK_FALSE(needs_rehash(phc_hash, hashing));
  CHECK(needs_rehash(better_auth_hash, hashing));
  CHECK(needs_rehash("nonsense", hashing));
  hashing.log2_n = 11;
  CHECK(needs_rehash(phc_hash, hashing));
  hashing.log2_n = 9;
  CHECK_FALSE(needs_rehash(phc_hash, hashing));
  hashing.format = password_format::better_auth;
  CHECK(needs_rehash(phc_hash, hashing));
  CHECK_FALSE(needs_rehash(better_auth_hash, hashing));
  CHECK(must(to_password_format("better-auth")) == password_format::better_auth);
  CHECK(must(to_password_format("phc")) == password_format::phc);
  CHECK_FALSE(to_password_format("md5").has_value());
}

TEST_CASE("[CR-01] passwords have 8 characters to 1,024 bytes") {
  CHECK(refusal("kV7#q2x").find("at least 8") != std::string::npos);
  CHECK(refusal("kV7#q2xZ").empty());
  std::string mixed;
  while (mixed.size() < 1'024) mixed += "kV7#q2xZ w";
  mixed.resize(1'024);
  CHECK(refusal(mixed.substr(0, 64)).empty());
  CHECK(refusal(mixed).empty());
  CHECK(refusal(mixed + "k").find("at most 1024") != std::string::npos);
  CHECK(refusal("\u00e4\u00f6\u00fc\u00df\u20ac\u03b1\u03b2").find("at least 8") != std::string::npos);
  CHECK(refusal("\u00e4\u00f6\u00fc\u00df\u20ac\u03b1\u03b2\u03b3").empty());
  CHECK_FALSE(refusal("kV7#q2xZ\xff").empty());
  password_policy strict;
  strict.min_characters = 15;
  CHECK_FALSE(check_password("kV7#q2xZmPwT4!", strict, {}).has_value());
  CHECK(check_password("kV7#q2xZmPwT4!s", strict, {}).has_value());
}

TEST_CASE("[CR-02] there are no rules of composition") {
  for (const char* password :
       {"aaaa bbbb cccc dddd e", "correct horse battery staple", "tribal lamp gravel oath", "ooze-kettle-ribbon",
        "83920174665102", "PURELYCAPITALNOISE", "\u043f\u0430\u0440\u043e\u043b\u044c\u043d\u0430\u044f"}) {
    INFO(password);
    CHECK(refusal(password).empty());
  }
}

TEST_CASE("[CR-05] common passwords and their variations are refused") {
  for (const char* password :
       {"password",   "Password1",  "P@ssw0rd!", "p455w0rd123", "12345678",  "123456789",  "87654321",  "qwerty123",
        "qwertyuiop", "1qaz2wsx",   "1q2w3e4r",  "zxcvbnm1",    "asdfghjkl", "iloveyou",   "iloveyou2", "sunshine",
        "princess1",  "football!!", "baseball",  "superman1",   "trustno1",  "letmein123", "welcome1",  "dragon2024",
        "monkey1234", "aaaaaaaa",   "abababab",  "abcabcabc",   "11223344",  "abcd1234",   "changeme1", "Admin123!",
        "starwars",   "michael1",   "jennifer",  "charlie1",    "liverpool", "chelsea1",   "mustang1",  "computer",
        "internet",   "whatever",   "hello123",  "freedom1",    "00000000"}) {
    INFO(password);
    CHECK_FALSE(refusal(password).empty());
  }
}

TEST_CASE("[CR-05] the list stands for more than 3,000 passwords of 8 characters and more") {
  std::unordered_set<std::string> refused;
  for (const std::string_view root : common_password_roots()) {
    for (const char* ending :
         {"", "1", "12", "123", "1234", "12345", "123456", "!", "1!", "123!", "2024", "2025", "2026", "007"}) {
      const std::string password = std::string(root) + ending;
      if (password.size() < 8) continue;
      INFO(password);
      CHECK(is_common_password(password));
      refused.insert(password);
    }
  }
  CHECK(refused.size() > 3'000);
}

TEST_CASE("[CR-05] passwords made of the address, the name or the product are refused") {
  const password_context ada{"ada.lovelace@example.com", "Ada King Lovelace"};
  for (const char* password : {"lovelace1", "Lovelace1852", "ada.lovelace", "10v31ac3!!", "latchkey", "Latchkey2026!",
                               "xx-latchkey", "lovelacepassword"}) {
    INFO(password);
    CHECK_FALSE(refusal(password, ada).empty());
  }
  CHECK(refusal("lovelace-tribal-lamp", ada).empty());
  CHECK(refusal("adamant-gravel", ada).empty());
  CHECK(refusal("Kingfisher-Dell", ada).empty());
}

TEST_CASE("[CR-13] an e-mail address identifies an account in lower case") {
  CHECK(must(normalize_email("Ada@Example.COM")) == "ada@example.com");
  CHECK(must(normalize_email("o'brien+tag@mail.example.co.uk")) == "o'brien+tag@mail.example.co.uk");
  CHECK(must(normalize_email("owner@localhost")) == "owner@localhost");
  std::string longest(64, 'a');
  longest.append("@").append(63, 'b').append(".example");
  CHECK(must(normalize_email(longest)).size() == 136);
}

TEST_CASE("[CR-13] what is no single plain address is refused") {
  const std::vector<std::string> refused{"",
                                         "a",
                                         "@",
                                         "a@",
                                         "@b.example",
                                         "a@@b.example",
                                         "a@b@c.example",
                                         "a@b,c@d",
                                         "a@b;c@d",
                                         "a b@c.example",
                                         " a@b.example",
                                         "a@b.example ",
                                         "a@b.example\n",
                                         "a@b.example\r\nBcc: c@d",
                                         "\"a\"@b.example",
                                         "a@b..example",
                                         ".a@b.example",
                                         "a.@b.example",
                                         "a..b@c.example",
                                         "a@.example",
                                         "a@b.example.",
                                         "a@-b.example",
                                         "a@b-.example",
                                         "a@[127.0.0.1]",
                                         "<a@b.example>",
                                         "Ada <a@b.example>",
                                         "a(c)@b.example",
                                         "a\\@b.example",
                                         "a@b_c.example",
                                         "\u0430@b.example",
                                         "a@b\u00fc.example",
                                         std::string("a\0@b.example", 12),
                                         "a@b.exa\tmple",
                                         "a:b@c.example",
                                         std::string(65, 'a') + "@b.example",
                                         "a@" + std::string(64, 'b') + ".example",
                                         "a@" + std::string(250, 'b'),
                                         std::string(100'000, 'a') + "@b.example"};
  for (const std::string& address : refused) {
    INFO(address.substr(0, 80));
    const auto normalized = normalize_email(address);
    REQUIRE_FALSE(normalized.has_value());
    CHECK(normalized.error().field == "email");
  }
  for (const std::string& text : naughty_strings()) CHECK_FALSE(normalize_email(text).has_value());
}

TEST_CASE("[CR-06] the gate lets two in, makes some wait, and turns the rest away") {
  const auto gate = hash_gate::make({2, 1, std::chrono::milliseconds(50)});
  auto first = gate->enter();
  auto second = gate->enter();
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(gate->enter().error().code == errc::unavailable);
  std::atomic<int> turned_away{0};
  run_together(4, [&](int) {
    if (!gate->enter()) ++turned_away;
  });
  CHECK(turned_away == 4);
  { const auto released = std::move(first); }
  CHECK(gate->enter().has_value());
}

TEST_CASE("[F-18] never more than two are inside the gate") {
  const auto gate = hash_gate::make({2, 200, std::chrono::milliseconds(10'000)});
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  run_together(32, [&](int) {
    const auto place = gate->enter();
    if (!place) return;
    const int now = ++inside;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --inside;
    ++served;
  });
  CHECK(served == 32);
  CHECK(most == 2);
}
