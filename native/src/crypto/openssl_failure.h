// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_CRYPTO_OPENSSL_FAILURE_H_
#define LATCHKEY_NATIVE_CRYPTO_OPENSSL_FAILURE_H_

/** What every call into OpenSSL does when it fails: empty the thread's error queue and say so in our own words. */

#include <openssl/err.h>

#include <string>

#include "latchkey/result.h"

namespace latchkey::native {

/** `crypto_failed` with this sentence. The queue is cleared: a stale entry would confuse whoever looks at it next. */
[[nodiscard]] inline tl::unexpected<error> openssl_failure(std::string message) {
  ERR_clear_error();
  return fail(errc::crypto_failed, std::move(message));
}

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_CRYPTO_OPENSSL_FAILURE_H_
