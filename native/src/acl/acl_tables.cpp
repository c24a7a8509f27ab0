// SPDX-License-Identifier: Apache-2.0
#include "acl/acl_tables.h"

#include <array>

#include "latchkey/native/sql/migrations.h"

namespace latchkey::native {
namespace {

constexpr std::array<std::string_view, 4> first_tables{
    R"(CREATE TABLE latchkey_acl_grant (
         "resourceType" text NOT NULL, "resourceId" text NOT NULL, "subjectType" text NOT NULL,
         "subjectId" text NOT NULL, action text NOT NULL, "grantedAt" integer NOT NULL, "grantedBy" text NOT NULL,
         PRIMARY KEY ("resourceType", "resourceId", "subjectType", "subjectId", action)))",
    R"(CREATE INDEX latchkey_acl_subject_idx ON latchkey_acl_grant ("subjectType", "subjectId"))",
    R"(CREATE TABLE latchkey_acl_version (value integer NOT NULL))",
    R"(INSERT INTO latchkey_acl_version (value) VALUES (0))"};
constexpr std::array<migration, 1> steps{migration{"acl tables", first_tables}};

std::string to_text(acl_subject_type type) { return type == acl_subject_type::user ? "user" : "role"; }

// A type that a newer program wrote is neither; such a grant is skipped, it answers for nobody here.
std::optional<acl_subject_type> to_subject_type(const std::string& text) {
  if (text == "user") return acl_subject_type::user;
  if (text == "role") return acl_subject_type::role;
  return std::nullopt;
}

result<void> run(sql_executor& store, std::string_view statement, std::span<const sql_value> parameters) {
  auto done = store.execute(statement, parameters);
  if (!done) return fail(std::move(done));
  return {};
}

// Whether an action of the same grant: given to the same subject, at once, by the same person.
bool is_same_grant(const acl_grant& a, const acl_grant& b) {
  return a.subject == b.subject && a.resource == b.resource && a.granted_at_ms == b.granted_at_ms &&
         a.granted_by == b.granted_by;
}

}  // namespace

result<void> create_acl_tables(database& store) { return migrate(store, "acl", steps); }

result<std::int64_t> acl_version(sql_executor& store) {
  auto rows = store.query("SELECT value FROM latchkey_acl_version");
  if (!rows) return fail(std::move(rows));
  if (rows->empty()) return fail(errc::store_failed, "The version of the grants is gone.");
  return rows->front().integer(0);
}

result<void> advance_acl_version(sql_executor& store) {
  return run(store, "UPDATE latchkey_acl_version SET value = value + 1", {});
}

result<std::vector<acl_grant>> read_grants(sql_executor& store, std::string_view type, const std::string* id) {
  std::vector<sql_value> parameters{std::string(type)};
  if (id != nullptr) parameters.emplace_back(*id);
  const std::string statement =
      std::string(R"(SELECT "resourceId", "subjectType", "subjectId", action, "grantedAt", "grantedBy"
                     FROM latchkey_acl_grant WHERE "resourceType" = ?)") +
      (id == nullptr ? "" : R"( AND "resourceId" = ?)") +
      R"( ORDER BY "resourceId", "grantedAt", "subjectType", "subjectId", "grantedBy", action)";
  auto rows = store.query(statement, parameters);
  if (!rows) return fail(std::move(rows));
  std::vector<acl_grant> grants;
  for (const sql_row& row : *rows) {
    const auto subject_type = to_subject_type(row.text(1));
    if (!subject_type) continue;
    acl_grant read{{*subject_type, row.text(2)}, {std::string(type), row.text(0)}, {}, row.integer(4), row.text(5)};
    if (grants.empty() || !is_same_grant(grants.back(), read)) grants.push_back(std::move(read));
    grants.back().actions.push_back(row.text(3));
  }
  return grants;
}

result<std::vector<std::string>> types_granted_to(sql_executor& store, const acl_subject& subject) {
  const std::array<sql_value, 2> row{to_text(subject.type), subject.id};
  auto rows = store.query(R"(SELECT DISTINCT "resourceType" FROM latchkey_acl_grant
                             WHERE "subjectType" = ? AND "subjectId" = ? ORDER BY "resourceType")",
                          row);
  if (!rows) return fail(std::move(rows));
  std::vector<std::string> types;
  for (const sql_row& each : *rows) types.push_back(each.text(0));
  return types;
}

result<void> insert_grant(sql_executor& store, const acl_grant& added) {
  for (const std::string& action : added.actions) {
    const std::array<sql_value, 7> row{
        added.resource.type, added.resource.id, added.subject.id, to_text(added.subject.type), action,
        added.granted_at_ms, added.granted_by};
    auto done = run(store,
                    R"(INSERT INTO latchkey_acl_grant ("resourceType", "resourceId", "subjectId", "subjectType", action,
                         "grantedAt", "grantedBy") VALUES (?, ?, ?, ?, ?, ?, ?)
                       ON CONFLICT ("resourceType", "resourceId", "subjectType", "subjectId", action) DO NOTHING)",
                    row);
    if (!done) return done;
  }
  return {};
}

result<void> erase_grant(sql_executor& store, const acl_subject& subject, const acl_resource& resource,
                         std::span<const std::string> actions) {
  std::string statement = R"(DELETE FROM latchkey_acl_grant WHERE "resourceType" = ? AND "resourceId" = ?
                               AND "subjectType" = ? AND "subjectId" = ?)";
  std::vector<sql_value> parameters{resource.type, resource.id, to_text(subject.type), subject.id};
  if (!actions.empty()) {
    statement += " AND action IN (";
    for (const std::string& action : actions) {
      statement += parameters.size() > 4 ? ", ?" : "?";
      parameters.emplace_back(action);
    }
    statement += ")";
  }
  return run(store, statement, parameters);
}

result<void> erase_resource(sql_executor& store, const acl_resource& resource) {
  const std::array<sql_value, 2> row{resource.type, resource.id};
  return run(store, R"(DELETE FROM latchkey_acl_grant WHERE "resourceType" = ? AND "resourceId" = ?)", row);
}

result<void> erase_subject(sql_executor& store, const acl_subject& subject) {
  const std::array<sql_value, 2> row{to_text(subject.type), subject.id};
  return run(store, R"(DELETE FROM latchkey_acl_grant WHERE "subjectType" = ? AND "subjectId" = ?)", row);
}

}  // namespace latchkey::native
