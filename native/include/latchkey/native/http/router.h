// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_ROUTER_H_
#define LATCHKEY_NATIVE_HTTP_ROUTER_H_

/**
 * From method and path to a route. Paths are matched as sent: nothing is decoded, folded or trimmed, so `//`, `/./`,
 * `%2e`, `;x`, a trailing slash or another case never reach a route. A literal segment wins over a parameter, whatever
 * the order of registration (`/audit/export` before `/audit/:id`).
 */

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/native/http/error_response.h"
#include "latchkey/native/http/guard.h"

namespace latchkey::native {

class request_context;

/**
 * Answers a request that has passed every check. Called from several threads at once. What it throws is reported to the
 * operator and answered with 500.
 */
using route_handler = std::function<http_result<http_response>(request_context&)>;

/** How a host should run a handler. */
enum class route_work : std::uint8_t {
  /** Short and in memory: on the thread that read the request. */
  quick,
  /** May wait for a store: on the worker pool. */
  blocking,
  /** Burns processor and memory (password hashing): on few threads of its own, so that it never starves the rest. */
  heavy,
};

/** Which calls of a host's route the audit log shows. What a guard denies is on record in any case. */
enum class call_recording : std::uint8_t {
  /** Calls of a guarded route that may change something (POST, PUT, PATCH, DELETE), and all where `audit_action` is set. */
  changes,
  /** All, reads too. */
  all,
  /** None: the handler records what is worth it, or nothing is. */
  none,
};

/**
 * What a host adds. Requests are read whole: a body is JSON (`Content-Type: application/json`) of at most
 * `request_limits::body_bytes`, and the answer is one text. What takes files or streams is the host's to answer, with the
 * same guards by `auth_server::authorize`.
 */
struct route {
  /** `GET`, `POST`, `PUT`, `PATCH` or `DELETE`; HEAD comes with GET. */
  std::string method;
  /** Below the prefix: `/agents/:id`. Literal segments and names of parameters are `A-Z a-z 0-9 . _ ~ -`. */
  std::string pattern;
  /** Left out, it is the derived permission. */
  route_guard guard = {};
  route_handler handler;
  /** Further patterns that lead to this same object. */
  std::vector<std::string> aliases = {};
  route_work work = route_work::blocking;
  /**
   * The action that the audit log shows, such as `agents:execute`. Left out, it is the first permission that the guard asks
   * for, and `request.signed_in` where a session is enough.
   */
  std::string audit_action = {};
  /** The type of the resource in that event; its id is the first path parameter. Left out, it is that of the guard. */
  std::string audit_resource_type = {};
  /**
   * Changes nothing, and asks only providers, who usually know the answer without waiting: it is tried at once, on the
   * thread that read the request, and run again as `work` says where that was not enough.
   */
  bool is_from_memory = false;
  /** With outcome, status and duration, soon after the answer; what need not be on record before it. */
  call_recording recording = call_recording::changes;
};

/** The parameters of a path, in order. The names live as long as the router, the values as long as the path. */
using path_parameters = std::vector<std::pair<std::string_view, std::string_view>>;

inline constexpr std::size_t path_parameter_max_bytes = 256;

/** What a look-up found. */
struct route_match {
  /** Null when there is no such path, or it has no such method. */
  const route* target = nullptr;
  path_parameters parameters = {};
  /** Without a target: the methods of the path, HEAD and OPTIONS included, for `Allow`; empty when there is no path. */
  std::string allowed = {};
};

/** The table. Filled before the first look-up; look-ups may come from any number of threads. */
class router {
 public:
  router();
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /**
   * Adds a route with all its patterns, or nothing of it. `route_undeclared` and `permission_invalid` as `resolve_guard`;
   * `configuration_invalid` for another method, a bad or repeated pattern, or no handler.
   */
  [[nodiscard]] result<void> add(route added);

  /** HEAD finds the route of GET. O(length of the path). */
  [[nodiscard]] route_match find(std::string_view method, std::string_view path) const;

  /** Every route, with its guard resolved, in the order of registration. */
  [[nodiscard]] std::vector<const route*> routes() const;

 private:
  struct node;
  struct endpoint;

  [[nodiscard]] result<void> check(const route& added) const;
  void insert(const std::string& pattern, const route* target);

  std::unique_ptr<node> root_;
  std::vector<std::unique_ptr<route>> routes_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_ROUTER_H_
