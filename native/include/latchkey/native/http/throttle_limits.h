// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_HTTP_THROTTLE_LIMITS_H_
#define LATCHKEY_NATIVE_HTTP_THROTTLE_LIMITS_H_

/**
 * How often what can be guessed may be tried (CR-09). A client is an IPv4 address or the /64 of an IPv6 one; an account is
 * a normalised e-mail address, whether anybody has it or not. Every limit is a delay, never a lock. What is over it gets
 * 429 with `Retry-After`.
 *
 * Three limits stand before a sign-in: of the client, of the account for that client, and of the account for everybody. A
 * password that is right gives back what was taken from the last two. One client has less of an account than the account
 * has, so nobody keeps its owner out from one address; after 100 failures in a row from many, everybody waits.
 *
 * Single sign-on has no account before its end, so its two steps are counted by client; a completed sign-in gives both
 * back. What is over the limit of callbacks goes to the login page with the code of the error, as every failure there.
 *
 * A rule is `{milliseconds that one attempt takes to come back, attempts at once}`: `{6'000, 100}` is a hundred at once and
 * ten a minute from then on.
 */

#include "latchkey/throttle.h"

namespace latchkey::native {

struct throttle_limits {
  throttle_rule sign_in_by_client{6'000, 100};
  throttle_rule sign_in_by_account_and_client{15 * 60'000, 10};
  throttle_rule sign_in_by_account{5 * 60'000, 100};
  /**
   * Sign-ins that succeed. Each leaves a session and a record in the audit log, so a right password is no way to fill the
   * store.
   */
  throttle_rule sign_in_success_by_account{60'000, 60};
  throttle_rule sign_up_by_client{60'000, 20};
  throttle_rule reset_request_by_client{60'000, 10};
  throttle_rule reset_request_by_account{10 * 60'000, 3};
  throttle_rule reset_by_client{60'000, 10};
  throttle_rule sso_login_by_client{6'000, 100};
  throttle_rule sso_callback_by_client{6'000, 100};
  /**
   * Of one sign-in, however often it was renewed. The burst is for tabs that wake up together; nobody has a reason to
   * renew every half minute, and each renewal is a member of the family that a sign-out has to end.
   */
  throttle_rule refresh_by_session{30'000, 64};
  /** How often the audit log hears of one key that is over its limit. */
  throttle_rule audit_by_key{60'000, 1};
  /**
   * How often the audit log hears that the guards refused somebody (401, 403, a foreign origin), by person, or by client
   * where nobody is signed in: whoever can send requests could else fill its store. The next event that is recorded says
   * how many were left out.
   */
  throttle_rule audit_of_refusals{10'000, 100};
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_HTTP_THROTTLE_LIMITS_H_
