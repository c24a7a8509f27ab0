// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_COOKIE_SESSION_PROVIDER_H_
#define LATCHKEY_NATIVE_SESSIONS_COOKIE_SESSION_PROVIDER_H_

/**
 * Sessions that live in a sealed cookie (`session_sealer.h`). Opening one costs a decryption and a few look-ups in memory,
 * and for most of those that came lately the look-ups alone; only signing in and out, ending a user's sessions and renewing
 * write to the revocation store.
 *
 * After a renewal the old cookie still opens for 10 s, because requests that were under way carry it, and renewing it
 * gives the session that it was renewed into. Later it opens nothing, and renewing it ends the whole family.
 */

#include <memory>
#include <string>

#include "latchkey/native/clock.h"
#include "latchkey/native/sessions/revocation_store.h"
#include "latchkey/native/sessions/session_provider.h"
#include "latchkey/native/sessions/session_sealer.h"

namespace latchkey::native {

struct cookie_session_options {
  /**
   * Required: the name as the browser knows it, prefix included (`session_cookie_settings::name()`), because it is part of
   * what the seal authenticates.
   */
  std::string cookie_name;
  session_lifetimes lifetimes = {};
  clock_function clock = system_clock_ms;
};

class opened_tokens;

class cookie_session_provider final : public session_provider {
 public:
  /** `configuration_invalid` for a missing part, an empty name or lifetimes that are not positive. */
  [[nodiscard]] static result<std::shared_ptr<cookie_session_provider>> make(std::shared_ptr<const key_ring> keys,
                                                                             std::shared_ptr<revocation_store> store,
                                                                             cookie_session_options options);
  ~cookie_session_provider() override;

  [[nodiscard]] result<std::int64_t> begin_sign_in() override;
  [[nodiscard]] result<issued_session> create_session(std::string_view user_id, const session_origin& origin) override;
  [[nodiscard]] result<std::optional<opened_session>> open_session(std::string_view cookie_value) override;
  [[nodiscard]] result<void> revoke_session(const latchkey::session& session) override;
  [[nodiscard]] result<std::optional<ended_session>> end_session(std::string_view cookie_value) override;
  [[nodiscard]] result<refreshed_session> refresh_session(std::string_view cookie_value) override;
  [[nodiscard]] result<void> revoke_user_sessions(std::string_view user_id) override;
  [[nodiscard]] std::int64_t max_age_seconds(const latchkey::session& session) const override;
  [[nodiscard]] result<std::vector<listed_session>> list_sessions(std::string_view user_id,
                                                                  const latchkey::session* current) override;
  [[nodiscard]] result<bool> revoke_listed_session(std::string_view user_id, std::string_view handle) override;
  [[nodiscard]] result<std::int64_t> revoke_other_sessions(const latchkey::session& current) override;
  [[nodiscard]] std::string_view cookie_name() const noexcept override { return options_.cookie_name; }

 private:
  cookie_session_provider(std::shared_ptr<const key_ring> keys, std::shared_ptr<revocation_store> store,
                          cookie_session_options options);
  /** What a cookie holds when its seal is right. */
  [[nodiscard]] std::optional<latchkey::session> open_seal(std::string_view cookie_value) const;
  /** The same when its times are right as well; revocation is still to be asked for. */
  [[nodiscard]] std::optional<latchkey::session> unseal(std::string_view cookie_value, std::int64_t now_ms) const;
  [[nodiscard]] result<issued_session> issue(latchkey::session session) const;

  std::shared_ptr<const key_ring> keys_;
  session_sealer sealer_;
  std::unique_ptr<opened_tokens> opened_;
  std::shared_ptr<revocation_store> store_;
  cookie_session_options options_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_COOKIE_SESSION_PROVIDER_H_
