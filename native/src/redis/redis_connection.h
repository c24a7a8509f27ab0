// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_REDIS_REDIS_CONNECTION_H_
#define LATCHKEY_NATIVE_SRC_REDIS_REDIS_CONNECTION_H_

/** One connection to Redis, used by one thread at a time. */

#include <hiredis/hiredis.h>

#include <memory>
#include <optional>

#include "latchkey/native/redis/redis_client.h"
#include "redis/redis_url.h"

namespace latchkey::native {

/** A reply, or Redis's own error, which leaves the connection as good as it was. */
struct redis_outcome {
  redis_reply reply;
  std::string refusal;
};

class redis_connection {
 public:
  [[nodiscard]] static result<redis_connection> open(const redis_address& address, const redis_options& options);

  /** An error means that the connection can't be used any more. */
  [[nodiscard]] result<redis_outcome> send(std::span<const std::string_view> arguments);
  /** Whether the other side has closed it, or said something that nobody asked for. */
  [[nodiscard]] bool is_stale() const noexcept;

 private:
  struct deleter {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
  };
  redis_connection(std::unique_ptr<redisContext, deleter> context, std::chrono::milliseconds timeout)
      : context_(std::move(context)), timeout_(timeout) {}
  [[nodiscard]] result<void> enter(const redis_address& address);
  [[nodiscard]] tl::unexpected<error> broken() const;

  std::unique_ptr<redisContext, deleter> context_;
  std::chrono::milliseconds timeout_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_REDIS_REDIS_CONNECTION_H_
