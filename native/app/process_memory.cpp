// SPDX-License-Identifier: Apache-2.0
#include "process_memory.h"

#include <sys/resource.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LATCHKEY_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define LATCHKEY_ADDRESS_SANITIZER
#endif

namespace latchkey::app {

void keep_memory_private() noexcept {
#ifndef LATCHKEY_ADDRESS_SANITIZER
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  // A handler that the kernel pipes dumps into is not bound by the limit.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
#endif
}

}  // namespace latchkey::app
