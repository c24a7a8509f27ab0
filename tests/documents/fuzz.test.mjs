// SPDX-License-Identifier: Apache-2.0
// Every parser of core has a fuzz target that reaches it, and every target has seeds to begin with.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = (name) => new URL(`../../${name}/`, import.meta.url);
const textsOf = (name, ending) =>
  readdirSync(folder(name)).filter((file) => file.endsWith(ending)).map((file) => readFileSync(new URL(file, folder(name)), 'utf8'));

/** Those that no target calls by name, and the function of core that calls them with what a target gives. */
const calledBy = {
  parse_cookie_date: 'parse_set_cookie',
  parse_action_pattern: 'to_audit_filter',
  parse_audit_time: 'to_audit_filter',
};

const words = (text) => new Set(text.match(/\w+/g));

test('[NS-02] every parser of core is reached by a fuzz target', () => {
  const parsers = [...words(textsOf('core/include/latchkey', '.h').join('\n'))].filter((name) => /^parse_\w+$/.test(name));
  assert.ok(parsers.length >= 12, parsers.join());
  const fuzzed = words(textsOf('tests/fuzz', '_fuzz.cpp').join('\n'));
  const sources = textsOf('core/src', '.cpp').map(words);
  for (const name of [...parsers, 'from_base64url', 'safe_return_path', 'find_cookies', 'find_cookie']) {
    const caller = calledBy[name] ?? name;
    assert.ok(fuzzed.has(caller), `no target in tests/fuzz calls ${caller}`);
    assert.ok(sources.some((source) => source.has(caller) && source.has(name)), `${caller} does not call ${name}`);
  }
});

test('[NS-02] every fuzz target is built, and has seeds or vectors that become some', () => {
  const targets = readdirSync(folder('tests/fuzz')).map((file) => /^(\w+)_fuzz\.cpp$/.exec(file)?.[1]).filter(Boolean);
  const built = readFileSync(new URL('CMakeLists.txt', folder('tests/fuzz')), 'utf8').match(/^ {2}\w+(?=:\d+)/gm).map((name) => name.trim());
  assert.deepEqual(built.toSorted(), targets.toSorted());
  const made = words(readFileSync(new URL('fuzz-seeds.mjs', folder('scripts')), 'utf8'));
  const kept = readdirSync(folder('tests/fuzz/seeds'));
  for (const name of targets) assert.ok(made.has(name) || kept.includes(name), `${name} begins with nothing`);
});
