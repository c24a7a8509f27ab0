// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_REDIS_REDIS_CLIENT_H_
#define LATCHKEY_NATIVE_REDIS_REDIS_CLIENT_H_

/**
 * Redis (5.0 or newer, or what speaks its protocol) over hiredis: commands as lists of arguments, scripts for steps that
 * must be atomic, typed replies, and a small pool of connections. Nothing waits for longer than the timeouts; whatever
 * goes wrong is `unavailable`, and the next call tries again. A server that answers that it is not the one to ask (a replica
 * after a fail-over, one that is loading or can't write) loses its connections, and the call tries once more over a new one:
 * the address may lead to another server by then. TLS is not spoken: put a tunnel between two machines.
 */

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "latchkey/result.h"

namespace latchkey::native {

struct redis_options {
  /** `redis://[[user]:password@]host[:port][/database]`; user and password may be percent-encoded. */
  std::string url = "redis://127.0.0.1:6379/0";
  std::chrono::milliseconds connect_timeout{1'000};
  /** From sending a command to its whole reply, and for a free connection. */
  std::chrono::milliseconds command_timeout{1'000};
  std::size_t max_connections = 8;
};

/** What Redis answered: nothing, an integer, bytes or a list. What is of another type reads as the neutral value. */
class redis_reply {
 public:
  using list_type = std::vector<redis_reply>;

  redis_reply() = default;
  explicit redis_reply(std::int64_t number) : value_(number) {}
  explicit redis_reply(std::string text) : value_(std::move(text)) {}
  explicit redis_reply(list_type list) : value_(std::move(list)) {}

  [[nodiscard]] bool is_nil() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  /** An integer, or a text that is one, whole; 0 for anything else. */
  [[nodiscard]] std::int64_t integer() const noexcept;
  /** Valid while the reply lives. */
  [[nodiscard]] std::string_view text() const noexcept;
  /** Valid while the reply lives. */
  [[nodiscard]] std::span<const redis_reply> list() const noexcept;
  /** The element there; nothing behind the end. Valid while the reply lives. */
  [[nodiscard]] const redis_reply& at(std::size_t index) const noexcept;

 private:
  std::variant<std::monostate, std::int64_t, std::string, list_type> value_;
};

/** May be used by several threads at once. */
class redis_client {
 public:
  /**
   * Connects to nobody yet, so that a server may start before its Redis. `configuration_invalid` for a URL that is none,
   * for `rediss:`, and for timeouts or a pool of zero. No error holds the password.
   */
  [[nodiscard]] static result<std::shared_ptr<redis_client>> make(const redis_options& options);
  ~redis_client();
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  /** Sends one command; arguments may hold any bytes. An error reply is `unavailable` with Redis's words. */
  [[nodiscard]] result<redis_reply> command(std::span<const std::string_view> arguments);
  /**
   * Runs a Lua script as one atomic step. It is sent once and then named by its digest; a Redis that has forgotten it is
   * sent it again.
   */
  [[nodiscard]] result<redis_reply> run(std::string_view script, std::span<const std::string_view> keys,
                                        std::span<const std::string_view> arguments);

 private:
  class pool;

  explicit redis_client(std::unique_ptr<pool> connections);
  [[nodiscard]] result<std::string> digest_of(std::string_view script, bool is_forgotten);

  struct script_digests;
  std::unique_ptr<pool> pool_;
  std::unique_ptr<script_digests> digests_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_REDIS_REDIS_CLIENT_H_
