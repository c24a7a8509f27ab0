// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sql/database.h"

namespace latchkey::native {

sql_value to_sql_value(const std::optional<std::string>& text) {
  return text ? sql_value(*text) : sql_value(std::monostate());
}

const sql_value& sql_row::value(std::size_t column) const noexcept {
  static const sql_value null;
  return column < values_.size() ? values_[column] : null;
}

bool sql_row::is_null(std::size_t column) const noexcept {
  return std::holds_alternative<std::monostate>(value(column));
}

std::int64_t sql_row::integer(std::size_t column) const noexcept {
  const auto* number = std::get_if<std::int64_t>(&value(column));
  return number == nullptr ? 0 : *number;
}

std::string sql_row::text(std::size_t column) const { return optional_text(column).value_or(std::string()); }

std::optional<std::string> sql_row::optional_text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&value(column));
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::span<const std::uint8_t> sql_row::blob(std::size_t column) const noexcept {
  const auto* bytes = std::get_if<sql_blob>(&value(column));
  return bytes == nullptr ? std::span<const std::uint8_t>() : std::span<const std::uint8_t>(*bytes);
}

result<std::unique_ptr<sql_transaction>> database::begin_within(transaction_mode mode, std::chrono::milliseconds) {
  return begin(mode);
}

result<std::vector<sql_row>> sql_executor::query(std::string_view statement, std::span<const sql_value> parameters) {
  std::vector<sql_row> rows;
  auto done = visit(statement, parameters, [&rows](const sql_row& row) {
    rows.push_back(row);
    return true;
  });
  if (!done) return fail(std::move(done));
  return rows;
}

}  // namespace latchkey::native
