// SPDX-License-Identifier: Apache-2.0
// What becomes a JSON value, and what does not compile.
#include <cmath>
#include <limits>
#include <memory>

#include "catch.h"
#include "latchkey/json_codec.h"

namespace latchkey {
namespace {

template <class T>
constexpr bool is_value = std::is_convertible_v<T, json_value>;

enum plain_enum { something };
enum class scoped_enum { something };

static_assert(is_value<bool> && is_value<std::nullptr_t> && is_value<const char*> && is_value<char*>);
static_assert(is_value<const char (&)[3]> && is_value<std::string> && is_value<const std::string_view&>);
static_assert(is_value<signed char> && is_value<unsigned char> && is_value<short> && is_value<unsigned short>);
static_assert(is_value<int> && is_value<unsigned> && is_value<long> && is_value<unsigned long>);
static_assert(is_value<long long> && is_value<unsigned long long> && is_value<std::size_t> && is_value<std::int64_t>);
static_assert(is_value<json_array> && is_value<const json_array&> && is_value<json_object> && is_value<json_object&>);

// A pointer is no boolean, and a character no number.
static_assert(!is_value<int*> && !is_value<void*> && !is_value<const json_value*> && !is_value<const char8_t*>);
static_assert(!is_value<void (*)()> && !is_value<int (*)[2]> && !is_value<const unsigned char*>);
static_assert(!is_value<std::shared_ptr<int>> && !is_value<std::unique_ptr<int>>);
static_assert(!is_value<char> && !is_value<wchar_t> && !is_value<char8_t> && !is_value<char32_t>);
static_assert(!is_value<plain_enum> && !is_value<scoped_enum> && !is_value<long double>);
static_assert(!is_value<std::pair<std::string, json_value>> && !is_value<std::vector<int>>);

std::string text_of(const json_value& value) { return to_json_text(value); }

// Whether `{{first, second}}` is a value.
template <class First, class Second>
concept makes_an_object_of = requires(First first, Second second) {
  text_of({{first, second}});
};
template <class First, class Second>
concept makes_a_value_of = requires(First first, Second second) {
  text_of({first, second});
};

static_assert(makes_an_object_of<const char*, const char*> && makes_an_object_of<std::string, std::string>);
static_assert(makes_an_object_of<std::string_view, json_array> && makes_an_object_of<const char*, std::size_t>);
static_assert(!makes_an_object_of<int, int> && !makes_an_object_of<json_value, json_value>);
static_assert(!makes_an_object_of<char, char> && !makes_an_object_of<const char*, int*>);
static_assert(!makes_a_value_of<const char*, const char*> && !makes_a_value_of<std::string, json_value>);
static_assert(!makes_a_value_of<int, int> && !makes_a_value_of<json_value, json_value>);

}  // namespace

TEST_CASE("a braced list of members is an object, of one member as of several", "[json]") {
  const std::string name = "ada";
  CHECK(text_of({{"hello", name}}) == R"({"hello":"ada"})");
  CHECK(text_of({{"a", "b"}}) == R"({"a":"b"})");
  CHECK(text_of({{"a", "b"}, {"c", "d"}}) == R"({"a":"b","c":"d"})");
  CHECK(text_of({{name, name}}) == R"({"ada":"ada"})");
  CHECK(text_of({{std::string_view("k"), 2U}, {"x", {{"y", true}}}}) == R"({"k":2,"x":{"y":true}})");
  CHECK(text_of({{"list", json_array{1, "a", {{"z", nullptr}}}}}) == R"({"list":[1,"a",{"z":null}]})");
  CHECK(text_of({{{"a", 1}}}) == R"({"a":1})");
  const json_value named{{"a", 1}, {"b", json_object()}};
  CHECK(text_of(named) == R"({"a":1,"b":{}})");
  CHECK(text_of(json_value{named}) == text_of(named));
  CHECK(text_of({}) == "null");
  CHECK(text_of(json_object{{"a", "b"}}) == R"({"a":"b"})");
  CHECK(text_of(json_array{"a", "b"}) == R"(["a","b"])");
}

TEST_CASE("integers of every type keep their value", "[json]") {
  CHECK(json_value(std::numeric_limits<std::int64_t>::min()) == json_value(INT64_MIN));
  CHECK(*json_value(std::uint8_t{200}).as_integer() == 200);
  CHECK(*json_value(std::uint32_t{4'000'000'000}).as_integer() == 4'000'000'000);
  CHECK(*json_value(std::uint64_t{INT64_MAX}).as_integer() == INT64_MAX);
  const json_value beyond(std::numeric_limits<std::uint64_t>::max());
  REQUIRE(beyond.as_number() != nullptr);
  CHECK(beyond.as_number()->text() == "18446744073709551615");
  CHECK(parse_json("18446744073709551615") == beyond);
  CHECK(json_value(true).as_bool() != nullptr);
  const char* const none = nullptr;
  CHECK(json_value(none).is_null());
}

#ifdef LATCHKEY_JSON_HAS_DOUBLES
TEST_CASE("a double is the shortest text that reads back as it, as RFC 8785 writes it", "[json]") {
  const std::pair<double, const char*> cases[] = {
      {0.1, "0.1"},
      {1.5, "1.5"},
      {-3.25, "-3.25"},
      {0.0, "0"},
      {-0.0, "0"},
      {3.0, "3"},
      {100.0, "100"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {-1.25e-9, "-1.25e-9"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {333333333.33333329, "333333333.3333333"},
      {9007199254740994.0, "9007199254740994"},
  };
  for (const auto& [number, text] : cases) {
    CHECK(text_of(number) == text);
    CHECK(to_canonical_json_text(number) == text);
    const auto read = parse_json(text);
    REQUIRE(read.has_value());
    CHECK(*read == json_value(number));
  }
  CHECK(*json_value(3.0).as_integer() == 3);
  CHECK(text_of(0.5F) == "0.5");
  CHECK(json_value(std::nan("")).is_null());
  CHECK(json_value(std::numeric_limits<double>::infinity()).is_null());
}
#endif

}  // namespace latchkey
