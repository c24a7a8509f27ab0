// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/login_cookies.h"

#include <algorithm>
#include <numeric>

#include "latchkey/base64url.h"
#include "latchkey/native/crypto/hash.h"
#include "latchkey/native/crypto/secret_bytes.h"

namespace latchkey::native {
namespace {

constexpr std::size_t name_digest_bytes = 9;

/** A name that two logins of one browser don't share, and that tells nothing of the state. */
result<std::string> suffix_of(const login_transaction& login) {
  const auto digest = sha256(as_bytes(login.state));
  if (!digest) return tl::unexpected<error>(digest.error());
  return to_base64url(std::span(*digest).first(name_digest_bytes));
}

}  // namespace

login_cookies::login_cookies(session_cookie_settings settings, std::shared_ptr<const key_ring> keys)
    : settings_(std::move(settings)),
      // Without a Domain even where the session has one: the callback comes to this host.
      prefix_(session_cookie_name(settings_.base_name + "_login_", settings_.secure, false)),
      sealer_(std::move(keys)) {}

cookie_attributes login_cookies::attributes() const {
  cookie_attributes made;
  made.secure = settings_.secure;
  return made;
}

carried_logins login_cookies::find(const http_request& request, std::int64_t now_ms) const {
  carried_logins found;
  const auto pairs = parse_cookies(request.header("Cookie"));
  if (!pairs) return found;
  for (const auto& [name, value] : *pairs) {
    if (!name.starts_with(prefix_)) continue;
    const auto text = sealer_.open_payload(value, login_purpose, name);
    auto login = text ? parse_login_json(*text) : result<login_transaction>(fail(errc::session_invalid, ""));
    if (login && is_alive(*login, now_ms)) {
      found.logins.push_back(std::move(*login));
      found.names.emplace_back(name);
    } else {
      found.dead_names.emplace_back(name);
    }
  }
  return found;
}

result<std::string> login_cookies::line_for(const login_transaction& login) const {
  auto suffix = suffix_of(login);
  if (!suffix) return suffix;
  const std::string name = prefix_ + *suffix;
  const auto text = to_login_json(login);
  if (!text) return tl::unexpected<error>(text.error());
  const auto sealed = sealer_.seal_payload(*text, login_purpose, name);
  if (!sealed) return tl::unexpected<error>(sealed.error());
  cookie_attributes sent = attributes();
  sent.max_age_seconds = login_transaction_ms / 1000;
  return to_set_cookie(name, *sealed, sent);
}

result<std::vector<std::string>> login_cookies::begin(login_transaction& login, const http_request& request) const {
  auto line = line_for(login);
  if (!line && line.error().code == errc::cookie_too_large) {
    login.return_path.assign(1, '/');
    line = line_for(login);
  }
  if (!line) return fail(std::move(line));
  std::vector<std::string> lines{std::move(*line)};
  carried_logins carried = find(request, login.created_at_ms);
  std::vector<std::size_t> by_age(carried.logins.size());
  std::iota(by_age.begin(), by_age.end(), std::size_t{0});
  std::stable_sort(by_age.begin(), by_age.end(), [&carried](std::size_t a, std::size_t b) {
    return carried.logins[a].created_at_ms < carried.logins[b].created_at_ms;
  });
  for (std::size_t i = 0; by_age.size() - i >= login_transactions_max && i < by_age.size(); ++i) {
    carried.dead_names.push_back(carried.names[by_age[i]]);
  }
  for (const auto& name : carried.dead_names) {
    auto clearing = clear(name);
    if (clearing) lines.push_back(std::move(*clearing));
  }
  return lines;
}

result<std::string> login_cookies::clear(const std::string& name) const {
  return to_clearing_cookie(name, attributes());
}

}  // namespace latchkey::native
