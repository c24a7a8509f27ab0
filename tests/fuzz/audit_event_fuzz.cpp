// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/audit_chain.h"
#include "latchkey/json_mapping.h"

namespace {

using namespace latchkey;

// A reader of RFC 4180 for one line.
std::vector<std::string> read_csv_line(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i + 2 < line.size(); ++i) {
    const char c = line[i];
    if (is_quoted && c == '"' && line[i + 1] == '"') {
      fields.back() += c;
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  fuzz::require(!is_quoted && line.ends_with("\r\n"), "a line of CSV closes its quotes and ends with CRLF");
  return fields;
}

void check_csv(const audit_event& event) {
  const auto fields = read_csv_line(to_csv_line(event));
  fuzz::require(fields.size() == 10, "a line of CSV has ten fields");
  for (const std::string& field : fields) {
    fuzz::require(field.empty() || std::string_view("=+-@\t\r").find(field[0]) == std::string_view::npos,
                  "no field of CSV begins like a formula");
  }
  const std::string& email = event.actor.email;
  fuzz::require(fields[4] == email || fields[4] == "'" + email, "a field of CSV comes back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = parse_json(fuzz::to_text(data, size));
  if (!value) return 0;
  const auto event = to_audit_event(*value);
  if (!event) {
    fuzz::require(event.error().code == errc::json_shape, "what is no event has the wrong shape");
    return 0;
  }
  const auto back = to_audit_event(to_json(*event));
  fuzz::require(back && *back == *event, "an event survives its JSON");
  const std::string canonical = to_canonical_bytes(*event);
  const auto parsed = parse_json(canonical);
  fuzz::require(parsed && to_canonical_json_text(*parsed) == canonical, "canonical bytes are canonical");
  const auto again = parsed ? to_audit_event(*parsed) : *event;
  fuzz::require(again && to_canonical_bytes(*again) == canonical, "canonical bytes tell the whole event");
  fuzz::require(to_leaf_bytes(*event) == std::string(1, '\0') + canonical, "a leaf is a zero and the canonical bytes");

  const std::string line = to_console_line(*event);
  fuzz::require(std::none_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }),
                "a line of the console holds no control character");
  const std::string ndjson = to_ndjson_line(*event);
  fuzz::require(ndjson.find('\n') == ndjson.size() - 1, "a line of NDJSON is one line");
  check_csv(*event);
  return 0;
}
