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

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/acl.h"
#include "latchkey/audit.h"
#include "latchkey/capabilities.h"
#include "latchkey/native/http/message.h"
#include "latchkey/native/throttle/throttle.h"
#include "latchkey/result.h"
#include "latchkey/role.h"
#include "latchkey/session.h"
#include "latchkey/sso.h"

namespace latchkey::native {

/** Wall time in milliseconds since 1970. Injected, so that a test decides what time it is. */
using clock_function = std::function<std::int64_t()>;
[[nodiscard]] std::int64_t system_clock_ms();

/** Finds people (documented: IUserProvider). */
class user_provider {
 public:
  virtual ~user_provider() = default;
  /** The account with this id. Empty when there is none or it is disabled: a disabled person is nobody. */
  [[nodiscard]] virtual result<std::optional<user>> find_user(std::string_view user_id) = 0;
  /**
   * Who sent a request, for a provider that knows it in a way of its own, such as another library's cookie. Asked after
   * tokens and the session's cookie. Empty for nobody, which is the answer of a provider that keeps no track.
   */
  [[nodiscard]] virtual result<std::optional<user>> find_current_user(const http_request& request) {
    static_cast<void>(request);
    return std::nullopt;
  }
};

/** A person and what vouches for them. */
struct authenticated_user {
  user person;
  /** The name of the provider that knew their token; empty when a session or `find_current_user` named them. */
  std::string provider;
  /** For composite providers: which of its members knew the token, the outermost composite first. */
  std::vector<std::size_t> member_path;

  friend bool operator==(const authenticated_user&, const authenticated_user&) = default;
};

/** The tokens in places of a request that only one provider knows of. The views live as long as the request. */
struct carried_tokens {
  /** What the client put into this request, such as the values of further headers. */
  std::vector<std::string_view> explicit_tokens;
  /** What a browser adds to every request: cookies. */
  std::vector<std::string_view> ambient_tokens;
};

/** Knows tokens (documented: MastraAuthProvider's authenticateToken and authorizeUser). */
class token_authenticator {
 public:
  virtual ~token_authenticator() = default;
  /** Whose token this is; empty for a token that is unknown, expired or forged, without saying which. */
  [[nodiscard]] virtual result<std::optional<authenticated_user>> authenticate_token(std::string_view token,
                                                                                     const http_request& request) = 0;
  /** The tokens beside `Authorization: Bearer`, which the server reads for every provider. At most four are tried. */
  [[nodiscard]] virtual carried_tokens find_tokens(const http_request& request) const {
    static_cast<void>(request);
    return {};
  }
  /**
   * Whether a person may use guarded routes at all: asked on every such request, before permissions, about whoever sent
   * it, by token or by session. False is answered with 403, an error with 503.
   */
  [[nodiscard]] virtual result<bool> authorize_user(const authenticated_user& who, const http_request& request) {
    static_cast<void>(who), static_cast<void>(request);
    return true;
  }
};

/** What opening a cookie's value gave: a live session. */
struct opened_session {
  latchkey::session session;
  /** More than half of the idle time is gone: a renewal is worth its cookie. */
  bool renewal_due = false;
};

/** A session and the text that its cookie carries. */
struct issued_session {
  latchkey::session session;
  std::string cookie_value;
};

/** How a session comes about. */
struct session_origin {
  /** What `begin_sign_in` gave before the proof was checked. 0 is before everything, so it never opens too much. */
  std::int64_t sign_in_mark = 0;
  /** Where from, for its owner to recognise; empty when unknown. */
  std::string ip = {};
  std::string user_agent = {};
};

inline constexpr std::size_t listed_sessions_max = 1'000;

/** A session as its owner sees it among their others. */
struct listed_session {
  /** `session_handle` of its id: names it and opens nothing. */
  std::string handle;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  /** The last renewal, which is all that is written down about its use. */
  std::optional<std::int64_t> last_seen_ms = {};
  /** From its origin. */
  std::string ip = {};
  std::string user_agent = {};
  bool is_current = false;
};

/** SHA-256 of a session's id as base64url, under which stores and audit events know it. Fails with the library alone. */
[[nodiscard]] result<std::string> session_handle(std::string_view session_id);

/** Keeps sessions (documented: ISessionProvider). Cookie names and attributes are the HTTP layer's. */
class session_provider {
 public:
  virtual ~session_provider() = default;
  /**
   * To be called before a proof is checked (a password hashed, a code exchanged), and its answer handed to
   * `create_session`: which of the calls of `revoke_user_sessions` came before. It counts calls and is no time, so that
   * neither the clocks of two servers nor a shared millisecond decide who gets in.
   */
  [[nodiscard]] virtual result<std::int64_t> begin_sign_in() = 0;
  /**
   * A new session, with a new id, for a person who has just proven who they are. `unauthenticated` when all sessions of
   * that person were ended since the sign-in began: what was proven, such as an old password, may count no longer.
   */
  [[nodiscard]] virtual result<issued_session> create_session(std::string_view user_id,
                                                              const session_origin& origin) = 0;
  /** The live session behind a cookie's value; empty for every kind of invalid, expired or revoked one. */
  [[nodiscard]] virtual result<std::optional<opened_session>> open_session(std::string_view cookie_value) = 0;
  /** Ends it everywhere. Ending what is over or unknown is no error. */
  [[nodiscard]] virtual result<void> revoke_session(const latchkey::session& session) = 0;
  /**
   * Replaces a live session by one with a new id and a later end; one atomic step. Of any number of concurrent calls for
   * one session exactly one makes a new session, the others get that same one for 10 s. Empty when the session is over,
   * or was renewed longer ago: then all that descends from it is revoked as well.
   */
  [[nodiscard]] virtual result<std::optional<issued_session>> refresh_session(std::string_view cookie_value) = 0;
  /** Ends every session of a person that was created before now, and refuses those whose sign-in has begun before. */
  [[nodiscard]] virtual result<void> revoke_user_sessions(std::string_view user_id) = 0;
  /** Seconds that a cookie for this session should live. */
  [[nodiscard]] virtual std::int64_t max_age_seconds(const latchkey::session& session) const = 0;
  /**
   * The live sessions of a person, newest first, at most `listed_sessions_max`; one that was renewed appears as what it
   * was renewed into. `current` is the caller's own, to be marked. Here and below `not_configured` where the provider
   * keeps no list.
   */
  [[nodiscard]] virtual result<std::vector<listed_session>> list_sessions(std::string_view user_id,
                                                                          const latchkey::session* current = nullptr);
  /** Ends one of a person's listed sessions; false for a handle that is not one of these. */
  [[nodiscard]] virtual result<bool> revoke_listed_session(std::string_view user_id, std::string_view handle);
  /** Ends all listed sessions of the same person but this one; how many. `unauthenticated` when this one is over. */
  [[nodiscard]] virtual result<std::int64_t> revoke_other_sessions(const latchkey::session& current);
  /** Set-Cookie lines that delete what this provider has set beside the session's cookie, which is the server's. */
  [[nodiscard]] virtual std::vector<std::string> clearing_cookies() const { return {}; }
};

/** What the button of a single sign-on shows. */
struct login_button {
  /** The id of the provider, such as `workos`. At most 64 bytes: it is part of a sealed cookie. */
  std::string provider;
  std::string text;
  /** Left out when empty, as the description is. */
  std::string icon = {};
  std::string description = {};
};

/** A callback whose state was found right: all that a provider needs for redeeming its code. */
struct sso_callback {
  std::string code;
  /** The login that this browser began: state, nonce and verifier. */
  login_transaction login;
  /** RFC 9207, when the callback named it. */
  std::optional<std::string> iss;
  /** The address that the login named; token endpoints compare it. */
  std::string redirect_uri;
};

/** What an identity provider issued beside the ID token. Secrets: for the host, never for a browser. */
struct sso_tokens {
  std::string access_token;
  std::string refresh_token;
  std::string id_token;
  /** Milliseconds since 1970; 0 when the provider didn't say. */
  std::int64_t expires_at_ms = 0;
};

struct sso_login_result {
  user person;
  std::optional<sso_tokens> tokens;
  /** Further Set-Cookie lines for the browser. */
  std::vector<std::string> set_cookies;
};

/** Signs people in at an identity provider (documented: ISSOProvider). */
class sso_provider {
 public:
  virtual ~sso_provider() = default;
  [[nodiscard]] virtual login_button button() const = 0;
  /** What a callback's `iss` must equal (RFC 9207), compared before the code is redeemed; empty when there is no such. */
  [[nodiscard]] virtual std::optional<std::string> issuer() const { return std::nullopt; }
  /** Where to send the browser for this login. `redirect_uri` is the server's own callback, never taken from a request. */
  [[nodiscard]] virtual result<std::string> login_url(const login_transaction& login,
                                                      std::string_view redirect_uri) = 0;
  /** Redeems the code, once. An error when the provider can't be reached, or what it says does not hold. */
  [[nodiscard]] virtual result<sso_login_result> handle_callback(const sso_callback& callback) = 0;
  /** Where signing out goes on at the provider; empty when it has no such page. */
  [[nodiscard]] virtual result<std::optional<std::string>> logout_url(std::string_view user_id,
                                                                      std::string_view return_url) {
    static_cast<void>(user_id), static_cast<void>(return_url);
    return std::nullopt;
  }
};

/** Signs people in by e-mail and password (documented: ICredentialsProvider). */
class credentials_provider {
 public:
  virtual ~credentials_provider() = default;
  /**
   * The account when the password is right. Empty for an unknown address, a wrong password and a disabled account alike,
   * after the same work. `unavailable` when the hashing queue is full.
   */
  [[nodiscard]] virtual result<std::optional<user>> sign_in(std::string_view email, std::string_view password) = 0;
  /**
   * Whether the details of a new account are acceptable in themselves; otherwise `request_invalid` with the field and the
   * reason. It must not depend on any account, because the answer is told to anybody.
   */
  [[nodiscard]] virtual result<void> check_sign_up(std::string_view email, std::string_view password,
                                                   std::string_view name) const {
    static_cast<void>(email), static_cast<void>(password), static_cast<void>(name);
    return {};
  }
  /** A new account. `sign_up_failed` for a taken address and for whatever else a store refuses, without saying which. */
  [[nodiscard]] virtual result<user> sign_up(std::string_view email, std::string_view password,
                                             std::string_view name) = 0;
  [[nodiscard]] virtual bool is_sign_up_enabled() const = 0;
  /** Whether a forgotten password can be replaced by way of a mailbox. */
  [[nodiscard]] virtual bool is_password_reset_enabled() const { return false; }
  /**
   * Has a single-use token sent to the address when an account with a password has it. Nothing is looked up before this
   * returns, so that result and time are those of every other address. `unavailable` when too many requests wait.
   */
  [[nodiscard]] virtual result<void> request_password_reset(std::string_view email) {
    static_cast<void>(email);
    return fail(errc::not_configured, "Passwords can't be reset here.");
  }
  /**
   * Uses the token up and gives its account this password, in one atomic step, and ends all of the account's sessions.
   * Empty for a token that is wrong, used or over; `request_invalid` with field `password` when the password is refused,
   * and the token is as good as before. Makes no session.
   */
  [[nodiscard]] virtual result<std::optional<user>> reset_password(std::string_view token,
                                                                   std::string_view new_password) {
    static_cast<void>(token), static_cast<void>(new_password);
    return fail(errc::not_configured, "Passwords can't be reset here.");
  }
};

/** Knows roles and what they grant (documented: IRBACProvider). An error of any of these denies. */
class rbac_provider {
 public:
  virtual ~rbac_provider() = default;
  /** The role ids of a person, in a stable order. */
  [[nodiscard]] virtual result<std::vector<std::string>> roles_of(const user& person) = 0;
  /** The compiled grants of a list of roles. Shared and immutable. */
  [[nodiscard]] virtual result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string> role_ids) = 0;
  /** The texts of those grants, in order, for JSON. */
  [[nodiscard]] virtual result<std::vector<std::string>> permissions_of(std::span<const std::string> role_ids) = 0;
  /** Every role that is defined, in a stable order. */
  [[nodiscard]] virtual result<std::vector<role_definition>> role_definitions() = 0;
};

/**
 * Changes roles at run time (documented: IRBACManager). Each call is one atomic step that counts from the next question
 * on. Whether the person who asks for it may do so is the caller's business (`check_role_change` of core).
 *
 * A change after which nobody who can sign in would hold everything (`*`), while somebody does now, is `last_owner`.
 */
class rbac_manager : public rbac_provider {
 public:
  /** Gives a role to a person; no error when they have it. `not_found` with `userId` or `role` in `field`. */
  [[nodiscard]] virtual result<void> assign_role(std::string_view user_id, std::string_view role_id) = 0;
  /** Takes a role away, a role that nobody defines any more as well; no error when they don't have it. As above. */
  [[nodiscard]] virtual result<void> remove_role(std::string_view user_id, std::string_view role_id) = 0;
  /** Replaces all roles of a person. As `assign_role`. */
  [[nodiscard]] virtual result<void> set_roles(std::string_view user_id, std::span<const std::string> role_ids) = 0;
  /** Whether `set_roles` would accept them now, with the same errors; changes nothing. */
  [[nodiscard]] virtual result<void> check_roles(std::string_view user_id, std::span<const std::string> role_ids) = 0;
  /** Adds a role, or replaces the one with this id. Refused as core's `check_role` does. */
  [[nodiscard]] virtual result<void> define_role(const role_definition& role) = 0;
  /** Removes a role. `role_in_use` while somebody has it or another role inherits it, `not_found` for an unknown one. */
  [[nodiscard]] virtual result<void> delete_role(std::string_view role_id) = 0;
};

/**
 * Answers who may do what with one resource (documented: IACLProvider). Every answer is core's (`acl.h`): it combines the
 * grants that are kept here with what the caller's roles cover, in the configured mode. An error denies.
 */
class acl_provider {
 public:
  virtual ~acl_provider() = default;
  /** How roles and grants combine. The same as long as the provider lives. */
  [[nodiscard]] virtual acl_mode mode() const noexcept = 0;
  [[nodiscard]] virtual result<bool> can_access(const acl_caller& caller, const acl_resource& resource,
                                                std::string_view action) = 0;
  /** `role_resources`: the ids that the caller's roles name (`resources_named_by` of core). */
  [[nodiscard]] virtual result<accessible_resources> list_accessible(
      const acl_caller& caller, std::string_view type, std::string_view action,
      std::span<const std::string> role_resources = {}) = 0;
  /** The resources, in their order, of which `can_access` says yes. */
  [[nodiscard]] virtual result<std::vector<acl_resource>> filter_accessible(const acl_caller& caller,
                                                                            std::span<const acl_resource> resources,
                                                                            std::string_view action) = 0;
};

/**
 * Keeps those grants (documented: IACLManager). Each call is one atomic step that counts from the next question on.
 * `permission_invalid` names what can't be part of a grant in `field`.
 */
class acl_manager : public acl_provider {
 public:
  /** Adds the grant's actions to what its subject has: the host's own decision, such as for who made a resource. */
  [[nodiscard]] virtual result<void> grant(const acl_grant& wanted) = 0;
  /** The same on behalf of a person, who is checked in the same step (core's `check_acl_grant`): `forbidden`. */
  [[nodiscard]] virtual result<void> grant_as(const acl_caller& grantor, const acl_grant& wanted) = 0;
  /** Takes actions away from a subject, all of them when none is named. What isn't there is no error. */
  [[nodiscard]] virtual result<void> revoke(const acl_subject& subject, const acl_resource& resource,
                                            std::span<const std::string> actions = {}) = 0;
  /** The grants of a resource, oldest first. */
  [[nodiscard]] virtual result<std::vector<acl_grant>> grants_on(const acl_resource& resource) = 0;
  /** For a resource, a person or a role that is deleted: a new one of the same id then inherits nothing. */
  [[nodiscard]] virtual result<void> forget_resource(const acl_resource& resource) = 0;
  [[nodiscard]] virtual result<void> forget_user(std::string_view user_id) = 0;
  [[nodiscard]] virtual result<void> forget_role(std::string_view role_id) = 0;
};

/** Records what happened (documented: IAuditLogger). */
class audit_logger {
 public:
  virtual ~audit_logger() = default;
  /** Records one event. When this fails for a required action, the request that caused it fails with 503. */
  [[nodiscard]] virtual result<void> log(const audit_event& event) = 0;
};

inline constexpr std::int64_t audit_max_limit = 1'000;

/** Which part of the matching events, newest first; `limit` is between 1 and `audit_max_limit`. */
struct audit_paging {
  std::int64_t limit = 100;
  std::int64_t offset = 0;
};

struct audit_page {
  std::vector<audit_event> events;
  std::int64_t total = 0;
};

/** Reads what was recorded. */
class audit_reader {
 public:
  virtual ~audit_reader() = default;
  /** The events that the filter lets through, newest first, and how many there are in all. */
  [[nodiscard]] virtual result<audit_page> query(const audit_filter& filter, const audit_paging& paging = {}) = 0;
};

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
  std::shared_ptr<token_authenticator> tokens;
  std::shared_ptr<sso_provider> sso;
  std::shared_ptr<user_provider> users;
  std::shared_ptr<session_provider> sessions;
  std::shared_ptr<credentials_provider> credentials;
  /** With an `rbac_manager` roles can be given and taken over HTTP. */
  std::shared_ptr<rbac_provider> rbac;
  /** With an `acl_manager` access to single resources can be granted over HTTP. */
  std::shared_ptr<acl_provider> acl;
  std::shared_ptr<audit_logger> audit;
  std::shared_ptr<audit_reader> audit_events;
  /** Counts attempts; one in memory when null. Several processes that are one service should share theirs. */
  std::shared_ptr<throttle> throttling;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_PROVIDER_H_
