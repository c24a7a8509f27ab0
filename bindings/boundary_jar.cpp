// SPDX-License-Identifier: Apache-2.0
#include "answer.h"
#include "boundary.h"
#include "latchkey/cookie_jar.h"

namespace latchkey::boundary {
namespace {

kept_values<cookie_jar>& jars() {
  static kept_values<cookie_jar> all;
  return all;
}

/** What each call on a jar brings: the jar, the request's address and the time. */
struct jar_call {
  cookie_jar* jar = nullptr;
  std::string host;
  std::string path;
  bool secure = false;
  std::int64_t now_ms = 0;

  [[nodiscard]] cookie_origin origin() const noexcept { return {host, path, secure}; }
};

result<jar_call> read_call(const json_value& arguments) {
  jar_call call;
  const auto id = integer_of(arguments, "jar");
  call.jar = id ? jars().find(*id) : nullptr;
  if (call.jar == nullptr) return fail(errc::disposed, "This cookie jar has been disposed of.", "jar");
  for (const auto& [key, text] : {std::pair{"host", &call.host}, {"path", &call.path}}) {
    auto read = text_of(arguments, key);
    if (!read) return fail(std::move(read));
    *text = std::move(*read);
  }
  call.secure = arguments.is_true("secure");
  const auto now = integer_of(arguments, "nowMs");
  if (!now) return tl::unexpected<error>(now.error());
  call.now_ms = *now;
  return call;
}

}  // namespace

std::string jar_create(const std::string&) { return success(jars().keep(cookie_jar())); }

std::string jar_store(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    const auto call = read_call(arguments);
    if (!call) return tl::unexpected<error>(call.error());
    auto line = text_of(arguments, "line");
    if (!line) return fail(std::move(line));
    return json_value(call->jar->store(*line, call->origin(), call->now_ms));
  });
}

std::string jar_header(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    const auto call = read_call(arguments);
    if (!call) return tl::unexpected<error>(call.error());
    return json_value(call->jar->header(call->origin(), call->now_ms));
  });
}

std::string jar_release(const std::string& json) {
  return with_arguments(json, [](const json_value& arguments) -> result<json_value> {
    const auto id = integer_of(arguments, "jar");
    if (id) jars().release(*id);
    return json_value();
  });
}

}  // namespace latchkey::boundary
