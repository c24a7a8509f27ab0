// SPDX-License-Identifier: Apache-2.0
// Core against the readings of this folder, another seed each day.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from 'latchkey';
import { COOKIES_PER_CHUNK, judgeNativeCookies, judgeWasmCookies } from './cookie_lines.mjs';
import { PAIRS_PER_CHUNK, checkProperties, compareExhaustive, compareRandom } from './permission_pairs.mjs';
import { PATHS_PER_CHUNK, judgePaths } from './return_paths.mjs';

const seed = Number(process.env.LATCHKEY_PROOF_SEED ?? Math.floor(Date.now() / 86_400_000)) >>> 0;
console.log(`seed ${seed}; LATCHKEY_PROOF_SEED=${seed} repeats it`);
const chunksFor = (cases, perChunk) => ({ seed, first: 0, chunks: Math.ceil(cases / perChunk) });

let core;
before(async () => (core = await loadCore()));

/** Nothing differs, and neither yes nor no is the answer to everything. */
function assertProven({ cases, allowed, differences, first }, atLeast) {
  assert.equal(first, null);
  assert.equal(differences, 0);
  assert.ok(cases >= atLeast, `${cases} cases`);
  assert.ok(allowed > cases / 1000 && allowed < cases * 0.99, `${allowed} of ${cases} accepted`);
}

for (const { parts, most, pairs } of [
  { parts: ['a', 'b', '*', ''], most: 3, pairs: 7_056 },
  { parts: ['a', 'b', 'c', '*', ''], most: 4, pairs: 608_400 },
]) {
  test(`[RB-01] native = WASM = reference on all ${pairs} pairs of texts of up to ${most} parts`, () => {
    const found = compareExhaustive({ parts, most, core });
    assertProven(found, pairs);
    assert.equal(found.cases, pairs);
  });
}

test('[RB-01] native = reference on a million random pairs of grants and permissions', () => {
  assertProven(compareRandom(chunksFor(1e6, PAIRS_PER_CHUNK)), 1e6);
});

test('[RB-01] native = WASM = reference on a hundred thousand of them', () => {
  assertProven(compareRandom({ ...chunksFor(1e5, PAIRS_PER_CHUNK), core, literallyOnceIn: 8 }), 1e5);
});

test('[RB-14] no further grant, no order and no repetition takes an answer away', () => {
  assertProven(checkProperties(chunksFor(1.6e5, PAIRS_PER_CHUNK)), 1e5);
});

test('[SO-20] no return path of a hundred thousand leaves the origin', () => {
  assertProven(judgePaths(core, chunksFor(1e5, PATHS_PER_CHUNK)), 1e5);
});

test('[CK-10] no cookie of a hundred thousand says more than it was given, native', () => {
  assertProven(judgeNativeCookies(chunksFor(1e5, COOKIES_PER_CHUNK)), 1e5);
});

test('[CK-10] nor does a cookie of sixteen thousand through WASM', () => {
  assertProven(judgeWasmCookies(core, chunksFor(1.6e4, COOKIES_PER_CHUNK)), 1.6e4);
});
