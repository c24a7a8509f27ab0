// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

namespace latchkey::native {
namespace {

constexpr int max_reply_depth = 8;
constexpr std::size_t max_reply_elements = 100'000;

struct reply_deleter {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using reply_pointer = std::unique_ptr<redisReply, reply_deleter>;

timeval to_timeval(std::chrono::milliseconds time) {
  timeval value{};
  value.tv_sec = static_cast<decltype(value.tv_sec)>(time.count() / 1000);
  value.tv_usec = static_cast<decltype(value.tv_usec)>(time.count() % 1000 * 1000);
  return value;
}

/** hiredis writes with write(2): a peer that has gone would end the process by SIGPIPE. Keeps it from this thread. */
class broken_pipe_guard {
 public:
  broken_pipe_guard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    was_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  broken_pipe_guard(const broken_pipe_guard&) = delete;
  broken_pipe_guard& operator=(const broken_pipe_guard&) = delete;
  ~broken_pipe_guard() {
    // One that was waiting before is somebody else's.
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

std::optional<redis_reply> convert(const redisReply& reply, int depth, std::size_t& elements) {
  if (depth > max_reply_depth || ++elements > max_reply_elements) return std::nullopt;
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return redis_reply(std::int64_t{reply.integer});
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return redis_reply(std::string(reply.str, static_cast<std::size_t>(reply.len)));
    case REDIS_REPLY_ARRAY: {
      redis_reply::list_type list;
      for (std::size_t i = 0; i < reply.elements; ++i) {
        auto element = convert(*reply.element[i], depth + 1, elements);
        if (!element) return std::nullopt;
        list.push_back(std::move(*element));
      }
      return redis_reply(std::move(list));
    }
    default:
      return redis_reply();
  }
}

}  // namespace

result<redis_connection> redis_connection::open(const redis_address& address, const redis_options& options) {
  const broken_pipe_guard guard;
  std::unique_ptr<redisContext, deleter> context(
      redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(options.connect_timeout)));
  if (context == nullptr) return fail(errc::unavailable, "Redis: out of memory.");
  redis_connection made(std::move(context), options.command_timeout);
  if (made.context_->err != 0) return made.broken();
  ::fcntl(made.context_->fd, F_SETFD, FD_CLOEXEC);
  if (redisSetTimeout(made.context_.get(), to_timeval(options.command_timeout)) != REDIS_OK) return made.broken();
  if (auto entered = made.enter(address); !entered) return fail(std::move(entered));
  return made;
}

result<void> redis_connection::enter(const redis_address& address) {
  std::vector<std::vector<std::string_view>> commands;
  if (!address.user.empty()) {
    commands.push_back({"AUTH", address.user, address.password});
  } else if (!address.password.empty()) {
    commands.push_back({"AUTH", address.password});
  }
  const std::string database = std::to_string(address.database);
  if (address.database != 0) commands.push_back({"SELECT", database});
  for (const auto& each : commands) {
    auto done = send(each);
    if (!done) return fail(std::move(done));
    if (!done->refusal.empty()) return fail(errc::unavailable, "Redis: " + done->refusal);
  }
  return {};
}

tl::unexpected<error> redis_connection::broken() const {
  const bool is_timeout = context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
  return fail(errc::unavailable, std::string("Redis: ") + (is_timeout ? "no answer in time" : context_->errstr));
}

result<redis_outcome> redis_connection::send(std::span<const std::string_view> arguments) {
  const broken_pipe_guard guard;
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view argument : arguments) {
    // An empty view may have no address, and hiredis wants one.
    texts.push_back(argument.empty() ? "" : argument.data());
    sizes.push_back(argument.size());
  }
  redisContext* context = context_.get();
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  if (redisAppendCommandArgv(context, static_cast<int>(texts.size()), texts.data(), sizes.data()) != REDIS_OK) {
    return broken();
  }
  for (int is_done = 0; is_done == 0;) {
    if (redisBufferWrite(context, &is_done) != REDIS_OK) return broken();
  }
  void* received = nullptr;
  while (true) {
    if (redisGetReplyFromReader(context, &received) != REDIS_OK) return broken();
    if (received != nullptr) break;
    // The socket's own timeout is for one read; a reply that trickles in must not take one for every byte.
    if (std::chrono::steady_clock::now() >= deadline) return fail(errc::unavailable, "Redis: no answer in time");
    if (redisBufferRead(context) != REDIS_OK) return broken();
  }
  const reply_pointer reply(static_cast<redisReply*>(received));
  if (reply->type == REDIS_REPLY_ERROR) {
    return redis_outcome{{}, std::string(reply->str, static_cast<std::size_t>(reply->len))};
  }
  std::size_t elements = 0;
  auto converted = convert(*reply, 0, elements);
  if (!converted) return fail(errc::unavailable, "Redis: the reply is too large");
  return redis_outcome{std::move(*converted), {}};
}

bool redis_connection::is_stale() const noexcept {
  pollfd socket{context_->fd, POLLIN, 0};
  return ::poll(&socket, 1, 0) != 0;
}

}  // namespace latchkey::native
