// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/session_provider.h"

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

tl::unexpected<error> keeps_no_list() {
  return fail(errc::not_configured, "This session provider keeps no list of sessions.");
}

}  // namespace

result<std::string> session_handle(std::string_view session_id) {
  auto digest = sha256(as_bytes(session_id));
  if (!digest) return fail(std::move(digest));
  return to_base64url(*digest);
}

result<std::optional<ended_session>> session_provider::end_session(std::string_view cookie_value) {
  auto opened = open_session(cookie_value);
  if (!opened) return fail(std::move(opened));
  if (!*opened) return std::optional<ended_session>();
  if (auto revoked = revoke_session((*opened)->session); !revoked) return fail(std::move(revoked));
  return ended_session{std::move((*opened)->session)};
}

result<std::vector<listed_session>> session_provider::list_sessions(std::string_view, const latchkey::session*) {
  return keeps_no_list();
}

result<bool> session_provider::revoke_listed_session(std::string_view, std::string_view) { return keeps_no_list(); }

result<std::int64_t> session_provider::revoke_other_sessions(const latchkey::session&) { return keeps_no_list(); }

}  // namespace latchkey::native
