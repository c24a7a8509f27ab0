// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_LICENSE_H_
#define LATCHKEY_LICENSE_H_

/**
 * Which licensed features are on. A license has one of three forms: the documented one, a text of at least 32 characters
 * that enables every feature; a signed one, checked offline against a vendor's key; and one that a license server
 * vouches for, for a while. Mastra Cloud and development mode are exempt. Core takes the text, the time and the
 * signature check as parameters and keeps no state of its own: cache and lease are values that the host owns.
 */

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/result.h"

namespace latchkey {

/** What a license can enable, by the documented names. */
enum class license_feature : std::uint8_t { user, session, sso, rbac, acl, audit };

inline constexpr int license_feature_count = 6;

/** `user`, `session`, `sso`, `rbac`, `acl`, `audit`. */
[[nodiscard]] std::string_view to_string(license_feature feature) noexcept;
[[nodiscard]] std::optional<license_feature> to_license_feature(std::string_view text) noexcept;

/** Which kinds of license count. `to_string` of `signed_text` is `signed`, as in the configuration. */
enum class license_form : std::uint8_t { documented, signed_text, server };

inline constexpr int license_form_count = 3;

/** `documented`, `signed`, `server`. */
[[nodiscard]] std::string_view to_string(license_form form) noexcept;
[[nodiscard]] std::optional<license_form> to_license_form(std::string_view text) noexcept;

/** A small set of enumerators, counted from zero. */
template <class Enum, int Count>
class enum_set {
 public:
  [[nodiscard]] static enum_set all() noexcept { return enum_set((1u << Count) - 1); }
  enum_set() = default;
  enum_set(std::initializer_list<Enum> members) noexcept {
    for (const Enum member : members) add(member);
  }

  void add(Enum member) noexcept { bits_ |= 1u << static_cast<unsigned>(member); }
  [[nodiscard]] bool has(Enum member) const noexcept { return (bits_ & (1u << static_cast<unsigned>(member))) != 0; }
  [[nodiscard]] bool is_empty() const noexcept { return bits_ == 0; }

  friend bool operator==(const enum_set&, const enum_set&) = default;

 private:
  explicit enum_set(unsigned bits) noexcept : bits_(bits) {}
  unsigned bits_ = 0;
};

using license_features = enum_set<license_feature, license_feature_count>;
using license_forms = enum_set<license_form, license_form_count>;

/** The outcome of reading a license text. */
struct license_info {
  bool valid = false;
  /** `enterprise` for the documented form; empty when invalid. */
  std::string tier = {};
  /** Whom a signed license or the license server names; otherwise empty. */
  std::string customer = {};
  license_features features = {};
  /** Milliseconds since 1970 at which it ends (over means `now >= expires_at_ms`); unset when it doesn't. */
  std::optional<std::int64_t> expires_at_ms = {};
  /**
   * Why it isn't valid: `license_required` when there is no text, `license_invalid` for one that is no license or of a
   * form that isn't accepted, `license_expired` for one that is over.
   */
  std::optional<errc> reason = {};

  friend bool operator==(const license_info&, const license_info&) = default;
};

/** The shortest documented license, in characters, white space around it not counted. */
inline constexpr std::size_t license_min_characters = 32;
inline constexpr std::size_t license_max_bytes = 16 * 1024;

/**
 * Whether an Ed25519 signature (RFC 8032, 64 bytes) of these bytes is the vendor's. Called during the call that it is
 * given to, never later.
 */
using license_verifier = std::function<bool(std::string_view message, std::span<const std::uint8_t> signature)>;

/** What the operator's configuration says about licenses. */
struct license_rules {
  license_forms accepted{license_form::documented};
  /** Without one no signed license is valid, whether accepted or not. */
  license_verifier verify = {};
};

/**
 * Reads the documented or the signed form; ask `license_at` whether it is over. A text with control characters, or over
 * 16 KiB, is no license. A text that begins with `lk1.` is never a documented one. That is no protection where the
 * documented form is accepted, because there any 32 characters are a license: who sells signed ones accepts those alone.
 * A text that only the server can vouch for is `license_invalid` here; see `license_lease`.
 */
[[nodiscard]] license_info check_license(std::string_view text, const license_rules& rules = {});

/** The license at a time: what has an end is invalid from that millisecond on, with `license_expired`. */
[[nodiscard]] license_info license_at(license_info info, std::int64_t now_ms);

/** A signed license taken apart, without its signature being checked. */
struct signed_license {
  /** `lk1.<payload>`: the bytes that are signed. They live as long as the text that was given. */
  std::string_view message = {};
  /** 64 bytes. */
  std::vector<std::uint8_t> signature = {};
  license_info info = {};
};

/**
 * `lk1.<payload>.<signature>`, both parts canonical base64url, the payload `{features, tier?, expiresAt?, customer?}` with
 * the time in ISO 8601. For hosts whose signature check can't be called from here, such as a browser. Nothing for any
 * other text. Features and members of later versions are passed over.
 */
[[nodiscard]] std::optional<signed_license> parse_signed_license(std::string_view text);

/** How long a license that the server vouched for goes on when the server can't be reached after its lease. */
inline constexpr std::int64_t license_grace_ms = std::int64_t{72} * 3'600'000;
inline constexpr std::int64_t license_lease_default_s = 24 * 3'600;
inline constexpr std::int64_t license_lease_max_s = std::int64_t{30} * 24 * 3'600;

/** What the license server said, and until when it counts. */
struct license_lease {
  license_info info = {};
  std::int64_t granted_at_ms = 0;
  /** When to ask again. */
  std::int64_t renew_at_ms = 0;

  /**
   * The license at a time: until the lease ends, and 72 h longer. Before it was granted, by more than a minute, a clock is
   * wrong, and it is invalid.
   */
  [[nodiscard]] license_info at(std::int64_t now_ms) const;
};

/**
 * Reads the answer of a license server, `{valid, tier?, features?, expiresAt?, customer?, leaseSeconds?}`; without
 * `features` it means all, without `leaseSeconds` 24 h; over 30 days counts as 30. `license_invalid` when it isn't that.
 */
[[nodiscard]] result<license_lease> parse_license_answer(std::string_view json, std::int64_t now_ms);

/** How long to wait before asking again after so many failures in a row: a minute, doubled each time, at most an hour. */
[[nodiscard]] std::int64_t license_retry_ms(unsigned failures) noexcept;

/** Valid and invalid answers are kept this long, on a monotonic clock. */
inline constexpr std::int64_t license_cache_ms = 60'000;

/** The last answer, kept by the host as a value. Not synchronised. */
class license_cache {
 public:
  /**
   * The cached answer for the same text while it is younger than 60 s and not over, otherwise a new one. `now_ms` is
   * wall time for the expiry, `monotonic_ms` any clock that never steps back. The reference lives until the next call.
   * Other rules for the same text count from the next new answer on.
   */
  const license_info& check(std::string_view text, std::int64_t now_ms, std::int64_t monotonic_ms,
                            const license_rules& rules = {});

  /** True once for each text that is set but invalid, and once when a valid one ends: whether the host should warn now. */
  [[nodiscard]] bool take_warning() noexcept;

 private:
  std::string text_;
  license_info info_;
  std::int64_t checked_at_ = 0;
  bool filled_ = false;
  bool warning_ = false;
};

/** A license and what stands in for one. */
struct license_gate {
  license_info license = {};
  /** Mastra Cloud or development mode: every feature is on without a license. */
  bool exempt = false;

  /** Whether a feature may be used. `now_ms` ends a license that has expired since it was read. */
  [[nodiscard]] bool allows(license_feature feature, std::int64_t now_ms) const noexcept;
  /** Whether anything may be used at all. */
  [[nodiscard]] bool is_licensed(std::int64_t now_ms) const noexcept;
};

}  // namespace latchkey

#endif  // LATCHKEY_LICENSE_H_
