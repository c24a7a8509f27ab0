// SPDX-License-Identifier: Apache-2.0
// The native programs of this folder, and the answers that they write.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const programs = process.env.LATCHKEY_BIN_DIR ?? fileURLToPath(new URL('../../build/native/bin', import.meta.url));

/** What a program writes; its exit code, when not 0, is an exception that carries what it says. */
export function runNative(name, ...args) {
  return execFileSync(`${programs}/${name}`, args.map(String), { maxBuffer: 2 ** 31 - 1, stdio: ['ignore', 'pipe', 'pipe'] });
}

export const wordsFile = fileURLToPath(new URL('permission_words.json', import.meta.url));
