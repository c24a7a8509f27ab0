// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/redis/redis_client.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <unordered_map>

#include "latchkey/native/waiting.h"
#include "redis/redis_connection.h"

namespace latchkey::native {
namespace {

using clock_type = std::chrono::steady_clock;

// For so long nobody tries again after a Redis could not be reached: otherwise each waiting request would wait in turn.
constexpr std::chrono::milliseconds retry_pause{200};
constexpr std::string_view forgotten_script = "NOSCRIPT";

// What a server answers that can't be used as it is now, such as a primary that became a replica. By then its address may
// lead to another one.
constexpr std::string_view wrong_server_codes[] = {"READONLY", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS"};

// Before Redis 7 the error of a command within a script stands behind words about the script.
bool is_wrong_server(std::string_view refusal) {
  return std::any_of(std::begin(wrong_server_codes), std::end(wrong_server_codes), [&](std::string_view code) {
    const std::string named = std::string(code) + " ";
    return refusal.starts_with(named) || refusal.find(" -" + named) != std::string_view::npos;
  });
}

tl::unexpected<error> refused_by_redis(const std::string& refusal) {
  constexpr std::size_t shown = 200;
  return fail(errc::unavailable, "Redis: " + refusal.substr(0, shown));
}

}  // namespace

std::int64_t redis_reply::integer() const noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) return *number;
  const std::string_view digits = text();
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failure == std::errc{} && end == digits.data() + digits.size() ? value : 0;
}

std::string_view redis_reply::text() const noexcept {
  const auto* text = std::get_if<std::string>(&value_);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::span<const redis_reply> redis_reply::list() const noexcept {
  const auto* list = std::get_if<list_type>(&value_);
  return list == nullptr ? std::span<const redis_reply>() : std::span<const redis_reply>(*list);
}

const redis_reply& redis_reply::at(std::size_t index) const noexcept {
  static const redis_reply nothing;
  const auto elements = list();
  return index < elements.size() ? elements[index] : nothing;
}

class redis_client::pool {
 public:
  pool(redis_address address, redis_options options) : address_(std::move(address)), options_(std::move(options)) {}

  /**
   * A refusal of a server that is not the right one costs the connection, and the command is sent once more over a new one.
   * That is safe for every command: the refusal says that nothing was done.
   */
  result<redis_outcome> send(std::span<const std::string_view> arguments) {
    auto outcome = send_once(arguments);
    if (!outcome || !is_wrong_server(outcome->refusal)) return outcome;
    return send_once(arguments);
  }

 private:
  result<redis_outcome> send_once(std::span<const std::string_view> arguments);
  struct pooled_connection {
    redis_connection connection;
    std::uint64_t generation = 0;
  };

  result<pooled_connection> take();
  void give_back(pooled_connection connection);
  void drop_all();
  void lose(const std::string& reason);

  const redis_address address_;
  const redis_options options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<pooled_connection> idle_;
  // Grows when a server turns out to be the wrong one: connections from before are not used again.
  std::uint64_t generation_ = 0;
  // Idle or in use.
  std::size_t open_ = 0;
  clock_type::time_point retry_at_{};
  std::string reason_;
};

result<redis_outcome> redis_client::pool::send_once(std::span<const std::string_view> arguments) {
  auto taken = take();
  if (!taken) return fail(std::move(taken));
  auto outcome = taken->connection.send(arguments);
  if (!outcome) {
    lose(outcome.error().message);
  } else if (is_wrong_server(outcome->refusal)) {
    drop_all();
  } else {
    give_back(std::move(*taken));
  }
  return outcome;
}

result<redis_client::pool::pooled_connection> redis_client::pool::take() {
  if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return !idle_.empty() || open_ < options_.max_connections; };
  if (!freed_.wait_for(lock, options_.command_timeout, is_free)) {
    return fail(errc::unavailable, "Redis: all connections are in use");
  }
  while (!idle_.empty()) {
    pooled_connection pooled = std::move(idle_.back());
    idle_.pop_back();
    if (!pooled.connection.is_stale()) return pooled;
    --open_;
  }
  if (clock_type::now() < retry_at_) return fail(errc::unavailable, reason_);
  ++open_;
  const std::uint64_t generation = generation_;
  lock.unlock();
  auto opened = redis_connection::open(address_, options_);
  if (!opened) {
    lose(opened.error().message);
    return fail(std::move(opened));
  }
  return pooled_connection{std::move(*opened), generation};
}

void redis_client::pool::give_back(pooled_connection pooled) {
  {
    const std::lock_guard lock(mutex_);
    if (pooled.generation == generation_) {
      idle_.push_back(std::move(pooled));
    } else {
      --open_;
    }
  }
  freed_.notify_one();
}

// The idle ones lead to the same server. Nobody pauses: it answers, and reads may go on.
void redis_client::pool::drop_all() {
  {
    const std::lock_guard lock(mutex_);
    open_ -= 1 + idle_.size();
    idle_.clear();
    ++generation_;
  }
  freed_.notify_all();
}

// The others have most likely gone the same way.
void redis_client::pool::lose(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    open_ -= 1 + idle_.size();
    idle_.clear();
    retry_at_ = clock_type::now() + retry_pause;
    reason_ = reason;
  }
  freed_.notify_all();
}

struct redis_client::script_digests {
  std::mutex mutex;
  std::unordered_map<std::string, std::string> known;
};

redis_client::redis_client(std::unique_ptr<pool> connections)
    : pool_(std::move(connections)), digests_(std::make_unique<script_digests>()) {}
redis_client::~redis_client() = default;

result<std::shared_ptr<redis_client>> redis_client::make(const redis_options& options) {
  auto address = parse_redis_url(options.url);
  if (!address) return fail(std::move(address));
  if (options.connect_timeout.count() <= 0 || options.command_timeout.count() <= 0 || options.max_connections == 0) {
    return fail(errc::configuration_invalid, "Redis needs timeouts above zero and at least one connection.", "redis");
  }
  return std::shared_ptr<redis_client>(
      new redis_client(std::make_unique<redis_client::pool>(std::move(*address), options)));
}

result<redis_reply> redis_client::command(std::span<const std::string_view> arguments) {
  auto outcome = pool_->send(arguments);
  if (!outcome) return fail(std::move(outcome));
  if (!outcome->refusal.empty()) return refused_by_redis(outcome->refusal);
  return std::move(outcome->reply);
}

result<std::string> redis_client::digest_of(std::string_view script, bool is_forgotten) {
  std::string text(script);
  if (!is_forgotten) {
    const std::lock_guard lock(digests_->mutex);
    const auto found = digests_->known.find(text);
    if (found != digests_->known.end()) return found->second;
  }
  const std::string_view arguments[] = {"SCRIPT", "LOAD", script};
  auto loaded = command(arguments);
  if (!loaded) return fail(std::move(loaded));
  std::string digest(loaded->text());
  const std::lock_guard lock(digests_->mutex);
  digests_->known.insert_or_assign(std::move(text), digest);
  return digest;
}

result<redis_reply> redis_client::run(std::string_view script, std::span<const std::string_view> keys,
                                      std::span<const std::string_view> arguments) {
  const std::string key_count = std::to_string(keys.size());
  for (const bool is_forgotten : {false, true}) {
    auto digest = digest_of(script, is_forgotten);
    if (!digest) return fail(std::move(digest));
    std::vector<std::string_view> all{"EVALSHA", *digest, key_count};
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto outcome = pool_->send(all);
    if (!outcome) return fail(std::move(outcome));
    if (outcome->refusal.empty()) return std::move(outcome->reply);
    if (is_forgotten || !outcome->refusal.starts_with(forgotten_script)) return refused_by_redis(outcome->refusal);
  }
  return fail(errc::unavailable, "Redis forgets its scripts");
}

}  // namespace latchkey::native
