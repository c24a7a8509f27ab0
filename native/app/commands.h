// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_COMMANDS_H_
#define LATCHKEY_NATIVE_APP_COMMANDS_H_

/** The commands of the executable. Each adds itself to the command line and says what to run when it was chosen. */

#include <CLI/App.hpp>
#include <functional>

namespace latchkey::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/** What the chosen command does; its exit status. */
using action = std::function<int()>;

void add_serve_command(CLI::App& root, action& chosen);
void add_user_command(CLI::App& root, action& chosen);
void add_key_command(CLI::App& root, action& chosen);
void add_license_command(CLI::App& root, action& chosen);
void add_doctor_command(CLI::App& root, action& chosen);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_COMMANDS_H_
