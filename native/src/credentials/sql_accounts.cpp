// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/sql_accounts.h"

#include <array>
#include <mutex>
#include <utility>

#include "credentials/account_tables.h"
#include "credentials/user_tokens.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/session.h"

namespace latchkey::native {
namespace {

// As long as the ids that Better Auth makes.
constexpr std::size_t id_random_bytes = 24;

constexpr std::string_view select_account =
    R"(SELECT u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", l.disabled, r.role,
              o.origin
       FROM "user" u LEFT JOIN latchkey_user l ON l."userId" = u."id"
       LEFT JOIN latchkey_user_origin o ON o."userId" = u."id"
       LEFT JOIN latchkey_user_role r ON r."userId" = u."id" WHERE u."id" = ? ORDER BY r.position)";

// Better Auth writes ISO texts; other writers of the same schema write milliseconds.
std::int64_t to_time(const sql_row& row, std::size_t column) {
  if (const auto text = row.optional_text(column)) return parse_iso_time(*text).value_or(0);
  return row.integer(column);
}

std::optional<std::string> non_empty(std::optional<std::string> text) {
  if (text && text->empty()) return std::nullopt;
  return text;
}

constexpr std::array<std::pair<account_origin, std::string_view>, 4> origin_names{
    std::pair{account_origin::unknown, std::string_view("-")}, std::pair{account_origin::sign_up, "sign-up"},
    std::pair{account_origin::set_up, "set-up"}, std::pair{account_origin::by_operator, "operator"}};

account_origin to_origin(std::string_view text) noexcept {
  for (const auto& [origin, name] : origin_names) {
    if (name == text) return origin;
  }
  return account_origin::unknown;
}

account to_account(const std::vector<sql_row>& rows, const std::string& default_role) {
  const sql_row& first = rows.front();
  account loaded;
  loaded.person = {first.text(0), non_empty(first.optional_text(2)), non_empty(first.optional_text(1)),
                   non_empty(first.optional_text(4))};
  loaded.is_email_verified = first.integer(3) != 0;
  loaded.created_at_ms = to_time(first, 5);
  loaded.is_disabled = first.integer(6) != 0;
  loaded.origin = to_origin(first.text(8));
  for (const sql_row& row : rows) {
    if (!row.is_null(7)) loaded.roles.push_back(row.text(7));
  }
  const bool is_adopted = !first.is_null(6);
  if (!is_adopted && !default_role.empty()) loaded.roles.push_back(default_role);
  return loaded;
}

}  // namespace

std::string_view to_string(account_origin origin) noexcept {
  return origin_names[static_cast<std::size_t>(origin)].second;
}

bool is_proven(const account& held) noexcept {
  return held.is_email_verified || held.origin == account_origin::set_up || held.origin == account_origin::by_operator;
}

result<void> sql_accounts::check_layout(database& store) { return check_account_columns(store); }

result<std::shared_ptr<sql_accounts>> sql_accounts::open(std::shared_ptr<database> store,
                                                         sql_accounts_options options) {
  if (store == nullptr || options.clock == nullptr) {
    return fail(errc::configuration_invalid, "Accounts need a database and a clock.", "store");
  }
  if (auto created = create_account_tables(*store); !created) return fail(std::move(created));
  return std::shared_ptr<sql_accounts>(new sql_accounts(std::move(store), std::move(options)));
}

sql_accounts::sql_accounts(std::shared_ptr<database> store, sql_accounts_options options)
    : store_(std::move(store)), options_(std::move(options)), watch_(store_) {}

void sql_accounts::forget_all() {
  const std::unique_lock lock(mutex_);
  generation_.fetch_add(1);
  cache_.clear();
}

void sql_accounts::keep(std::string_view user_id, std::uint64_t generation,
                        const std::shared_ptr<const account>& loaded) {
  const std::unique_lock lock(mutex_);
  if (generation_.load() != generation) return;
  if (cache_.size() >= options_.cached_accounts) cache_.clear();
  cache_.insert_or_assign(std::string(user_id), loaded);
}

result<std::shared_ptr<const account>> sql_accounts::find(std::string_view user_id) {
  auto checked = watch_.check([this]() -> result<void> {
    forget_all();
    return {};
  });
  if (!checked) return fail(std::move(checked));
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(user_id); found != cache_.end()) return found->second;
  }
  const std::uint64_t generation = generation_.load();
  auto loaded = load(user_id);
  // Unknown ids are not kept: whoever asks for many of them must not push the known ones out.
  if (loaded && *loaded != nullptr) keep(user_id, generation, *loaded);
  return loaded;
}

result<std::shared_ptr<const account>> sql_accounts::load(std::string_view user_id) {
  const std::array<sql_value, 1> parameters{std::string(user_id)};
  auto rows = store_->query(select_account, parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::shared_ptr<const account>();
  return std::make_shared<const account>(to_account(*rows, options_.default_role));
}

result<std::optional<stored_credential>> sql_accounts::find_credential(std::string_view email) {
  const std::array<sql_value, 1> parameters{std::string(email)};
  auto rows = store_->query(R"(SELECT u."id", a."password" FROM "user" u LEFT JOIN "account" a
                                 ON a."userId" = u."id" AND a."providerId" = 'credential' AND a."password" IS NOT NULL
                               WHERE u."email" = ? LIMIT 1)",
                            parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return std::optional<stored_credential>();
  return stored_credential{rows->front().text(0), rows->front().optional_text(1)};
}

result<std::shared_ptr<const account>> sql_accounts::find_by_email(std::string_view email) {
  auto credential = find_credential(email);
  if (!credential) return fail(std::move(credential));
  if (!*credential) return std::shared_ptr<const account>();
  return load((*credential)->user_id);
}

result<std::vector<account>> sql_accounts::list(std::int64_t limit, std::int64_t offset) {
  const std::array<sql_value, 2> parameters{limit, offset};
  auto rows = store_->query(R"(SELECT "id" FROM "user" ORDER BY "createdAt", "id" LIMIT ? OFFSET ?)", parameters);
  if (!rows) return fail(std::move(rows));
  std::vector<account> listed;
  for (const sql_row& row : *rows) {
    auto loaded = load(row.text(0));
    if (!loaded) return fail(std::move(loaded));
    if (*loaded != nullptr) listed.push_back(**loaded);
  }
  return listed;
}

result<std::int64_t> sql_accounts::count() {
  auto rows = store_->query(R"(SELECT count(*) FROM "user")");
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

result<std::shared_ptr<const account>> sql_accounts::insert(const new_account& added) {
  auto id = random_id(id_random_bytes);
  if (!id) return fail(std::move(id));
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (added.precondition) {
    if (auto met = added.precondition(**transaction); !met) return fail(std::move(met));
  }
  auto inserted = insert_rows(**transaction, *id, added);
  if (!inserted) return fail(std::move(inserted));
  if (!*inserted) {
    // As durable a write as the other branch makes, so that a taken address can't be told by the time it takes.
    auto counted = (*transaction)->execute(R"(INSERT INTO latchkey_counter (name, value) VALUES ('taken_address', 1)
                                              ON CONFLICT (name) DO UPDATE SET value = value + 1)");
    if (!counted) return fail(std::move(counted));
  }
  if (auto done = (*transaction)->commit(); !done) return fail(std::move(done));
  transaction->reset();
  if (!*inserted) return std::shared_ptr<const account>();
  return load(*id);
}

result<bool> sql_accounts::insert_rows(sql_executor& store, const std::string& id, const new_account& added) {
  const std::string now = to_iso_time(options_.clock());
  auto present = store.query(R"(SELECT 1 FROM "user" LIMIT 1)");
  if (!present) return fail(std::move(present));
  const std::array<sql_value, 5> person{id, added.name, added.email, now, now};
  auto inserted = store.execute(R"(INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
                                   VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT ("email") DO NOTHING)",
                                person);
  if (!inserted) return fail(std::move(inserted));
  if (*inserted == 0) return false;
  auto account_id = random_id(id_random_bytes);
  if (!account_id) return fail(std::move(account_id));
  const std::array<sql_value, 6> credential{std::move(*account_id), id, id, added.password_hash, now, now};
  auto linked = store.execute(R"(INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password",
                                   "createdAt", "updatedAt") VALUES (?, ?, 'credential', ?, ?, ?, ?))",
                              credential);
  if (!linked) return fail(std::move(linked));
  const std::array<sql_value, 1> own{id};
  auto adopted = store.execute(R"(INSERT INTO latchkey_user ("userId") VALUES (?))", own);
  if (!adopted) return fail(std::move(adopted));
  if (auto noted = write_origin(store, id, added.origin); !noted) return fail(std::move(noted));
  const std::vector<std::string> owner{"owner"};
  const bool is_owner = added.is_owner_when_first && present->empty();
  if (auto done = insert_roles(store, id, is_owner ? owner : added.roles); !done) return fail(std::move(done));
  return true;
}

result<void> sql_accounts::write_origin(sql_executor& store, std::string_view user_id, account_origin origin) {
  const std::array<sql_value, 2> row{std::string(user_id), std::string(to_string(origin))};
  auto noted = origin == account_origin::unknown
                   ? store.execute(R"(DELETE FROM latchkey_user_origin WHERE "userId" = ?)", std::span(row).first(1))
                   : store.execute(R"(INSERT INTO latchkey_user_origin ("userId", origin) VALUES (?, ?)
                                      ON CONFLICT ("userId") DO UPDATE SET origin = excluded.origin)",
                                   row);
  if (!noted) return fail(std::move(noted));
  return {};
}

result<void> sql_accounts::set_origin(std::string_view user_id, account_origin origin) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto exists = require(**transaction, user_id); !exists) return exists;
  if (auto noted = write_origin(**transaction, user_id, origin); !noted) return noted;
  if (auto done = (*transaction)->commit(); !done) return done;
  forget_all();
  return {};
}

result<void> sql_accounts::insert_roles(sql_executor& store, std::string_view user_id,
                                        std::span<const std::string> roles) {
  std::int64_t position = 0;
  for (const std::string& role : roles) {
    const std::array<sql_value, 3> row{std::string(user_id), role, position++};
    auto done = store.execute(R"(INSERT INTO latchkey_user_role ("userId", role, position) VALUES (?, ?, ?)
                                 ON CONFLICT ("userId", role) DO NOTHING)",
                              row);
    if (!done) return fail(std::move(done));
  }
  return {};
}

result<void> sql_accounts::require(sql_executor& store, std::string_view user_id) {
  const std::array<sql_value, 1> parameters{std::string(user_id)};
  auto rows = store.query(R"(SELECT 1 FROM "user" WHERE "id" = ?)", parameters);
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return fail(errc::not_found, "There is no account with this id.", "userId");
  return {};
}

// Latchkey's own row for a user of another program's making, with the role that the user had by default until now.
result<void> sql_accounts::adopt(sql_executor& store, std::string_view user_id) {
  if (auto exists = require(store, user_id); !exists) return exists;
  const std::array<sql_value, 1> parameters{std::string(user_id)};
  auto inserted =
      store.execute(R"(INSERT INTO latchkey_user ("userId") VALUES (?) ON CONFLICT ("userId") DO NOTHING)", parameters);
  if (!inserted) return fail(std::move(inserted));
  if (*inserted == 0 || options_.default_role.empty()) return {};
  return insert_roles(store, user_id, std::array{options_.default_role});
}

result<void> sql_accounts::change_roles(std::string_view user_id, const roles_decision& decide,
                                        const roles_confirmation& confirm, bool keep) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto done = adopt(**transaction, user_id); !done) return done;
  const std::array<sql_value, 1> parameters{std::string(user_id)};
  auto rows =
      (*transaction)->query(R"(SELECT role FROM latchkey_user_role WHERE "userId" = ? ORDER BY position)", parameters);
  if (!rows) return fail(std::move(rows));
  std::vector<std::string> roles;
  for (const sql_row& row : *rows) roles.push_back(row.text(0));
  if (auto decided = decide(**transaction, roles); !decided) return decided;
  auto removed = (*transaction)->execute(R"(DELETE FROM latchkey_user_role WHERE "userId" = ?)", parameters);
  if (!removed) return fail(std::move(removed));
  if (auto done = insert_roles(**transaction, user_id, roles); !done) return done;
  if (confirm) {
    if (auto confirmed = confirm(**transaction); !confirmed) return confirmed;
  }
  if (!keep) return {};
  if (auto done = (*transaction)->commit(); !done) return done;
  forget_all();
  return {};
}

result<void> sql_accounts::set_roles(std::string_view user_id, std::span<const std::string> roles) {
  return change_roles(user_id, [roles](sql_executor&, std::vector<std::string>& held) -> result<void> {
    held.assign(roles.begin(), roles.end());
    return {};
  });
}

result<void> sql_accounts::set_disabled(std::string_view user_id, bool is_disabled) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto done = adopt(**transaction, user_id); !done) return done;
  if (auto done = write_disabled(**transaction, user_id, is_disabled); !done) return done;
  if (auto done = (*transaction)->commit(); !done) return done;
  forget_all();
  return {};
}

result<void> sql_accounts::write_password_hash(sql_executor& store, std::string_view user_id, std::string_view hash) {
  const std::string now = to_iso_time(options_.clock());
  const std::array<sql_value, 3> change{std::string(hash), now, std::string(user_id)};
  auto changed = store.execute(R"(UPDATE "account" SET "password" = ?, "updatedAt" = ?
                                  WHERE "userId" = ? AND "providerId" = 'credential')",
                               change);
  if (!changed) return fail(std::move(changed));
  if (*changed == 0) {
    auto account_id = random_id(id_random_bytes);
    if (!account_id) return fail(std::move(account_id));
    const std::array<sql_value, 6> row{
        std::move(*account_id), std::string(user_id), std::string(user_id), std::string(hash), now, now};
    auto linked = store.execute(R"(INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password",
                                     "createdAt", "updatedAt") VALUES (?, ?, 'credential', ?, ?, ?, ?))",
                                row);
    if (!linked) return fail(std::move(linked));
  }
  return delete_user_tokens(store, user_id);
}

result<void> sql_accounts::set_password_hash(std::string_view user_id, std::string_view hash) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto exists = require(**transaction, user_id); !exists) return exists;
  if (auto written = write_password_hash(**transaction, user_id, hash); !written) return written;
  return (*transaction)->commit();
}

result<void> sql_accounts::replace_password_hash(std::string_view user_id, std::string_view old,
                                                 std::string_view hash) {
  const std::array<sql_value, 4> change{std::string(hash), to_iso_time(options_.clock()), std::string(user_id),
                                        std::string(old)};
  auto changed = store_->execute(R"(UPDATE "account" SET "password" = ?, "updatedAt" = ?
                                    WHERE "userId" = ? AND "providerId" = 'credential' AND "password" = ?)",
                                 change);
  if (!changed) return fail(std::move(changed));
  return {};
}

}  // namespace latchkey::native
