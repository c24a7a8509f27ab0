// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_PROCESS_MEMORY_H_
#define LATCHKEY_NATIVE_APP_PROCESS_MEMORY_H_

/** What of this process's memory others may see: it holds the sealing secrets, and passwords while they are hashed. */

namespace latchkey::app {

/**
 * No core dump, and neither memory nor environment for other processes of the same user; a debugger has to be root's.
 * Builds with AddressSanitizer stay as they are, because its search for leaks looks in from another process.
 */
void keep_memory_private() noexcept;

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_PROCESS_MEMORY_H_
