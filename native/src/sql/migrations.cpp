// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sql/migrations.h"

#include <array>

namespace latchkey::native {
namespace {

constexpr std::string_view create_table =
    "CREATE TABLE IF NOT EXISTS latchkey_migration ("
    "component TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (component, version))";

result<void> run_step(sql_transaction& transaction, std::string_view component, std::size_t version,
                      const migration& step) {
  for (const std::string_view statement : step.statements) {
    if (auto done = transaction.execute(statement); !done) return fail(std::move(done));
  }
  const std::array<sql_value, 3> record{std::string(component), static_cast<std::int64_t>(version),
                                        std::string(step.name)};
  auto recorded =
      transaction.execute("INSERT INTO latchkey_migration (component, version, name) VALUES (?, ?, ?)", record);
  if (!recorded) return fail(std::move(recorded));
  return {};
}

// Fails where there is no table of migrations yet.
result<std::int64_t> version_of(sql_executor& store, std::string_view component) {
  const std::array<sql_value, 1> which{std::string(component)};
  auto rows = store.query("SELECT coalesce(max(version), 0) FROM latchkey_migration WHERE component = ?", which);
  if (!rows) return fail(std::move(rows));
  return rows->empty() ? 0 : rows->front().integer(0);
}

}  // namespace

result<void> migrate(database& store, std::string_view component, std::span<const migration> steps) {
  // Most starts find everything in place: they neither wait for the right to write nor need it.
  const auto known = version_of(store, component);
  if (known && *known == static_cast<std::int64_t>(steps.size())) return {};
  auto transaction = store.begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto created = (*transaction)->execute(create_table); !created) return fail(std::move(created));
  const auto present = version_of(**transaction, component);
  if (!present) return tl::unexpected<error>(present.error());
  if (*present > static_cast<std::int64_t>(steps.size())) {
    return fail(errc::configuration_invalid,
                "The database was made by a newer version of Latchkey: update this program, or use another database.",
                std::string(component));
  }
  for (auto version = static_cast<std::size_t>(*present); version < steps.size(); ++version) {
    if (auto done = run_step(**transaction, component, version + 1, steps[version]); !done) return done;
  }
  return (*transaction)->commit();
}

}  // namespace latchkey::native
