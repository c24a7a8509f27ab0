// SPDX-License-Identifier: Apache-2.0
// What the WebAssembly module exports; README.md beside this file is the table.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "asked_before.h"
#include "boundary.h"
#include "latchkey/permission.h"

// By attribute, so that a name stands in one place and stays as it is; the linker keeps what carries it.
#define LATCHKEY_EXPORT(name) __attribute__((export_name(#name)))

namespace {

// Longer than any valid permission: 64 + 1 + 64 + 1 + 256 bytes.
std::array<char, 512> scratch;
static_assert(scratch.size() > 2 * (latchkey::permission_max_word_bytes + 1) + latchkey::permission_max_resource_bytes);

latchkey::boundary::asked_before questions;

// One call at a time: JS fills the argument, makes the call and takes the answer before anything else happens.
std::string argument_text;
std::string answer_text;

std::size_t call(std::string (*function)(const std::string&)) {
  answer_text = function(argument_text);
  std::string().swap(argument_text);  // it may have been megabytes of grants
  return answer_text.size();
}

}  // namespace

extern "C" {

LATCHKEY_EXPORT(scratch) char* latchkey_scratch() { return scratch.data(); }

LATCHKEY_EXPORT(covers) int latchkey_covers(int set, int length) {
  if (length < 0 || static_cast<std::size_t>(length) > scratch.size()) return 0;
  const std::string_view required(scratch.data(), static_cast<std::size_t>(length));
  return (latchkey::boundary::covers(set, required) ? 1 : 0) | (questions.note(set, required) ? 2 : 0);
}

LATCHKEY_EXPORT(compileGrants) int latchkey_compile_grants() {
  const int set = latchkey::boundary::compile_grants(argument_text);
  std::string().swap(argument_text);
  return set;
}

LATCHKEY_EXPORT(release) void latchkey_release(int set) { latchkey::boundary::release(set); }

LATCHKEY_EXPORT(live) int latchkey_live() { return static_cast<int>(latchkey::boundary::live()); }

LATCHKEY_EXPORT(argument) char* latchkey_argument(std::size_t size) {
  argument_text.resize(size);
  return argument_text.data();
}

LATCHKEY_EXPORT(answer) const char* latchkey_answer() { return answer_text.data(); }

// NOLINTNEXTLINE(bugprone-macro-parentheses): names, which take none
#define LATCHKEY_COLD_CALL(name, function) \
  LATCHKEY_EXPORT(name) std::size_t latchkey_call_##function() { return call(&latchkey::boundary::function); }

LATCHKEY_COLD_CALL(compilePermissions, compile_permissions)
LATCHKEY_COLD_CALL(explain, explain)
LATCHKEY_COLD_CALL(rolePermissions, role_permissions)
LATCHKEY_COLD_CALL(routePermission, route_permission)
LATCHKEY_COLD_CALL(license, license)
LATCHKEY_COLD_CALL(licenseSignature, license_signature)
LATCHKEY_COLD_CALL(capabilities, capabilities)
LATCHKEY_COLD_CALL(parseCookies, parse_cookies)
LATCHKEY_COLD_CALL(cookie, cookie)
LATCHKEY_COLD_CALL(setCookie, set_cookie)
LATCHKEY_COLD_CALL(parseSessionToken, parse_session_token)
LATCHKEY_COLD_CALL(safeReturnPath, safe_return_path)
LATCHKEY_COLD_CALL(jarCreate, jar_create)
LATCHKEY_COLD_CALL(jarStore, jar_store)
LATCHKEY_COLD_CALL(jarHeader, jar_header)
LATCHKEY_COLD_CALL(jarRelease, jar_release)
LATCHKEY_COLD_CALL(auditMatches, audit_matches)
LATCHKEY_COLD_CALL(auditCsv, audit_csv)
LATCHKEY_COLD_CALL(auditLine, audit_line)
LATCHKEY_COLD_CALL(auditLeaf, audit_leaf)

#undef LATCHKEY_COLD_CALL

}  // extern "C"
