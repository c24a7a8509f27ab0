// SPDX-License-Identifier: Apache-2.0
// The page of log events has every event that the executable logs, and no other.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (name) => readFileSync(new URL(name, root), 'utf8');

test('the page of log events lists what the executable logs', () => {
  const sources = readdirSync(new URL('native/app', root)).filter((name) => name.endsWith('.cpp'));
  const logged = new Set(['notice']);
  for (const name of sources) {
    const calls = read(`native/app/${name}`).matchAll(/(?:log_(?:notice|warning)\(\s*|begin_log_object\("\w+", )"([a-z_]+)"[,)]/g);
    for (const [, event] of calls) logged.add(event);
  }
  const listed = [...read('docs/log-events.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, event]) => event);
  assert.deepEqual([...listed].sort(), [...logged].sort());
  assert.equal(new Set(listed).size, listed.length);
});
