// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_REDIS_REDIS_URL_H_
#define LATCHKEY_NATIVE_SRC_REDIS_REDIS_URL_H_

#include <string>
#include <string_view>

#include "latchkey/result.h"

namespace latchkey::native {

/** Where a Redis is and how it is entered. */
struct redis_address {
  std::string host;
  int port = 6379;
  int database = 0;
  std::string user;
  std::string password;
};

/** Reads `redis://[[user]:password@]host[:port][/database]`. `configuration_invalid`, without the password, otherwise. */
[[nodiscard]] result<redis_address> parse_redis_url(std::string_view url);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_REDIS_REDIS_URL_H_
