// SPDX-License-Identifier: Apache-2.0
// What the WebAssembly module exports; README.md beside this file is the table.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <array>

#include "boundary.h"
#include "latchkey/permission.h"

namespace {

// Longer than any valid permission: 64 + 1 + 64 + 1 + 256 bytes.
std::array<char, 512> scratch;
static_assert(scratch.size() > 2 * (latchkey::permission_max_word_bytes + 1) + latchkey::permission_max_resource_bytes);

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE char* latchkey_scratch() { return scratch.data(); }

EMSCRIPTEN_KEEPALIVE int latchkey_covers(int set, int length) {
  if (length < 0 || static_cast<std::size_t>(length) > scratch.size()) return 0;
  return latchkey::boundary::covers(set, {scratch.data(), static_cast<std::size_t>(length)}) ? 1 : 0;
}

EMSCRIPTEN_KEEPALIVE void latchkey_release(int set) { latchkey::boundary::release(set); }

EMSCRIPTEN_KEEPALIVE int latchkey_live() { return static_cast<int>(latchkey::boundary::live()); }

}  // extern "C"

EMSCRIPTEN_BINDINGS(latchkey) {
  using emscripten::function;
  function("compilePermissions", &latchkey::boundary::compile_permissions);
  function("explain", &latchkey::boundary::explain);
  function("rolePermissions", &latchkey::boundary::role_permissions);
  function("routePermission", &latchkey::boundary::route_permission);
  function("license", &latchkey::boundary::license);
  function("licenseSignature", &latchkey::boundary::license_signature);
  function("capabilities", &latchkey::boundary::capabilities);
  function("parseCookies", &latchkey::boundary::parse_cookies);
  function("cookie", &latchkey::boundary::cookie);
  function("setCookie", &latchkey::boundary::set_cookie);
  function("parseSessionToken", &latchkey::boundary::parse_session_token);
  function("safeReturnPath", &latchkey::boundary::safe_return_path);
  function("jarCreate", &latchkey::boundary::jar_create);
  function("jarStore", &latchkey::boundary::jar_store);
  function("jarHeader", &latchkey::boundary::jar_header);
  function("jarRelease", &latchkey::boundary::jar_release);
  function("auditMatches", &latchkey::boundary::audit_matches);
  function("auditCsv", &latchkey::boundary::audit_csv);
  function("auditLine", &latchkey::boundary::audit_line);
  function("auditLeaf", &latchkey::boundary::audit_leaf);
}
