// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_JSON_FIELDS_H_
#define LATCHKEY_JSON_FIELDS_H_

/** Reading members of JSON objects and writing those that are set: what all mappings share. */

#include <optional>
#include <string>
#include <string_view>

#include "latchkey/json_codec.h"

namespace latchkey {

/** `json_shape` that says what is needed where. */
[[nodiscard]] tl::unexpected<error> wrong_shape(std::string_view needed, std::string_view field);

/** A member that may be absent, then empty; `json_shape` when it is no string. */
[[nodiscard]] result<std::string> to_text(const json_value& object, std::string_view key);
/** A member that must be there and a string. */
[[nodiscard]] result<std::string> to_required_text(const json_value& object, std::string_view key);

/** Adds a text unless it is empty, or unset. */
void append_if_set(json_object& object, std::string_view key, const std::string& text);
void append_if_set(json_object& object, std::string_view key, const std::optional<std::string>& text);

}  // namespace latchkey

#endif  // LATCHKEY_JSON_FIELDS_H_
