// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_REQUEST_CONTEXT_H_
#define LATCHKEY_NATIVE_HTTP_REQUEST_CONTEXT_H_

/** What a handler gets: the request, who sent it, and the few things it may do with the server. Lives for one request. */

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/acl.h"
#include "latchkey/audit.h"
#include "latchkey/native/audit/audit_provider.h"
#include "latchkey/native/http/body.h"
#include "latchkey/native/http/error_response.h"
#include "latchkey/native/http/router.h"
#include "latchkey/native/providers/token_authenticator.h"
#include "latchkey/permission.h"
#include "latchkey/session.h"

namespace latchkey::native {

struct server_state;

/** The person behind a request, and what vouches for them: a session, or a token that `provider` knew. */
struct caller : authenticated_user {
  /** Unset for who came without one. */
  std::optional<latchkey::session> session = {};
  /** The cookie value that carried the session; empty without one. */
  std::string cookie_value = {};
  bool renewal_due = false;
  /** Role ids and compiled grants; empty and null before `load_access` and without an RBAC provider. */
  std::vector<std::string> roles = {};
  std::shared_ptr<const grant_set> grants = {};

  /** Whether the grants cover a permission. Without grants nothing is covered. */
  [[nodiscard]] bool has(std::string_view permission) const noexcept { return grants && grants->covers(permission); }
};

/**
 * What a handler calls when something is wrong:
 *
 * | call                         | for                                          | client gets           | operator hears |
 * |------------------------------|----------------------------------------------|-----------------------|----------------|
 * | `refuse(code, …)`            | a mistake of the client's                    | the code's status     | nothing        |
 * | `context.failed(error)`      | the error of a provider or of a store        | its status, 503 or 500| of 500 and 503 |
 * | `context.report(text)`       | a failure that does not change the answer    | the handler's answer  | the text       |
 * | `fail(code, …)`              | functions of the host that give a `result`   | nothing by itself     | nothing        |
 * | `server.refusal(code)`       | a request that a host refuses before `handle`| the code's status     | nothing        |
 *
 * What the operator hears is a `failure_report`, given to `auth_server_config::report`. `context.audit(event)` records an
 * event with `auth_provider::audit`.
 */
class request_context {
 public:
  /** For the server. The arguments must outlive the context. */
  request_context(const server_state& state, const http_request& request, path_parameters parameters,
                  std::string_view request_id, std::int64_t now_ms);

  [[nodiscard]] const http_request& request() const noexcept { return request_; }
  /** The value of `:name` in the path; empty when the pattern has no such parameter. Lives as long as the request. */
  [[nodiscard]] std::string_view path_parameter(std::string_view name) const noexcept;
  [[nodiscard]] const path_parameters& parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::string_view request_id() const noexcept { return request_id_; }
  [[nodiscard]] std::int64_t now_ms() const noexcept { return now_ms_; }
  /** The JSON body, checked against its fields; the refusal is the documented 400. */
  [[nodiscard]] http_result<body_values> body(std::span<const body_field> fields) const;

  /**
   * Who is signed in; null for nobody, and when that could not be found out. On a guarded route always somebody. Looked
   * up once, when first asked for.
   */
  [[nodiscard]] const caller* signed_in();
  /** The same, with a store's failure told apart from nobody. */
  [[nodiscard]] result<const caller*> find_signed_in();
  /**
   * The 503 for a request that carries a session which can't be judged now, because a store does not answer; nothing
   * otherwise. Who asks who is signed in must not hear "nobody" then.
   */
  [[nodiscard]] std::optional<http_error> unjudged();
  /** Fills in the roles and grants of who is signed in. An error of the RBAC provider leaves both empty. */
  [[nodiscard]] result<void> load_access();

  /**
   * Whether who is signed in may do something on one resource: what a guard `on_resource` decides, for resources that
   * the path does not name. Nobody may without a session; an error denies.
   */
  [[nodiscard]] result<bool> can_access(const acl_resource& resource, std::string_view action);
  /** The resources of a type that it may be done on, for a query: all but some, or these alone. */
  [[nodiscard]] result<accessible_resources> accessible(std::string_view type, std::string_view action);
  /** The resources, in their order, of which `can_access` says yes. */
  [[nodiscard]] result<std::vector<acl_resource>> filter_accessible(std::span<const acl_resource> resources,
                                                                    std::string_view action);
  /** Drops the items on which it may not be done. `id_of(item)` is the id of the item's resource. */
  template <class Item, class IdOf>
  [[nodiscard]] result<void> keep_accessible(std::vector<Item>& items, std::string_view type, std::string_view action,
                                             IdOf id_of) {
    std::vector<acl_resource> resources;
    resources.reserve(items.size());
    for (const Item& item : items) resources.push_back({std::string(type), std::string(id_of(item))});
    const auto kept = filter_accessible(resources, action);
    if (!kept) return tl::unexpected<error>(kept.error());
    // What is kept is in the order of the items, so each is compared with the next kept one.
    std::size_t next = 0;
    std::erase_if(items, [&](const Item& item) {
      if (next == kept->size() || std::string_view((*kept)[next].id) != std::string_view(id_of(item))) return true;
      ++next;
      return false;
    });
    return {};
  }

  /**
   * Records an event. Actor, request id, address and user agent are filled in where they are empty. Fails only for an
   * action that must be on record before the answer; the request then has to fail with 503.
   */
  [[nodiscard]] result<void> audit(audit_event event);
  /** The same for what need not be on record: a failure is reported to the operator and otherwise forgotten. */
  void audit_best_effort(audit_event event);

  /** Tells the operator about a failure, under the request's id, and turns it into what the client may know. */
  [[nodiscard]] tl::unexpected<http_error> failed(const error& reason);
  /** Only tells the operator. */
  void report(std::string_view reason) const;

 private:
  void complete(audit_event& event);
  [[nodiscard]] result<void> record(audit_logger* logger, audit_event event);

  const server_state& state_;
  const http_request& request_;
  path_parameters parameters_;
  std::string_view request_id_;
  std::int64_t now_ms_;
  std::optional<result<std::optional<caller>>> caller_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_REQUEST_CONTEXT_H_
