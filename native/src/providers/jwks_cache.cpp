// SPDX-License-Identifier: Apache-2.0
#include "providers/jwks_cache.h"

#include <exception>

#include "latchkey/native/waiting.h"

namespace latchkey::native {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds fresh_for = std::chrono::minutes(10);
constexpr milliseconds usable_for = std::chrono::hours(1);
constexpr milliseconds look_again_after = std::chrono::minutes(1);
constexpr milliseconds retry_without_keys_after = std::chrono::seconds(5);
constexpr milliseconds fetch_timeout = std::chrono::seconds(5);
// A flood of unknown keys must not tie up every worker while one of them fetches.
constexpr milliseconds patience = std::chrono::seconds(1);

}  // namespace

jwks_cache::jwks_cache(std::string url, std::vector<jws_algorithm> listed, http_client http,
                       std::function<milliseconds()> monotonic_clock)
    : url_(std::move(url)), listed_(std::move(listed)), http_(std::move(http)), clock_(std::move(monotonic_clock)) {}

jwks_cache::snapshot jwks_cache::look() {
  const milliseconds now = clock_();
  const std::lock_guard lock(state_);
  snapshot seen{keys_, now - fetched_at_, now >= next_try_, now >= next_look_};
  if (seen.keys && seen.age >= usable_for) seen.keys = nullptr;
  return seen;
}

result<key_list> jwks_cache::keys() {
  snapshot seen = look();
  if (seen.keys && seen.age < fresh_for) return seen.keys;
  if (auto allowed = may_wait(); !allowed) return fail(std::move(allowed));
  if (seen.keys) {
    const std::unique_lock fetching(fetching_, std::try_to_lock);
    if (!fetching.owns_lock() || !look().may_try) return seen.keys;
    const auto fetched = fetch();
    return fetched ? *fetched : seen.keys;
  }
  const std::unique_lock fetching(fetching_, fetch_timeout);
  seen = look();
  if (seen.keys) return seen.keys;
  if (!fetching.owns_lock() || !seen.may_try) {
    return fail(errc::unavailable, "The issuer's keys could not be fetched a moment ago.");
  }
  return fetch();
}

key_list jwks_cache::keys_after(const key_list& known) {
  if (!may_wait()) return known;
  const std::unique_lock fetching(fetching_, patience);
  const snapshot seen = look();
  if (!fetching.owns_lock() || (seen.keys && seen.keys != known)) return seen.keys ? seen.keys : known;
  if (!seen.may_look_again) return known;
  {
    const std::lock_guard lock(state_);
    next_look_ = clock_() + look_again_after;
  }
  const auto fetched = fetch();
  return fetched ? *fetched : known;
}

result<key_list> jwks_cache::fetch() {
  {
    const std::lock_guard lock(state_);
    const bool has_keys = keys_ && clock_() - fetched_at_ < usable_for;
    next_try_ = clock_() + (has_keys ? look_again_after : retry_without_keys_after);
  }
  auto downloaded = download();
  if (!downloaded) return fail(errc::unavailable, "The issuer's keys can't be fetched: " + downloaded.error().message);
  auto fetched = std::make_shared<const std::vector<verification_key>>(std::move(*downloaded));
  const std::lock_guard lock(state_);
  keys_ = fetched;
  fetched_at_ = clock_();
  return fetched;
}

result<std::vector<verification_key>> jwks_cache::download() const {
  http_client_request request;
  request.url = url_;
  request.headers = {{"Accept", "application/json"}};
  request.limits.total_timeout = fetch_timeout;
  request.limits.max_response_bytes = jwk_set_max_bytes;
  try {
    const auto response = http_(request);
    if (!response) return tl::unexpected<error>(response.error());
    if (response->status != 200) {
      return fail(errc::response_invalid, "The issuer answered with status " + std::to_string(response->status) + ".");
    }
    return parse_jwk_set(response->body, listed_);
  } catch (const std::exception& thrown) {
    return fail(errc::network, std::string("The HTTP client threw: ") + thrown.what());
  }
}

}  // namespace latchkey::native
