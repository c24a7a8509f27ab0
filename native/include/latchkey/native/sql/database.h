// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SQL_DATABASE_H_
#define LATCHKEY_NATIVE_SQL_DATABASE_H_

/**
 * The one way to a database: statements with `?` parameters, typed values, rows and transactions. There is no way to
 * put a value into a statement other than as a parameter (NS-09). Every database may be used by several threads at once
 * and keeps its own connections. Failures are `store_failed`; `unavailable` when it was busy for too long.
 */

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "latchkey/result.h"

namespace latchkey::native {

/** Bytes, as opposed to text. */
using sql_blob = std::vector<std::uint8_t>;
/** Null, integer, real, text or bytes. */
using sql_value = std::variant<std::monostate, std::int64_t, double, std::string, sql_blob>;

/** An optional text as a value: null when there is none. */
[[nodiscard]] sql_value to_sql_value(const std::optional<std::string>& text);

/** One row of an answer. A column that is absent, null or of another type reads as the neutral value. */
class sql_row {
 public:
  explicit sql_row(std::vector<sql_value> values) : values_(std::move(values)) {}

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool is_null(std::size_t column) const noexcept;
  /** The integer there; 0 for anything else. */
  [[nodiscard]] std::int64_t integer(std::size_t column) const noexcept;
  /** The text there; empty for anything else. */
  [[nodiscard]] std::string text(std::size_t column) const;
  [[nodiscard]] std::optional<std::string> optional_text(std::size_t column) const;
  /** The bytes there; empty for anything else. Valid while the row lives. */
  [[nodiscard]] std::span<const std::uint8_t> blob(std::size_t column) const noexcept;
  /** The value as it is; null when there is no such column. Valid while the row lives. */
  [[nodiscard]] const sql_value& value(std::size_t column) const noexcept;

 private:
  std::vector<sql_value> values_;
};

/** Sees one row; false ends the reading. */
using sql_visitor = std::function<bool(const sql_row&)>;

/** Runs statements: a database outside a transaction, or a transaction. */
class sql_executor {
 public:
  virtual ~sql_executor() = default;
  /** Runs one statement that changes something; how many rows it changed. */
  [[nodiscard]] virtual result<std::int64_t> execute(std::string_view statement,
                                                     std::span<const sql_value> parameters = {}) = 0;
  /**
   * Reads row by row without holding them all. The visitor must not use this executor, and what it throws counts as a
   * failed statement.
   */
  [[nodiscard]] virtual result<void> visit(std::string_view statement, std::span<const sql_value> parameters,
                                           const sql_visitor& visitor) = 0;

  /** All rows of a statement that reads little. */
  [[nodiscard]] result<std::vector<sql_row>> query(std::string_view statement,
                                                   std::span<const sql_value> parameters = {});
};

/** Changes that happen together or not at all. Leaving it without a commit undoes them. Used by one thread. */
class sql_transaction : public sql_executor {
 public:
  /** Makes the changes durable. When this fails none of them happened. */
  [[nodiscard]] virtual result<void> commit() = 0;
};

/** What a transaction is for. */
enum class transaction_mode : std::uint8_t {
  /** Reads of one state. */
  read,
  /** The only writer from its begin to its end: what it read stays true until it commits. */
  write
};

/** A database with its connections. */
class database : public sql_executor {
 public:
  [[nodiscard]] virtual result<std::unique_ptr<sql_transaction>> begin(transaction_mode mode) = 0;
  /**
   * The same for a caller who has less time left than the database would wait: `unavailable` after `patience` at the
   * latest. A database that waits for nothing need not know better.
   */
  [[nodiscard]] virtual result<std::unique_ptr<sql_transaction>> begin_within(transaction_mode mode,
                                                                              std::chrono::milliseconds patience);
  /**
   * A number that is another one after any other connection, of this process or of another, has committed a change.
   * Cheap enough to ask several times a second. Changes of the caller's own may or may not show.
   */
  [[nodiscard]] virtual result<std::int64_t> change_counter() = 0;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SQL_DATABASE_H_
