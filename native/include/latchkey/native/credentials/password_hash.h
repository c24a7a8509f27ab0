// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_HASH_H_
#define LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_HASH_H_

/**
 * How a password is kept (CR-06): scrypt with a random salt, as a PHC string
 * (https://github.com/P-H-C/phc-string-format) or as Better Auth writes it, so that a Node application on the same
 * database can check it. The whole input counts, NUL and all (CR-03), in Unicode's normal form (CR-04): NFC in a PHC
 * string, and NFKC in Better Auth's format, as Better Auth does. A hash that was made of a text in another form, before
 * this was so or by another program, verifies with that very text.
 */

#include <cstdint>
#include <string>
#include <string_view>

#include "latchkey/native/crypto/scrypt.h"
#include "latchkey/result.h"

namespace latchkey::native {

enum class password_format : std::uint8_t {
  /** `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, base64 without padding. */
  phc,
  /** `<salt in hex>:<key in hex>` with N=2^14, r=16, p=1 and 64 bytes; the salt's text is hashed, not its bytes. */
  better_auth
};

/** `phc` or `better-auth`, as in the configuration; `configuration_invalid` for anything else. */
[[nodiscard]] result<password_format> to_password_format(std::string_view text);

/** How new hashes are made. */
struct password_hashing {
  password_format format = password_format::phc;
  /** For `phc`: N is two to the power of this. Below 14 only for tests. */
  int log2_n = 17;
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};

/** The least `log2_n` that is accepted outside of tests. */
inline constexpr int password_min_log2_n = 14;

/** A new hash with a fresh salt. `crypto_failed` when the random source fails or the cost is out of range. */
[[nodiscard]] result<std::string> hash_password(std::string_view password, const password_hashing& hashing);

/** What comparing a password with a stored hash came to. */
struct password_match {
  bool is_right = false;
  /** Whether the hash was made of the text as it was given, which is not in the format's normal form. */
  bool is_other_form = false;
  /** What was computed for it: N·r·p of each hash. */
  std::uint64_t work = 0;
};

/**
 * Compares the normal form, and when that is wrong and another text, the password as it was given. Not right for a text in
 * neither format and for a cost over the limit: a tampered store must not make the server spend gigabytes. An error only
 * when hashing itself fails.
 */
[[nodiscard]] result<password_match> match_password(std::string_view password, std::string_view stored);

/** Whether the password is the one that was hashed, as `match_password`. */
[[nodiscard]] result<bool> verify_password(std::string_view password, std::string_view stored);

/** Whether a stored hash has another format than new ones, or costs less. */
[[nodiscard]] bool needs_rehash(std::string_view stored, const password_hashing& hashing);

/** What one hash costs to compute: scrypt's N·r·p, to which its time is proportional. */
[[nodiscard]] std::uint64_t hashing_work(const password_hashing& hashing) noexcept;

/**
 * What every failed attempt with this password costs, whatever the account: two hashes when the password is not in NFKC,
 * because a stored one may have been made of another form; otherwise one. Depends on the arguments alone.
 */
[[nodiscard]] std::uint64_t attempt_work(std::string_view password, const password_hashing& hashing);

/** What one comparison with this stored hash costs; 0 for one that is refused without computing anything. */
[[nodiscard]] std::uint64_t verification_work(std::string_view stored) noexcept;

/** Computes so much for nothing, to within a sixteenth, with no more memory than a hash at this cost takes. */
[[nodiscard]] result<void> spend_work(std::string_view password, std::uint64_t work, const password_hashing& hashing);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CREDENTIALS_PASSWORD_HASH_H_
