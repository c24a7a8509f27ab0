// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/one_time_store.h"

#include <array>
#include <mutex>
#include <string>
#include <unordered_map>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"
#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::string_view, 2> first_tables{
    "CREATE TABLE latchkey_one_time (digest text NOT NULL PRIMARY KEY, expires_at_ms integer NOT NULL)",
    "CREATE INDEX latchkey_one_time_expiry ON latchkey_one_time (expires_at_ms)"};
constexpr std::array<migration, 1> steps{migration{"one-time uses", first_tables}};

/** Purpose and text as one name. No purpose holds a NUL, so no two pairs share a name. */
result<std::string> digest_of(std::string_view purpose, std::string_view text) {
  std::string name(purpose);
  name.push_back('\0');
  name.append(text);
  const auto digest = sha256(as_bytes(name));
  if (!digest) return tl::unexpected<error>(digest.error());
  return to_base64url(*digest);
}

class memory_one_time_store final : public one_time_store {
 public:
  explicit memory_one_time_store(std::size_t max_entries) : max_entries_(max_entries) {}

  result<bool> use(std::string_view purpose, std::string_view text, std::int64_t expires_at_ms,
                   std::int64_t now_ms) override {
    auto digest = digest_of(purpose, text);
    if (!digest) return fail(std::move(digest));
    const std::lock_guard lock(mutex_);
    if (used_.contains(*digest)) return false;
    if (used_.size() >= max_entries_) {
      std::erase_if(used_, [now_ms](const auto& entry) { return entry.second <= now_ms; });
    }
    if (used_.size() >= max_entries_) return fail(errc::unavailable, "Too many one-time uses are being remembered.");
    used_.emplace(std::move(*digest), expires_at_ms);
    return true;
  }

 private:
  std::size_t max_entries_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> used_;
};

class sql_one_time_store final : public one_time_store {
 public:
  explicit sql_one_time_store(std::shared_ptr<database> store) : store_(std::move(store)) {}

  result<bool> use(std::string_view purpose, std::string_view text, std::int64_t expires_at_ms,
                   std::int64_t now_ms) override {
    auto digest = digest_of(purpose, text);
    if (!digest) return fail(std::move(digest));
    const std::array<sql_value, 2> entry{std::move(*digest), expires_at_ms};
    auto added = store_->execute(
        "INSERT INTO latchkey_one_time (digest, expires_at_ms) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", entry);
    if (!added) return fail(std::move(added));
    if (*added != 1) return false;
    // Behind the use and not before it: what a clock that jumped makes look expired must not be usable again at once.
    const std::array<sql_value, 1> now{now_ms};
    auto swept = store_->execute("DELETE FROM latchkey_one_time WHERE expires_at_ms <= ?", now);
    if (!swept) return fail(std::move(swept));
    return true;
  }

 private:
  std::shared_ptr<database> store_;
};

}  // namespace

std::shared_ptr<one_time_store> make_memory_one_time_store(std::size_t max_entries) {
  return std::make_shared<memory_one_time_store>(max_entries);
}

result<std::shared_ptr<one_time_store>> open_sql_one_time_store(std::shared_ptr<database> store) {
  if (!store) return fail(errc::configuration_invalid, "The one-time store needs a database.", "store");
  if (auto migrated = migrate(*store, "one-time", steps); !migrated) return fail(std::move(migrated));
  return std::make_shared<sql_one_time_store>(std::move(store));
}

}  // namespace latchkey::native
