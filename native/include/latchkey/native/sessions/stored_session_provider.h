// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SESSIONS_STORED_SESSION_PROVIDER_H_
#define LATCHKEY_NATIVE_SESSIONS_STORED_SESSION_PROVIDER_H_

/**
 * Sessions that live in a store; the cookie holds nothing but an id of 160 random bits. Renewal is as with sealed cookies:
 * one atomic step, ten seconds of grace for the old id, and the end of the family for whoever comes with it later.
 */

#include <memory>
#include <string>

#include "latchkey/native/clock.h"
#include "latchkey/native/sessions/session_provider.h"
#include "latchkey/native/sessions/session_store.h"

namespace latchkey::native {

struct stored_session_options {
  session_lifetimes lifetimes = {};
  clock_function clock = system_clock_ms;
};

/** May be used by several threads at once, when its store may. */
class stored_session_provider final : public session_provider {
 public:
  /** `configuration_invalid` for a missing part or lifetimes that are not positive. */
  [[nodiscard]] static result<std::shared_ptr<stored_session_provider>> make(std::shared_ptr<session_store> store,
                                                                             stored_session_options options);

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
  /** How many live sessions there are (Mastra: getSessionCount); `not_configured` where the store does not count them. */
  [[nodiscard]] result<std::size_t> session_count();
  /** Ends all sessions of everybody (Mastra: clearAllSessions); `not_configured` as above. */
  [[nodiscard]] result<void> clear_sessions();

 private:
  stored_session_provider(std::shared_ptr<session_store> store, stored_session_options options);
  [[nodiscard]] result<std::optional<found_session>> find(std::string_view cookie_value, std::int64_t now_ms);

  std::shared_ptr<session_store> store_;
  stored_session_options options_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SESSIONS_STORED_SESSION_PROVIDER_H_
