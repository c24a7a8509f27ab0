// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_PROVIDER_H_
#define LATCHKEY_NATIVE_PROVIDER_H_

/**
 * The interfaces that a host composes an auth system of. They are those of the documented system, in C++ names; what a
 * provider has is told by which parts are set. Calls are synchronous and may block; the server runs them on its worker
 * pool. Every implementation here may be called from several threads at once.
 *
 * Results: an `error` means "could not be found out" (a store is down) and always denies; an empty optional means "no".
 */

#include <memory>
#include <string>

#include "latchkey/native/acl/acl_provider.h"
#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/credentials/credentials_provider.h"
#include "latchkey/native/providers/sso_provider.h"
#include "latchkey/native/providers/token_authenticator.h"
#include "latchkey/native/providers/user_provider.h"
#include "latchkey/native/rbac/rbac_provider.h"
#include "latchkey/native/sessions/session_provider.h"
#include "latchkey/native/throttle/throttle.h"

namespace latchkey::native {

/**
 * What a host gives the server (documented: MastraAuthProvider): each part may be absent, and capabilities say so. The
 * parts are shared: the same object may also be the host's.
 */
struct auth_provider {
  std::string name = "latchkey";
  /**
   * What kind of provider this is, for a host that asks. The flags open nothing by themselves: whether a license is
   * needed is said by `auth_server_config::license` alone (RB-18).
   */
  bool is_mastra_cloud_auth = false;
  bool is_simple_auth = false;
  std::shared_ptr<token_authenticator> tokens = {};
  std::shared_ptr<sso_provider> sso = {};
  std::shared_ptr<user_provider> users = {};
  std::shared_ptr<session_provider> sessions = {};
  std::shared_ptr<credentials_provider> credentials = {};
  /** With one that is a manager (`rbac_provider::as_manager`) roles can be given and taken over HTTP. */
  std::shared_ptr<rbac_provider> rbac = {};
  /** With one that is a manager (`acl_provider::as_manager`) access to single resources can be granted over HTTP. */
  std::shared_ptr<acl_provider> acl = {};
  std::shared_ptr<audit_logger> audit = {};
  /**
   * Takes what need not be on record before the answer, such as denied requests: a `queued_audit_logger` keeps them from
   * waiting for the disk. Unset: `audit` takes these too. Only of use together with `audit`.
   */
  std::shared_ptr<audit_logger> best_effort_audit = {};
  std::shared_ptr<audit_reader> audit_events = {};
  /** Counts attempts; one in memory when null. Several processes that are one service should share theirs. */
  std::shared_ptr<throttle> throttling = {};
};

/**
 * Which parts a provider has, as core's `build_capabilities` and `to_capability_flags` take them (Mastra:
 * getCapabilities). The button of single sign-on comes without its address, which a server adds.
 */
[[nodiscard]] provider_facts facts_of(const auth_provider& provider);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDER_H_
