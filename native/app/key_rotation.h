// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_KEY_ROTATION_H_
#define LATCHKEY_NATIVE_APP_KEY_ROTATION_H_

/**
 * How a file of secrets changes. With one node a fresh secret goes in front at once. With several it is staged first, so
 * that every node can open its sessions before one of them seals any, and then promoted.
 */

#include <string>

#include "settings.h"

namespace latchkey::app {

struct key_rotation {
  std::string file;
  /** How many older secrets stay. */
  std::size_t kept = 2;
  bool is_staged = false;
  /** Whether secrets are dropped whose sessions may still live. */
  bool is_forced = false;
  /** The mark of the secret that is to seal; empty for a fresh one. */
  std::string promoted;
};

/** Writes the file, puts the change on record where there is a store, and tells what is to be done next. */
[[nodiscard]] int rotate_key(const key_rotation& wanted, const settings& all);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_KEY_ROTATION_H_
