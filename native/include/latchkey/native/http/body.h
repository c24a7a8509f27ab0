// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_BODY_H_
#define LATCHKEY_NATIVE_HTTP_BODY_H_

/**
 * JSON bodies: one object whose expected fields are strings. The issues read as in the recorded exchanges. Members that
 * nobody expects are ignored, except those that only a server may decide (`id`, `userId`, `role`, `emailVerified` and
 * their like): a body with one of them is refused as a whole, so that it can never be taken over into a record.
 */

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/native/http/error_response.h"

namespace latchkey::native {

/** A field that a body may have. */
struct body_field {
  std::string_view name = {};
  bool required = true;
  std::size_t min_bytes = 0;
  std::size_t max_bytes = 256;
  /** Whether the value must be one e-mail address, as `normalize_email` has it. */
  bool is_email = false;
};

/** The values of the fields that were there. */
class body_values {
 public:
  void add(std::string_view name, std::string value) { values_.emplace_back(name, std::move(value)); }
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  /** The value; empty when the field was absent. Lives as long as this object. */
  [[nodiscard]] std::string_view text(std::string_view name) const noexcept;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/** Reads a body against its fields; the refusal is 400 `Invalid request body` with an issue for each fault. */
[[nodiscard]] http_result<body_values> read_body(std::string_view body, std::span<const body_field> fields);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_BODY_H_
