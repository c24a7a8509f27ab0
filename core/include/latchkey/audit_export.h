// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_AUDIT_EXPORT_H_
#define LATCHKEY_AUDIT_EXPORT_H_

/**
 * Audit events as one document, written event by event, so that a log of any size needs the memory of one event: a JSON
 * array, CSV with its header, or a line of JSON an event.
 */

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "latchkey/audit.h"

namespace latchkey {

/** How events are exported (documented: AuditExportFormat). */
enum class audit_export_format : std::uint8_t { json, csv, ndjson };

/** `json`, `csv`, `ndjson`; also the ending of a file's name. They live as long as the program. */
[[nodiscard]] std::string_view to_string(audit_export_format format) noexcept;
/** The reverse; nothing for any other text. */
[[nodiscard]] std::optional<audit_export_format> to_audit_export_format(std::string_view text) noexcept;
/** `application/json; charset=utf-8` and so on, for a Content-Type. */
[[nodiscard]] std::string_view media_type_of(audit_export_format format) noexcept;

/**
 * Writes one document. The texts of `write` in their order and that of `finish` are the whole of it; no event at all gives
 * `[]`, the header line, or nothing.
 */
class audit_export_writer {
 public:
  explicit audit_export_writer(audit_export_format format) noexcept : format_(format) {}

  /** Appends the next event, and before the first one what the document begins with. */
  void write(const audit_event& event, std::string& out);
  /** Appends what the document ends with. Once only, and last. */
  void finish(std::string& out);

 private:
  void begin(std::string& out);

  audit_export_format format_;
  bool has_begun_ = false;
  bool has_event_ = false;
};

}  // namespace latchkey

#endif  // LATCHKEY_AUDIT_EXPORT_H_
