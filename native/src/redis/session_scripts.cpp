// SPDX-License-Identifier: Apache-2.0
#include "redis/session_scripts.h"

namespace latchkey::native::session_scripts {
namespace {

// What the scripts share. A number of 16 digits must not be written with an exponent, hence %.0f.
constexpr const char* common = R"(
local p = KEYS[1]
local function begin()
  if redis.call('EXISTS', p .. 'state') == 1 then return end
  local t = redis.call('TIME')
  local base = t[1] .. string.format('%06d', tonumber(t[2]))
  redis.call('HSET', p .. 'state', 'n', base, 'b', base)
end
local function note(hash)
  begin()
  local n = string.format('%.0f', redis.call('HINCRBY', p .. 'state', 'n', 1))
  redis.call('XADD', p .. 'log', 'MAXLEN', '~', '10000', n .. '-0', 'h', hash)
  return n
end
local function keep(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end
local function finish(hash)
  local s = redis.call('HMGET', p .. 's:' .. hash, 'u', 'f')
  redis.call('DEL', p .. 's:' .. hash)
  if s[1] then redis.call('ZREM', p .. 'u:' .. s[1], hash) end
  if s[2] then redis.call('SREM', p .. 'f:' .. s[2], hash) end
  note(hash)
end
local function finish_family(family)
  local members = redis.call('SMEMBERS', p .. 'f:' .. family)
  for _, hash in ipairs(members) do finish(hash) end
  return members
end
local function insert(hash, user, created, expires, ttl, family, ip, agent, metadata)
  redis.call('HSET', p .. 's:' .. hash, 'u', user, 'c', created, 'e', expires, 'f', family, 'i', ip, 'a', agent)
  if metadata and metadata ~= '' then redis.call('HSET', p .. 's:' .. hash, 'm', metadata) end
  redis.call('PEXPIRE', p .. 's:' .. hash, ttl)
  redis.call('SADD', p .. 'f:' .. family, hash)
  keep(p .. 'f:' .. family, ttl)
  redis.call('ZADD', p .. 'u:' .. user, expires, hash)
  keep(p .. 'u:' .. user, ttl)
end
-- What has expired by the clock of this server is ended and not only left out: a clock that was ahead must not leave
-- a session behind that no list has.
local function make_room(user, now, most, kept)
  local key = p .. 'u:' .. user
  for _, hash in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', now)) do
    if redis.call('EXISTS', p .. 's:' .. hash) == 1 then finish(hash) end
    redis.call('ZREM', key, hash)
  end
  while redis.call('ZCARD', key) >= tonumber(most) do
    local oldest = redis.call('ZRANGE', key, 0, 1)
    local hash = oldest[1]
    if hash == kept then hash = oldest[2] end
    finish(hash)
    redis.call('ZREM', key, hash)
  end
end
)";

std::string with_common(const char* script) { return std::string(common) + script; }

}  // namespace

const std::string& mark() {
  static const std::string script = with_common(R"(
begin()
return redis.call('HGET', p .. 'state', 'n'))");
  return script;
}

const std::string& add() {
  static const std::string script = with_common(R"(
local hash, user, created, expires, ttl, mark, ip, agent, now, most, metadata = unpack(ARGV)
begin()
if tonumber(mark) < tonumber(redis.call('HGET', p .. 'state', 'b')) then return 0 end
local cut = redis.call('GET', p .. 'c:' .. user)
if cut and tonumber(cut) > tonumber(mark) then return 0 end
make_room(user, now, most, '')
insert(hash, user, created, expires, ttl, hash, ip, agent, metadata)
return 1)");
  return script;
}

const std::string& renew() {
  static const std::string script = with_common(R"(
local hash, user, successor, created, expires, ttl, now, sealed, most = unpack(ARGV)
local old = redis.call('HMGET', p .. 's:' .. hash, 'u', 'f', 'i', 'a', 'r', 'm')
if old[1] ~= user then return {0} end
if not old[5] then
  make_room(user, now, most, hash)
  insert(successor, user, created, expires, ttl, old[2], old[3], old[4], old[6])
  redis.call('HSET', p .. 's:' .. successor, 'l', now)
  redis.call('HSET', p .. 's:' .. hash, 'r', now, 'h', successor, 'x', sealed)
  note(hash)
  return {1}
end
local answer = {2, old[5]}
for _ = 1, 1000 do
  local to = redis.call('HMGET', p .. 's:' .. hash, 'x', 'h')
  if not to[2] then return answer end
  local last = redis.call('HMGET', p .. 's:' .. to[2], 'c', 'e')
  if not last[1] then return {0} end
  for _, value in ipairs({to[1], last[1], last[2]}) do answer[#answer + 1] = value end
  hash = to[2]
end
return {0})");
  return script;
}

const std::string& end_family() {
  static const std::string script = with_common(R"(
local s = redis.call('HMGET', p .. 's:' .. ARGV[1], 'f', 'r')
if not s[1] then return {} end
local answer = finish_family(s[1])
table.insert(answer, 1, s[2] or '')
return answer)");
  return script;
}

// Nobody's sign-in takes an hour: after that no mark is older than the cut.
const std::string& end_user() {
  static const std::string script = with_common(R"(
local user = ARGV[1]
redis.call('SET', p .. 'c:' .. user, note(''), 'PX', 3600000)
local hashes = redis.call('ZRANGE', p .. 'u:' .. user, 0, -1)
for _, hash in ipairs(hashes) do finish(hash) end
return hashes)");
  return script;
}

const std::string& end_listed() {
  static const std::string script = with_common(R"(
local user, hash, now = unpack(ARGV)
local s = redis.call('HMGET', p .. 's:' .. hash, 'u', 'f', 'r', 'e')
if s[1] ~= user or s[3] or tonumber(s[4]) <= tonumber(now) then return {0} end
local answer = finish_family(s[2])
table.insert(answer, 1, 1)
return answer)");
  return script;
}

const std::string& end_others() {
  static const std::string script = with_common(R"(
local user, own = unpack(ARGV)
local kept = redis.call('HMGET', p .. 's:' .. own, 'u', 'f')
if kept[1] ~= user then return {0} end
local answer = {1, 0}
for _, hash in ipairs(redis.call('ZRANGE', p .. 'u:' .. user, 0, -1)) do
  local s = redis.call('HMGET', p .. 's:' .. hash, 'f', 'r')
  if s[1] and s[1] ~= kept[2] then
    if not s[2] then answer[2] = answer[2] + 1 end
    finish(hash)
    answer[#answer + 1] = hash
  end
end
return answer)");
  return script;
}

const std::string& list() {
  static const std::string script = with_common(R"(
local user, now, own = unpack(ARGV)
local answer = {redis.call('HGET', p .. 's:' .. own, 'f') or ''}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', p .. 'u:' .. user, '(' .. now, '+inf')) do
  local s = redis.call('HMGET', p .. 's:' .. hash, 'c', 'e', 'l', 'i', 'a', 'f', 'r')
  if s[1] and not s[7] then
    for _, value in ipairs({hash, s[1], s[2], s[3] or '', s[4], s[5], s[6]}) do answer[#answer + 1] = value end
  end
end
return answer)");
  return script;
}

}  // namespace latchkey::native::session_scripts
