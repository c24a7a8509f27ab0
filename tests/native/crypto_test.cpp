// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "latchkey/audit_chain.h"
#include "latchkey/base64url.h"
#include "latchkey/native/crypto/aead.h"
#include "latchkey/native/crypto/constant_time.h"
#include "latchkey/native/crypto/ed25519.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/native/crypto/scrypt.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::native;
using namespace latchkey::testing;

namespace {

using byte_list = std::vector<std::uint8_t>;

template <std::size_t Size>
std::span<const std::uint8_t, Size> sized(const byte_list& bytes) {
  REQUIRE(bytes.size() == Size);
  return std::span<const std::uint8_t, Size>(bytes.data(), Size);
}

byte_list hmac(const byte_list& key, const byte_list& data) {
  byte_list out(32);
  must(hmac_sha256(key, data, std::span<std::uint8_t, 32>(out.data(), 32)));
  return out;
}

json_value read_wycheproof(const std::string& name) {
  const std::string folder = corpora_folder();
  if (folder.empty()) return {};
  return must(parse_json(read_file(folder + "/wycheproof/" + name + "_test.json")));
}

// Whether our cipher opens the case, and then to what it says, and seals to what it says.
bool is_accepted(const json_value& test) {
  const auto key = from_hex(text_of(test, "key"));
  const auto iv = from_hex(text_of(test, "iv"));
  const auto aad = from_hex(text_of(test, "aad"));
  const auto message = from_hex(text_of(test, "msg"));
  const auto ciphertext = from_hex(text_of(test, "ct"));
  const auto tag = from_hex(text_of(test, "tag"));
  byte_list opened(ciphertext.size());
  if (!aes256gcm_open(sized<32>(key), sized<12>(iv), aad, ciphertext, sized<16>(tag), opened)) {
    CHECK(opened == byte_list(ciphertext.size()));
    return false;
  }
  byte_list sealed(message.size());
  byte_list sealed_tag(16);
  must(aes256gcm_seal(sized<32>(key), sized<12>(iv), aad, message, sealed,
                      std::span<std::uint8_t, 16>(sealed_tag.data(), 16)));
  return opened == message && sealed == ciphertext && sealed_tag == tag;
}

struct failing_random {
  failing_random() {
    set_random_source_for_testing([](std::span<std::uint8_t>) { return false; });
  }
  failing_random(const failing_random&) = delete;
  failing_random& operator=(const failing_random&) = delete;
  ~failing_random() { set_random_source_for_testing(nullptr); }
};

}  // namespace

TEST_CASE("[SS-06] AES-256-GCM agrees with all 66 Wycheproof cases of our sizes") {
  const json_value corpus = read_wycheproof("aes_gcm");
  if (corpus.is_null()) return;
  int agreed = 0;
  for (const json_value& group : array_of(corpus, "testGroups")) {
    if (integer_of(group, "keySize") != 256 || integer_of(group, "ivSize") != 96 ||
        integer_of(group, "tagSize") != 128) {
      continue;
    }
    for (const json_value& test : array_of(group, "tests")) {
      INFO("tcId " << integer_of(test, "tcId"));
      const bool agrees = is_accepted(test) == (text_of(test, "result") == "valid");
      CHECK(agrees);
      agreed += agrees ? 1 : 0;
    }
  }
  CHECK(agreed == 66);
}

TEST_CASE("[SS-02] HKDF-SHA256 agrees with every Wycheproof case") {
  const json_value corpus = read_wycheproof("hkdf_sha256");
  if (corpus.is_null()) return;
  for (const json_value& group : array_of(corpus, "testGroups")) {
    for (const json_value& test : array_of(group, "tests")) {
      INFO("tcId " << integer_of(test, "tcId"));
      byte_list out(static_cast<std::size_t>(integer_of(test, "size")));
      const bool derived = hkdf_sha256(from_hex(text_of(test, "ikm")), from_hex(text_of(test, "salt")),
                                       from_hex(text_of(test, "info")), out)
                               .has_value();
      REQUIRE(derived == (text_of(test, "result") == "valid"));
      if (derived) CHECK(out == from_hex(text_of(test, "okm")));
    }
  }
}

TEST_CASE("[SS-03] HMAC-SHA256 agrees with every Wycheproof case") {
  const json_value corpus = read_wycheproof("hmac_sha256");
  if (corpus.is_null()) return;
  for (const json_value& group : array_of(corpus, "testGroups")) {
    const auto size = static_cast<std::size_t>(integer_of(group, "tagSize") / 8);
    for (const json_value& test : array_of(group, "tests")) {
      INFO("tcId " << integer_of(test, "tcId"));
      byte_list code = hmac(from_hex(text_of(test, "key")), from_hex(text_of(test, "msg")));
      code.resize(size);
      CHECK((code == from_hex(text_of(test, "tag"))) == (text_of(test, "result") == "valid"));
    }
  }
}

TEST_CASE("SHA-256, HMAC and HKDF agree with FIPS 180-4, RFC 4231 and RFC 5869") {
  const auto digest = must(sha256(as_bytes(std::string_view("abc"))));
  CHECK(byte_list(digest.begin(), digest.end()) ==
        from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(must(sha256({})) == must(sha256(as_bytes(std::string_view()))));
  CHECK(hmac(byte_list(20, 0x0b), from_hex("4869205468657265")) ==
        from_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
  CHECK(hmac(byte_list(131, 0xaa), from_hex("54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579"
                                            "202d2048617368204b6579204669727374")) ==
        from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
  byte_list out(42);
  must(hkdf_sha256(byte_list(22, 0x0b), {}, {}, out));
  CHECK(out == from_hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
  byte_list too_long(hkdf_sha256_max_bytes + 1);
  CHECK_FALSE(hkdf_sha256(byte_list(22, 0x0b), {}, {}, too_long).has_value());
}

TEST_CASE("[CR-06] scrypt agrees with RFC 7914") {
  const auto hash = [](std::string_view password, std::string_view salt, const scrypt_cost& cost,
                       std::uint64_t memory = scrypt_max_memory_bytes) {
    byte_list out(64);
    must(scrypt(as_bytes(password), as_bytes(salt), cost, out, memory));
    return out;
  };
  CHECK(hash("", "", {16, 1, 1}) == from_hex("77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                                             "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"));
  CHECK(hash("password", "NaCl", {1024, 8, 16}) ==
        from_hex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                 "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"));
  CHECK(hash("pleaseletmein", "SodiumChloride", {16384, 8, 1}) ==
        from_hex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                 "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"));
}

// Hidden because it needs a gigabyte.
TEST_CASE("[CR-06] scrypt agrees with the largest vector of RFC 7914", "[.slow]") {
  byte_list out(64);
  must(scrypt(as_bytes(std::string_view("pleaseletmein")), as_bytes(std::string_view("SodiumChloride")),
              {1048576, 8, 1}, out, std::uint64_t{1} << 31));
  CHECK(out == from_hex("2101cb9b6a511aaeaddbbe09cf70f881ec568d574a2ffd4dabe5ee9820adaa47"
                        "8e56fd8f4ba5d09ffa1c6d927c40f4c337304049e8a952fbcbf45c6fa77a41a4"));
}

TEST_CASE("scrypt refuses a cost that is no power of two or needs more memory than allowed") {
  byte_list out(32, 0xff);
  for (const scrypt_cost& cost :
       {scrypt_cost{0, 8, 1}, scrypt_cost{1, 8, 1}, scrypt_cost{1000, 8, 1}, scrypt_cost{16, 0, 1},
        scrypt_cost{16, 1, 0}, scrypt_cost{std::uint64_t{1} << 19, 8, 1}, scrypt_cost{std::uint64_t{1} << 63, 2, 1},
        scrypt_cost{16, std::uint64_t{1} << 60, 16}}) {
    CHECK_FALSE(scrypt({}, {}, cost, out).has_value());
  }
}

TEST_CASE("[SS-07] random bytes differ between draws, threads and processes") {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(must(random_id()));
  std::mutex mutex;
  run_together(8, [&](int) {
    for (int i = 0; i < 1'000; ++i) {
      auto id = random_id();
      const std::lock_guard lock(mutex);
      seen.insert(id.value_or("failed"));
    }
  });
  CHECK(seen.size() == 9'000);
  CHECK(must(random_id()).size() == 27);
}

TEST_CASE("[SS-07] a forked child does not repeat its parent's random bytes") {
  (void)must(random_id());
  int pipes[2];
  REQUIRE(::pipe(pipes) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto id = random_id().value_or("failed");
    const bool written = ::write(pipes[1], id.data(), id.size()) == static_cast<ssize_t>(id.size());
    ::_exit(written ? 0 : 1);
  }
  const std::string ours = must(random_id());
  std::string theirs(ours.size(), '\0');
  CHECK(::read(pipes[0], theirs.data(), theirs.size()) == static_cast<ssize_t>(theirs.size()));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(pipes[0]);
  ::close(pipes[1]);
  CHECK(ours != theirs);
}

TEST_CASE("[SS-07] a failing random source is an error and leaves only zeros") {
  (void)must(random_id());
  const failing_random failing;
  byte_list small(28, 0xee);
  byte_list large(4096, 0xee);
  CHECK(random_bytes(small).error().code == errc::crypto_failed);
  CHECK(random_bytes(large).error().code == errc::crypto_failed);
  CHECK(small == byte_list(28));
  CHECK(large == byte_list(4096));
  CHECK_FALSE(random_id().has_value());
}

TEST_CASE("the random pool hands out every byte of its source once") {
  static std::atomic<std::uint32_t> counter{0};
  set_random_source_for_testing([](std::span<std::uint8_t> out) {
    for (std::size_t i = 0; i + 4 <= out.size(); i += 4) {
      const std::uint32_t next = ++counter;
      std::copy_n(reinterpret_cast<const std::uint8_t*>(&next), 4, out.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return true;
  });
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    byte_list drawn(16);
    must(random_bytes(drawn));
    for (std::size_t at = 0; at < drawn.size(); at += 4) seen.insert(to_base64url(std::span(drawn).subspan(at, 4)));
  }
  set_random_source_for_testing(nullptr);
  CHECK(seen.size() == 2'000);
}

TEST_CASE("[SS-19] comparison in constant time tells equal from different") {
  CHECK(is_equal_constant_time("", ""));
  CHECK(is_equal_constant_time("abc", "abc"));
  CHECK_FALSE(is_equal_constant_time("abc", "abd"));
  CHECK_FALSE(is_equal_constant_time("abc", "abcd"));
  CHECK_FALSE(is_equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("[NS-07] a secret is wiped when it goes out of scope, and when it is moved from", "[NS-07]") {
  alignas(secret_bytes<32>) std::array<std::uint8_t, sizeof(secret_bytes<32>)> place{};
  auto* living = new (place.data()) secret_bytes<32>;
  std::fill(living->span().begin(), living->span().end(), std::uint8_t{7});
  CHECK(std::count(place.begin(), place.end(), std::uint8_t{7}) == 32);
  living->~secret_bytes();
  CHECK(std::count(place.begin(), place.end(), std::uint8_t{7}) == 0);

  secret_bytes<4> secret;
  secret.span()[0] = 7;
  const secret_bytes<4> moved = std::move(secret);
  CHECK(moved.span()[0] == 7);
  CHECK(secret.span()[0] == 0);  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("[NS-12] Ed25519 verifies what RFC 8032 signed and nothing else") {
  // Section 7.1, test 2.
  const byte_list key_bytes = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  byte_list signature = from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
      "b00d291612bb0c00");
  ed25519_public_key key{};
  std::copy(key_bytes.begin(), key_bytes.end(), key.begin());
  CHECK(is_signed_by(key, "\x72", signature));
  CHECK_FALSE(is_signed_by(key, "\x73", signature));
  CHECK_FALSE(is_signed_by(key, "", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    signature[i] ^= 1;
    CHECK_FALSE(is_signed_by(key, "\x72", signature));
    signature[i] ^= 1;
    CHECK_FALSE(is_signed_by(key, "\x72", std::span(signature).first(i)));
  }
  ++key[0];
  CHECK_FALSE(is_signed_by(key, "\x72", signature));
}

TEST_CASE("[NS-12] Ed25519 agrees with all 151 Wycheproof cases") {
  const json_value corpus = read_wycheproof("ed25519");
  if (corpus.is_null()) return;
  int agreed = 0;
  for (const json_value& group : array_of(corpus, "testGroups")) {
    const byte_list key_bytes = from_hex(text_of(*group.find("publicKey"), "pk"));
    ed25519_public_key key{};
    REQUIRE(key_bytes.size() == key.size());
    std::copy(key_bytes.begin(), key_bytes.end(), key.begin());
    for (const json_value& test : array_of(group, "tests")) {
      INFO("tcId " << integer_of(test, "tcId"));
      const byte_list message = from_hex(text_of(test, "msg"));
      const std::string_view text(reinterpret_cast<const char*>(message.data()), message.size());
      const bool agrees =
          is_signed_by(key, text, from_hex(text_of(test, "sig"))) == (text_of(test, "result") == "valid");
      CHECK(agrees);
      agreed += agrees ? 1 : 0;
    }
  }
  CHECK(agreed == 151);
}

TEST_CASE("[NS-12] signed licenses are valid as the vectors say, with the signature really checked") {
  const json_value vectors = read_vectors("signed-licenses");
  for (const json_value& one : *vectors.find("cases")->as_array()) {
    const byte_list key_bytes = must(from_base64url(*one.find_string("publicKey")));
    ed25519_public_key key{};
    REQUIRE(key_bytes.size() == key.size());
    std::copy(key_bytes.begin(), key_bytes.end(), key.begin());
    license_rules rules{license_forms{license_form::signed_text}, {}};
    rules.verify = make_license_verifier(key);
    const license_info info =
        license_at(check_license(*one.find_string("text"), rules), *one.find("nowMs")->as_integer());
    INFO(*one.find_string("name"));
    CHECK(info.valid == one.find("expect")->is_true("valid"));
  }
}

TEST_CASE("[AU-10] the Merkle tree of the well-known leaves has the heads of RFC 6962's own tests") {
  const digest_function digest = [](std::string_view text) {
    return must(sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  };
  const std::vector<std::string> inputs{std::string(),
                                        std::string(1, '\0'),
                                        "\x10",
                                        "\x20\x21",
                                        "\x30\x31",
                                        "\x40\x41\x42\x43",
                                        "\x50\x51\x52\x53\x54\x55\x56\x57",
                                        "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const std::vector<std::string> heads{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                       "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                       "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                       "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                       "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                       "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                       "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                       "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  const auto hex = [](const sha256_digest& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  };
  merkle_tree tree;
  CHECK(hex(tree.head(digest)) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tree.append(digest(std::string(1, '\0') + inputs[i]), digest);
    CHECK(hex(tree.head(digest)) == heads[i]);
  }
}
