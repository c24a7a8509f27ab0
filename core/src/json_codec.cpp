// SPDX-License-Identifier: Apache-2.0
#include "latchkey/json_codec.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "ascii.h"
#include "latchkey/utf8.h"

namespace latchkey {
namespace {

bool is_foreign_to_numbers(char c) noexcept {
  return !is_digit(c) && std::string_view("+-eE").find(c) == std::string_view::npos;
}

// A byte that is not UTF-8 counts as U+FFFD, as which it is written.
utf8_character next_character(std::string_view text) noexcept {
  return first_utf8_character(text).value_or(utf8_character{0xFFFD, 1});
}

// UTF-16 code units decide the order (RFC 8785 §3.2.3), in which a surrogate comes before U+E000.
bool is_before(std::string_view left, std::string_view right) noexcept {
  while (!left.empty() && !right.empty()) {
    const auto first = next_character(left);
    const auto second = next_character(right);
    if (first.code_point != second.code_point) {
      const bool is_first_pair = first.code_point > 0xFFFF;
      const bool is_second_pair = second.code_point > 0xFFFF;
      if (is_first_pair == is_second_pair) return first.code_point < second.code_point;
      return is_first_pair ? second.code_point >= 0xE000 : first.code_point < 0xE000;
    }
    left.remove_prefix(first.length);
    right.remove_prefix(second.length);
  }
  return left.empty() && !right.empty();
}

using member_pointer = const json_object::value_type*;
using member_order = bool (*)(member_pointer left, member_pointer right);

bool is_before_by_bytes(member_pointer left, member_pointer right) { return left->first < right->first; }
bool is_before_by_units(member_pointer left, member_pointer right) { return is_before(left->first, right->first); }

std::vector<member_pointer> sorted_members(const json_object& object, member_order order) {
  std::vector<member_pointer> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(), order);
  return members;
}

// Builds the tree from the parser's events. The innermost open container is always the last element of its parent, so
// pointers to the open ones stay valid while it grows.
class tree_builder {
 public:
  using json = nlohmann::json;

  bool null() { return add(json_value()) != nullptr; }
  bool boolean(bool value) { return add(json_value(value)) != nullptr; }
  bool number_integer(json::number_integer_t value) { return add(json_value(std::int64_t{value})) != nullptr; }
  bool number_unsigned(json::number_unsigned_t value) {
    constexpr auto largest = static_cast<std::uint64_t>(INT64_MAX);
    if (value <= largest) return add(json_value(static_cast<std::int64_t>(value))) != nullptr;
    return add_number(std::to_string(value));
  }
  bool number_float(json::number_float_t, const std::string& text) { return add_number(text); }
  bool string(std::string& value) { return add(json_value(std::move(value))) != nullptr; }
  bool binary(json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(json_value(json_object())); }
  bool start_array(std::size_t) { return open(json_value(json_array())); }
  bool key(std::string& value) {
    key_ = std::move(value);
    return true;
  }
  bool end_object() {
    if (has_duplicate_key(*open_.back()->as_object())) {
      problem_ = "An object has the same key twice.";
      return false;
    }
    open_.pop_back();
    return true;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception&) {
    problem_ = "The JSON is malformed at byte " + std::to_string(position) + ".";
    return false;
  }

  [[nodiscard]] json_value take() { return std::move(root_); }
  [[nodiscard]] std::string problem() const { return problem_.empty() ? "The JSON is malformed." : problem_; }

 private:
  json_value* add(json_value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* array = open_.back()->as_array()) return &array->emplace_back(std::move(value));
    return &open_.back()->as_object()->emplace_back(std::move(key_), std::move(value)).second;
  }
  bool add_number(std::string text) {
    // The parser puts the decimal point of the process's locale into its token.
    std::replace_if(text.begin(), text.end(), is_foreign_to_numbers, '.');
    auto number = json_number::from_text(text);
    return number && add(json_value(std::move(*number))) != nullptr;
  }
  bool open(json_value container) {
    if (open_.size() == json_max_depth) {
      problem_ = "The JSON is nested deeper than 64 levels.";
      return false;
    }
    open_.push_back(add(std::move(container)));
    return true;
  }
  static bool has_duplicate_key(const json_object& object) {
    const auto members = sorted_members(object, is_before_by_bytes);
    const auto is_same_key = [](member_pointer left, member_pointer right) { return left->first == right->first; };
    return std::adjacent_find(members.begin(), members.end(), is_same_key) != members.end();
  }

  json_value root_;
  std::vector<json_value*> open_;
  std::string key_;
  std::string problem_;
};

constexpr std::array<bool, 256> make_plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte <= 0x7E; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}

constexpr std::array<bool, 256> plain_bytes = make_plain_bytes();

// How many bytes from the start are ASCII that needs no escape: most texts as a whole.
std::size_t plain_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && plain_bytes[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

void append_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  static constexpr std::string_view short_escapes = "\b\t\n\f\r";
  out += '"';
  while (true) {
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto character = first_utf8_character(text);
    if (!character) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    const char c = text[0];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (const auto at = short_escapes.find(c); at != std::string_view::npos) {
      out += '\\';
      out += "btnfr"[at];
    } else if (character->code_point < 0x20) {
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 0xF];
    } else {
      out += text.substr(0, character->length);
    }
    text.remove_prefix(character->length);
  }
  out += '"';
}

/** Most answers are no longer, and need not grow. */
constexpr std::size_t usual_bytes = 512;

class json_writer {
 public:
  explicit json_writer(bool is_canonical) : is_canonical_(is_canonical) { out_.reserve(usual_bytes); }

  // In the order of how often they come.
  void append(const json_value& value) {
    if (const auto* text = value.as_string()) {
      append_string(out_, *text);
    } else if (const auto* object = value.as_object()) {
      append_object(*object);
    } else if (const auto* array = value.as_array()) {
      append_array(*array);
    } else if (const auto* boolean = value.as_bool()) {
      out_ += *boolean ? "true" : "false";
    } else if (const auto* integer = value.as_integer()) {
      out_ += std::to_string(*integer);
    } else if (const auto* number = value.as_number()) {
      out_ += number->text();
    } else {
      out_ += "null";
    }
  }

  [[nodiscard]] std::string take() noexcept { return std::move(out_); }

 private:
  void append_array(const json_array& array) {
    out_ += '[';
    for (const json_value& element : array) {
      if (&element != &array.front()) out_ += ',';
      append(element);
    }
    out_ += ']';
  }

  void append_object(const json_object& object) {
    out_ += '{';
    if (is_canonical_) {
      for (const member_pointer member : sorted_members(object, is_before_by_units)) append_member(*member);
    } else {
      for (const auto& member : object) append_member(member);
    }
    out_ += '}';
  }

  void append_member(const json_object::value_type& member) {
    if (out_.back() != '{') out_ += ',';
    append_string(out_, member.first);
    out_ += ':';
    append(member.second);
  }

  bool is_canonical_;
  std::string out_;
};

}  // namespace

result<json_value> parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fail(errc::json_invalid, "The JSON is longer than " + std::to_string(max_bytes) + " bytes.");
  }
  // The parser takes a NUL byte for the end and would accept whatever stands behind it.
  if (text.find('\0') != std::string_view::npos) return fail(errc::json_invalid, "The JSON holds a NUL byte.");
  tree_builder builder;
  if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
    return fail(errc::json_invalid, builder.problem());
  }
  return builder.take();
}

std::string to_json_text(const json_value& value) {
  json_writer writer(false);
  writer.append(value);
  return writer.take();
}

std::string to_canonical_json_text(const json_value& value) {
  json_writer writer(true);
  writer.append(value);
  return writer.take();
}

result<std::vector<std::string>> to_string_list(const json_value& value, std::string_view field) {
  const json_array* array = value.as_array();
  if (array == nullptr) return fail(errc::json_shape, "A list of strings is needed here.", std::string(field));
  std::vector<std::string> strings;
  strings.reserve(array->size());
  for (const json_value& element : *array) {
    const std::string* text = element.as_string();
    if (text == nullptr) return fail(errc::json_shape, "A list of strings is needed here.", std::string(field));
    strings.push_back(*text);
  }
  return strings;
}

}  // namespace latchkey
