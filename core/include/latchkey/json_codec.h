// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_JSON_CODEC_H_
#define LATCHKEY_JSON_CODEC_H_

/**
 * Strict JSON (RFC 8259): one document, well-formed UTF-8, at most 64 levels, at most 1 MiB unless a caller says
 * otherwise, no duplicate keys, nothing behind it. The parser is nlohmann's, reached from `json_codec.cpp` alone; this header keeps it out of every caller.
 */

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>
#include <version>

#include "latchkey/result.h"

#if defined(__cpp_lib_to_chars) || (defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 14000)
/** Whether a `double` can become a `json_value`. */
#define LATCHKEY_JSON_HAS_DOUBLES
#endif

namespace latchkey {

class json_value;
struct json_member;

/** Elements in order. */
using json_array = std::vector<json_value>;
/** Members in the order of the document. */
using json_object = std::vector<std::pair<std::string, json_value>>;

/** A number that is no 64-bit integer: kept as its text, so that reading and writing lose nothing. */
class json_number {
 public:
  /** Such as `1.5` or `-2e3`; nothing for a text that is no JSON number (RFC 8259 §6). */
  [[nodiscard]] static std::optional<json_number> from_text(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend bool operator==(const json_number&, const json_number&) = default;

 private:
  explicit json_number(std::string_view text) : text_(text) {}

  std::string text_;
};

/** Every integer type of at most 64 bits; `bool` and the types of characters are none. */
template <class T>
concept json_integer = std::integral<T> && sizeof(T) <= sizeof(std::int64_t) && !std::same_as<T, bool> &&
                       !std::same_as<T, char> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                       !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/** A class that holds text: `std::string`, `std::string_view`, and what converts to one of them. */
template <class T>
concept json_text = std::is_class_v<std::remove_cvref_t<T>> &&
    (std::convertible_to<T, std::string_view> || std::convertible_to<T, std::string>);

/**
 * A JSON value: null, boolean, integer, other number, string, array or object. A plain value type; copying copies the
 * tree. The `find_*` and `is_*` members never fail: a value of another type answers with nothing.
 *
 * A braced list makes an object, `{{"name", "Ada"}, {"age", 36}}`, or does not compile: an array is written
 * `json_array{1, 2}`. Empty braces are null; `json_object()` and `json_array()` are the empty ones.
 */
class json_value {
 public:
  json_value() = default;
  json_value(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  /** `bool` alone: what only converts to it, such as a pointer, is no JSON value. */
  template <std::same_as<bool> B>
  json_value(B value) : data_(value) {}  // NOLINT(google-explicit-constructor)
  /** What a signed 64-bit integer can't hold becomes a `json_number` with its decimal digits. */
  template <json_integer I>
  json_value(I value) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::unsigned_integral<I> && sizeof(I) == sizeof(std::int64_t)) {
      set_unsigned(value);
    } else {
      data_ = static_cast<std::int64_t>(value);
    }
  }
#ifdef LATCHKEY_JSON_HAS_DOUBLES
  /**
   * The shortest text that reads back as this number, as JavaScript and RFC 8785 write it; a text that is a 64-bit integer
   * becomes one, as when it is read. NaN and the infinities, which JSON can't write, become null. Where the standard
   * library has no `std::to_chars` for it, there is no such constructor: use `json_number::from_text`.
   */
  template <std::floating_point F>
  requires(sizeof(F) <= sizeof(double)) json_value(F value) {  // NOLINT(google-explicit-constructor)
    set_floating(static_cast<double>(value));
  }
#endif
  json_value(json_number value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  /** A null pointer is null. */
  json_value(const char* text) {  // NOLINT(google-explicit-constructor)
    if (text != nullptr) data_ = std::string(text);
  }
  template <json_text T>
  json_value(T&& text) : data_(std::string(std::forward<T>(text))) {}  // NOLINT(google-explicit-constructor)
  /** Any other pointer is a mistake. */
  template <class T>
  requires(!std::same_as<std::remove_cv_t<T>, char>) json_value(T* pointer)
  = delete;
  template <std::same_as<json_array> A>
  json_value(A value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  template <std::same_as<json_object> O>
  json_value(O value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  /** An object with these members, in this order. */
  json_value(std::initializer_list<json_member> members);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(data_); }
  /** The boolean, integer, string, array or object inside; null for any other type. Valid while the value is unchanged.
   */
  [[nodiscard]] const bool* as_bool() const noexcept { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* as_integer() const noexcept { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const json_number* as_number() const noexcept { return std::get_if<json_number>(&data_); }
  [[nodiscard]] const std::string* as_string() const noexcept { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const json_array* as_array() const noexcept { return std::get_if<json_array>(&data_); }
  [[nodiscard]] const json_object* as_object() const noexcept { return std::get_if<json_object>(&data_); }
  [[nodiscard]] json_array* as_array() noexcept { return std::get_if<json_array>(&data_); }
  [[nodiscard]] json_object* as_object() noexcept { return std::get_if<json_object>(&data_); }

  /** The member of an object; null when this is no object or has no such member. O(members). */
  [[nodiscard]] const json_value* find(std::string_view key) const noexcept;
  /** Shorthand for a string member: null when absent or of another type. */
  [[nodiscard]] const std::string* find_string(std::string_view key) const noexcept;
  /** Whether the member exists and is `true`. */
  [[nodiscard]] bool is_true(std::string_view key) const noexcept;
  /** `null`, `boolean`, `number`, `string`, `array` or `object`: for messages. */
  [[nodiscard]] std::string_view type_name() const noexcept;

  friend bool operator==(const json_value&, const json_value&) = default;

 private:
  void set_unsigned(std::uint64_t value);
  void set_floating(double value);

  std::variant<std::monostate, bool, std::int64_t, json_number, std::string, json_array, json_object> data_;
};

/** A member of an object that is written as a braced list. */
struct json_member {
  json_member(std::string_view name, json_value content) : key(name), value(std::move(content)) {}

  std::string key;
  json_value value;
};

/** The limits of `parse_json`. */
inline constexpr std::size_t json_max_depth = 64;
inline constexpr std::size_t json_max_bytes = 1024 * 1024;

/**
 * Reads one document of at most `max_bytes`. `json_invalid` says where it breaks. O(n log n) in the worst case (the search
 * for duplicate keys).
 */
[[nodiscard]] result<json_value> parse_json(std::string_view text, std::size_t max_bytes = json_max_bytes);

/**
 * Writes without white space, members in order, non-ASCII as it stands. Bytes that are not UTF-8 become U+FFFD, so the
 * output is always JSON.
 */
[[nodiscard]] std::string to_json_text(const json_value& value);

/**
 * The same in the canonical form of RFC 8785: members sorted by UTF-16 code units, so that equal values give equal bytes.
 * A number that is no 64-bit integer keeps the text it was read with, where the RFC would write it anew; audit events hold
 * none.
 */
[[nodiscard]] std::string to_canonical_json_text(const json_value& value);

/** The list of strings in `value`; `json_shape` with `field` when it is anything else. */
[[nodiscard]] result<std::vector<std::string>> to_string_list(const json_value& value, std::string_view field);

}  // namespace latchkey

#endif  // LATCHKEY_JSON_CODEC_H_
