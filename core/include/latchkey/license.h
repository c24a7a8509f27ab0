// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_LICENSE_H_
#define LATCHKEY_LICENSE_H_

/**
 * Which licensed features are on. The documented form of a license is a text of at least 32 characters and enables
 * every feature; Mastra Cloud and development mode are exempt. Core takes the text and the time as parameters and keeps
 * no state of its own: the 60 s cache is a value that the host owns.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/error.h"

namespace latchkey {

/** What a license can enable, by the documented names. */
enum class license_feature : std::uint8_t { user, session, sso, rbac, acl, audit };

inline constexpr int license_feature_count = 6;

/** `user`, `session`, `sso`, `rbac`, `acl`, `audit`. */
[[nodiscard]] std::string_view to_string(license_feature feature) noexcept;
[[nodiscard]] std::optional<license_feature> to_license_feature(std::string_view text) noexcept;

/** A small set of features. */
class license_features {
 public:
  [[nodiscard]] static license_features all() noexcept { return license_features((1u << license_feature_count) - 1); }
  license_features() = default;

  void add(license_feature feature) noexcept { bits_ |= 1u << static_cast<unsigned>(feature); }
  [[nodiscard]] bool has(license_feature feature) const noexcept {
    return (bits_ & (1u << static_cast<unsigned>(feature))) != 0;
  }
  [[nodiscard]] bool is_empty() const noexcept { return bits_ == 0; }

  friend bool operator==(const license_features&, const license_features&) = default;

 private:
  explicit license_features(unsigned bits) noexcept : bits_(bits) {}
  unsigned bits_ = 0;
};

/** The outcome of reading a license text. */
struct license_info {
  bool valid = false;
  /** `enterprise` for the documented form; empty when invalid. */
  std::string tier;
  license_features features;
  /** Milliseconds since 1970 at which it ends (over means `now >= expires_at_ms`); unset when it doesn't. */
  std::optional<std::int64_t> expires_at_ms;
  /** Why it isn't valid: `license_required` when there is no text, `license_invalid` for one that isn't a license. */
  std::optional<errc> reason;
};

/** The shortest documented license, in characters, white space around it not counted. */
inline constexpr std::size_t license_min_characters = 32;
inline constexpr std::size_t license_max_bytes = 16 * 1024;

/** Reads the documented form. A text with control characters, or over 16 KiB, is no license. */
[[nodiscard]] license_info check_license(std::string_view text);

/** Valid and invalid answers are kept this long, on a monotonic clock. */
inline constexpr std::int64_t license_cache_ms = 60'000;

/** The last answer, kept by the host as a value. Not synchronised. */
class license_cache {
 public:
  /**
   * The cached answer for the same text while it is younger than 60 s and not over, otherwise a new one. `now_ms` is
   * wall time for the expiry, `monotonic_ms` any clock that never steps back. The reference lives until the next call.
   */
  const license_info& check(std::string_view text, std::int64_t now_ms, std::int64_t monotonic_ms);

  /** True once for each text that is set but invalid: whether the host should warn now. */
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
  license_info license;
  /** Mastra Cloud or development mode: every feature is on without a license. */
  bool exempt = false;

  /** Whether a feature may be used. `now_ms` ends a license that has expired since it was read. */
  [[nodiscard]] bool allows(license_feature feature, std::int64_t now_ms) const noexcept;
  /** Whether anything may be used at all. */
  [[nodiscard]] bool is_licensed(std::int64_t now_ms) const noexcept;
};

}  // namespace latchkey

#endif  // LATCHKEY_LICENSE_H_
