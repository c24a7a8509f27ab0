// SPDX-License-Identifier: Apache-2.0
/** Finding one cookie, which has a way of its own into the core, beside reading all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from 'latchkey';

const core = await loadCore();

/** What reading all of them says. */
function slowly(header, name) {
  try {
    return core.parseCookies(header).find(([one]) => one === name)?.[1] ?? null;
  } catch {
    return null;
  }
}

test('finds what reading all of them finds, in whatever header', () => {
  // A small language whose sentences are headers, most of them odd; the same ones each time.
  const words = ['a', 'a', 'session', 'session', '=', '=', '=', '=', ';', '; ', '; ', ' ', '\t', '\0', '\x7f', '"', '%41', 'é', '€', '😀', ',', 'x'.repeat(40)];
  let state = 1;
  const next = (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
  let found = 0;
  for (let round = 0; round < 20_000; round++) {
    let header = '';
    for (let length = next(14); length > 0; length--) header += words[next(words.length)];
    const name = next(5) ? words[next(4)] : words[next(words.length)];
    const value = core.cookie(header, name);
    assert.equal(value, slowly(header, name), JSON.stringify({ header, name }));
    if (value !== null) found++;
  }
  assert.ok(found > 300, `${found} found`);
});

test('finds a cookie up to the end of the longest header, in bytes, and in none that is longer', () => {
  const limit = 16 * 1024;
  for (const filler of ['x', 'é', '€', '😀']) {
    const size = Buffer.byteLength(filler);
    const before = (bytes) => 'x'.repeat(bytes % size) + filler.repeat(Math.floor(bytes / size));
    const longest = `${before(limit - 5)};a=12`;
    assert.equal(Buffer.byteLength(longest), limit);
    assert.equal(core.cookie(longest, 'a'), '12', filler);
    assert.equal(core.cookie(`${longest}3`, 'a'), null, filler);
    for (const begin of ['a=1;', 'a=12;']) assert.equal(core.cookie(begin + filler.repeat(limit), 'a'), null, filler);
    assert.equal(core.cookie('a=12', filler.repeat(limit)), null, filler);
  }
});

test('takes no cookie for another after a longer header or name', () => {
  assert.equal(core.cookie('first=1; session=long-value', 'session'), 'long-value');
  assert.equal(core.cookie('s=', 'session'), null);
  assert.equal(core.cookie('', 'session'), null);
  assert.equal(core.cookie('session=2', 'session'), '2');
  assert.equal(core.cookie('s=3', 's'), '3');
});

test('refuses texts with a lone surrogate, which would swallow its neighbour', () => {
  const refused = { code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };
  assert.throws(() => core.cookie('a=\ud800; b=1', 'b'), refused);
  assert.throws(() => core.cookie('a=1', '\udc00'), refused);
});

test('still finds cookies when the memory of the core has grown in between', () => {
  assert.equal(core.cookie('a=1', 'a'), '1');
  const sets = Array.from({ length: 40 }, (_, set) =>
    core.permissions(Array.from({ length: 2000 }, (_, index) => `namespace-${set}-${index}:read`)));
  assert.equal(core.cookie('a=1; b=2', 'b'), '2');
  for (const set of sets) set.dispose();
});
