// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_SRC_PROVIDER_FACTS_H_
#define LATCHKEY_NATIVE_SRC_PROVIDER_FACTS_H_

#include "latchkey/native/provider.h"

namespace latchkey::native {

/** `facts_of` without single sign-on, whose button a server asks for in a way of its own because it may throw. */
[[nodiscard]] provider_facts facts_besides_sso(const auth_provider& provider);

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_SRC_PROVIDER_FACTS_H_
