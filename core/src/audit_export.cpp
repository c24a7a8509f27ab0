// SPDX-License-Identifier: Apache-2.0
#include "latchkey/audit_export.h"

#include <array>

namespace latchkey {
namespace {

struct format_facts {
  std::string_view name;
  std::string_view media_type;
};

constexpr std::array<format_facts, 3> formats{format_facts{"json", "application/json; charset=utf-8"},
                                              format_facts{"csv", "text/csv; charset=utf-8; header=present"},
                                              format_facts{"ndjson", "application/x-ndjson; charset=utf-8"}};

const format_facts& facts_of(audit_export_format format) noexcept { return formats[static_cast<std::size_t>(format)]; }

}  // namespace

std::string_view to_string(audit_export_format format) noexcept { return facts_of(format).name; }

std::optional<audit_export_format> to_audit_export_format(std::string_view text) noexcept {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (formats[i].name == text) return static_cast<audit_export_format>(i);
  }
  return std::nullopt;
}

std::string_view media_type_of(audit_export_format format) noexcept { return facts_of(format).media_type; }

void audit_export_writer::begin(std::string& out) {
  if (has_begun_) return;
  has_begun_ = true;
  if (format_ == audit_export_format::json) out += '[';
  if (format_ == audit_export_format::csv) out += audit_csv_header;
}

void audit_export_writer::write(const audit_event& event, std::string& out) {
  begin(out);
  if (format_ == audit_export_format::csv) {
    out += to_csv_line(event);
  } else if (format_ == audit_export_format::ndjson) {
    out += to_ndjson_line(event);
  } else {
    // An event a line, so that the document can be read and compared line by line as well.
    std::string line = to_ndjson_line(event);
    line.pop_back();
    out += has_event_ ? ",\n" : "\n";
    out += line;
  }
  has_event_ = true;
}

void audit_export_writer::finish(std::string& out) {
  begin(out);
  if (format_ == audit_export_format::json) out += has_event_ ? "\n]\n" : "]\n";
}

}  // namespace latchkey
