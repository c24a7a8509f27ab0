// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_CAPABILITIES_H_
#define LATCHKEY_CAPABILITIES_H_

/**
 * What a studio is told before and after sign-in: built from the facts about the configured provider, the license, the
 * person and their access. The JSON is the documented one; an optional field is absent, never null.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/license.h"
#include "latchkey/role.h"

namespace latchkey {

/** The single sign-on button. */
struct sso_login {
  std::string provider = {};
  std::string text = {};
  std::string icon = {};         // optional when empty
  std::string description = {};  // optional when empty
  std::string url = {};

  friend bool operator==(const sso_login&, const sso_login&) = default;
};

/** Which parts the configured provider has. */
struct provider_facts {
  bool user = false;
  bool session = false;
  std::optional<sso_login> sso = {};
  bool credentials = false;
  bool sign_up_enabled = false;
  bool rbac = false;
  bool acl = false;
  bool audit = false;
};

/** A person as JSON shows them. Empty optional fields are left out. */
struct user {
  std::string id = {};
  std::optional<std::string> email = {};
  std::optional<std::string> name = {};
  std::optional<std::string> avatar_url = {};
  /**
   * What the host keeps beside (Mastra: EEUser.metadata). Written to JSON as it stands, so the user reads it in
   * `GET /auth/me` and in the capabilities: no secrets. Left out when empty.
   */
  json_object metadata = {};

  friend bool operator==(const user&, const user&) = default;
};

/** What a person may do. */
struct access {
  std::vector<std::string> roles = {};
  std::vector<std::string> permissions = {};

  friend bool operator==(const access&, const access&) = default;
};

/** What is both implemented and licensed (Mastra: CapabilityFlags). */
struct capability_flags {
  bool user = false;
  bool session = false;
  bool sso = false;
  /** The license has no feature of its own for passwords: they need `user`. */
  bool credentials = false;
  bool rbac = false;
  bool acl = false;
  bool audit = false;

  friend bool operator==(const capability_flags&, const capability_flags&) = default;
};

/** The flags of a provider under a license at a time. */
[[nodiscard]] capability_flags to_capability_flags(const provider_facts& provider, const license_gate& license,
                                                   std::int64_t now_ms) noexcept;

/** Everything that decides the answer. */
struct capability_facts {
  /** Unset when no provider is configured at all. */
  std::optional<provider_facts> provider = {};
  license_gate license = {};
  /** The person who is signed in, if anyone is. */
  std::optional<user> signed_in = {};
  /** Their access; unset when there is no RBAC provider or it failed. */
  std::optional<access> granted = {};
  /** All role definitions: the roles that a caller who holds `*` may view the studio as are taken from them. */
  std::vector<role_definition> roles = {};
  std::int64_t now_ms = 0;
};

/** The documented answer of `GET /auth/capabilities`. */
[[nodiscard]] json_value build_capabilities(const capability_facts& facts);

/**
 * Whether a host may start: RBAC or ACL without a license would silently guard nothing, so that is `license_required`
 * with the missing feature in `field`.
 */
[[nodiscard]] result<void> check_licensed(const provider_facts& provider, const license_gate& license,
                                          std::int64_t now_ms);

}  // namespace latchkey

#endif  // LATCHKEY_CAPABILITIES_H_
