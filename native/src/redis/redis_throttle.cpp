// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/redis/redis_throttle.h"

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

// What the scripts share: the time, what is kept of KEYS[1], and how to keep something else. A time of 13 digits must not
// be written with an exponent, hence %.0f; a Lua number is exact up to 2^53.
constexpr const char* common = R"(
local interval, given = tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = tonumber(given) or time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local kept = redis.call('GET', KEYS[1])
if kept and not string.find(kept, '^%-?%d+$') then return redis.error_reply('ERR the key of a throttle holds no time') end
local function keep(arrival)
  if arrival > now then
    redis.call('SET', KEYS[1], text(arrival), 'PX', text(arrival - now))
  elseif kept then
    redis.call('DEL', KEYS[1])
  end
end
)";

/** interval, now or nothing, whole burst in ms → {what was kept, now, what is kept}. Core's `take_attempt`. */
const std::string& take_script() {
  static const std::string script = std::string(common) + R"(
local whole = tonumber(ARGV[3])
local arrival = math.min(math.max(tonumber(kept or now), now), now + whole)
if arrival - now + interval <= whole then arrival = arrival + interval end
if text(arrival) ~= kept then keep(arrival) end
return {kept, text(now), text(arrival)})";
  return script;
}

/** interval, now or nothing → 1. Core's `give_attempt_back`. */
const std::string& give_back_script() {
  static const std::string script = std::string(common) + R"(
if kept then keep(kept - interval) end
return 1)";
  return script;
}

class redis_throttle final : public throttle {
 public:
  redis_throttle(std::shared_ptr<redis_client> client, redis_throttle_options options)
      : client_(std::move(client)), options_(std::move(options)) {}

  result<throttle_decision> take(std::string_view key, const throttle_rule& rule) override;
  result<void> give_back(std::string_view key, const throttle_rule& rule) override;
  result<void> forget(std::string_view key) override;

 private:
  result<std::string> name_of(std::string_view key) const;
  /** As the scripts take it: empty for Redis's own. */
  std::string now() const { return options_.clock ? std::to_string(options_.clock()) : std::string(); }
  result<redis_reply> run(const std::string& script, std::string_view key,
                          std::initializer_list<std::string_view> arguments);

  std::shared_ptr<redis_client> client_;
  const redis_throttle_options options_;
};

result<std::string> redis_throttle::name_of(std::string_view key) const {
  const auto digest = sha256(as_bytes(key));
  if (!digest) return tl::unexpected<error>(digest.error());
  return options_.prefix + "t:" + to_base64url(*digest);
}

result<redis_reply> redis_throttle::run(const std::string& script, std::string_view key,
                                        std::initializer_list<std::string_view> arguments) {
  auto name = name_of(key);
  if (!name) return fail(std::move(name));
  const std::string_view keys[] = {*name};
  return client_->run(script, keys, arguments);
}

/**
 * The script only keeps, in the one step that must be atomic, what core says has to be kept; the decision is core's, from
 * what the script has found. Should the two ever differ, nothing is allowed.
 */
result<throttle_decision> redis_throttle::take(std::string_view key, const throttle_rule& rule) {
  if (!is_valid(rule)) return take_attempt(rule, std::nullopt, 0);
  auto reply =
      run(take_script(), key, {std::to_string(rule.interval_ms), now(), std::to_string(rule.interval_ms * rule.burst)});
  if (!reply) return fail(std::move(reply));
  std::optional<std::int64_t> kept;
  if (!reply->at(0).is_nil()) kept = reply->at(0).integer();
  const auto decided = take_attempt(rule, kept, reply->at(1).integer());
  if (decided.arrival_ms == reply->at(2).integer()) return decided;
  return fail(errc::unavailable, "Redis: an attempt was not counted as it should be");
}

result<void> redis_throttle::give_back(std::string_view key, const throttle_rule& rule) {
  if (!is_valid(rule)) return {};
  auto reply = run(give_back_script(), key, {std::to_string(rule.interval_ms), now()});
  if (!reply) return fail(std::move(reply));
  return {};
}

result<void> redis_throttle::forget(std::string_view key) {
  auto name = name_of(key);
  if (!name) return fail(std::move(name));
  const std::string_view arguments[] = {"DEL", *name};
  auto reply = client_->command(arguments);
  if (!reply) return fail(std::move(reply));
  return {};
}

}  // namespace

result<std::shared_ptr<throttle>> make_redis_throttle(std::shared_ptr<redis_client> client,
                                                      redis_throttle_options options) {
  if (client == nullptr) return fail(errc::configuration_invalid, "The throttle needs a client of Redis.", "redis");
  if (options.prefix.empty()) return fail(errc::configuration_invalid, "Keys in Redis need a prefix.", "redis.prefix");
  return std::make_shared<redis_throttle>(std::move(client), std::move(options));
}

}  // namespace latchkey::native
