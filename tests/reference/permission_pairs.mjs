// SPDX-License-Identifier: Apache-2.0
// Pairs of grants and required permissions, the reference's answers to them, and the comparison with those of the core:
// native (latchkey_permission_pairs) and WASM (through the public API).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runNative, wordsFile } from './native.mjs';
import { covers, expand, grantCovers, isPermission, parse, partsCover } from './permissions.mjs';
import { Sequence } from './sequence.mjs';

export const GROUPS_PER_CHUNK = 4096;
export const REQUIRED_PER_GROUP = 16;
export const PAIRS_PER_CHUNK = GROUPS_PER_CHUNK * REQUIRED_PER_GROUP;

const { words, strange } = JSON.parse(readFileSync(wordsFile, 'utf8'));
const PART_COUNTS = [1, 2, 2, 2, 3, 3, 3, 4];
const PROGRAM = 'latchkey_permission_pairs';

/** Every text of one to `most` of these parts, joined by colons. */
export function allTexts(parts, most) {
  let last = parts;
  const all = [...last];
  for (let i = 1; i < most; i++) {
    last = last.flatMap((head) => parts.map((part) => `${head}:${part}`));
    all.push(...last);
  }
  return all;
}

// A text is drawn as a number, four digits of base 128 that are places in this list: what is parsed once needs no string.
const PARTS = ['*', ...words, ...strange];
assert.ok(PARTS.length < 128);

function textOf(code) {
  let text = PARTS[(code & 127) - 1];
  for (let rest = code >>> 7; rest > 0; rest >>>= 7) text += `:${PARTS[(rest & 127) - 1]}`;
  return text;
}

/**
 * Grants, aliases and the texts asked of them. The names are few, so that many match; strange parts are rare, so that
 * most grants are valid; one group in sixteen uses all names, so that tables of many rows are searched.
 */
export function drawGroup(random) {
  const names = [random.pick(words.length), random.pick(words.length), random.pick(words.length)];
  const wide = random.once(16);
  const odd = random.once(4);
  const part = (strangeOnceIn) => {
    if (strangeOnceIn > 0 && random.once(strangeOnceIn)) return 1 + words.length + random.pick(strange.length);
    const choice = random.pick(4);
    if (choice === 3) return 0;
    return 1 + (wide ? random.pick(words.length) : names[choice]);
  };
  const text = (strangeOnceIn) => {
    const parts = random.of(PART_COUNTS);
    let code = 0;
    for (let i = 0; i < parts; i++) code |= (part(strangeOnceIn) + 1) << (7 * i);
    return code;
  };
  const list = (length, strangeOnceIn) => {
    const codes = [];
    for (let i = 0; i < length; i++) codes.push(text(strangeOnceIn));
    return codes;
  };

  const many = random.once(64);
  const count = random.once(2) ? 1 : 1 + random.pick(8);
  const grants = list(many ? 60 : count, odd ? 24 : 0);
  let aliases = null;
  if (random.once(4)) {
    // Entries, because a name may be `__proto__`.
    const entries = [[names[0], [names[1], names[2]]]];
    if (random.once(4) && names[1] !== names[0]) entries.push([names[1], [names[2]]]);
    aliases = Object.fromEntries(entries.map(([name, targets]) => [words[name], targets.map((target) => words[target])]));
  }
  const required = list(REQUIRED_PER_GROUP, odd ? 8 : 32);
  text(0); // the further grant of the properties, which are checked natively
  return { grants, aliases, required };
}

/** The texts of a group. */
const spell = ({ grants, aliases, required }) => ({
  grants: grants.map(textOf),
  aliases: aliases ?? {},
  required: required.map(textOf),
});

/** Parsing depends on nothing but the text, so it is done once for each, known by its number or by itself. */
const parsed = new Map();
function parseOnce(text) {
  let parts = parsed.get(text);
  if (parts === undefined) {
    if (parsed.size > 1_000_000) parsed.clear();
    parsed.set(text, (parts = parse(typeof text === 'number' ? textOf(text) : text)));
  }
  return parts;
}

/**
 * What the reference looks at in a pair: how many parts either has, which are `*`, and which are equal. It compares parts
 * with `*` and with their counterparts and with nothing else, so pairs that agree in this have the same answer.
 */
function patternOf(grant, required) {
  let key = grant.length * 4 + required.length;
  for (let i = 0; i < 3; i++) {
    key = key * 8 + (grant[i] === '*' ? 1 : 0) + (required[i] === '*' ? 2 : 0) + (grant[i] === required[i] ? 4 : 0);
  }
  return key;
}

const answers = [];
function partsCoverOnce(grant, required) {
  const key = patternOf(grant, required);
  return (answers[key] ??= partsCover(grant, required));
}

/**
 * The reference's answers to a group: whether its grants are valid, and a bit for each required text. When asked to, it
 * also reads the group `literally`, without any of the short cuts above, and that must come out alike.
 */
function referenceAnswers(group, literally) {
  const { grants, aliases, required } = group;
  const valid = grants.every((grant) => parseOnce(grant) !== null);
  let bits = 0;
  if (valid) {
    const expanded = (aliases ? grants.flatMap((grant) => expand(textOf(grant), aliases)) : grants).map(parseOnce);
    for (let i = 0; i < required.length; i++) {
      const asked = parseOnce(required[i]);
      if (asked !== null && expanded.some((grant) => partsCoverOnce(grant, asked))) bits |= 1 << i;
    }
  }
  if (literally) {
    const spelled = spell(group);
    assert.equal(spelled.grants.every(isPermission), valid);
    const literal = spelled.required.map((text) => valid && covers(spelled.grants, text, { aliases: spelled.aliases }));
    assert.equal(literal.reduce((sum, answer, i) => sum | (answer ? 1 << i : 0), 0), bits, 'a short cut misleads');
  }
  return { valid, bits };
}

/** The core's answers, asked as a user of the package asks. */
export function wasmAnswers(core, group) {
  const { grants, aliases, required } = spell(group);
  let set;
  try {
    set = core.permissions(grants, { aliases });
  } catch (error) {
    assert.equal(error.code, 'ERR_LATCHKEY_GRANT_INVALID');
    return { valid: false, bits: 0 };
  }
  let bits = 0;
  for (let i = 0; i < required.length; i++) if (set.covers(required[i])) bits |= 1 << i;
  set.dispose();
  return { valid: true, bits };
}

function describe(group, wrong, right, who) {
  const different = wrong.bits ^ right.bits;
  const index = different === 0 ? 0 : 31 - Math.clz32(different & -different);
  const { grants, aliases, required } = spell(group);
  const pair = JSON.stringify({ grants, aliases, required: required[index] });
  return `${who} answers ${said(wrong, index)}, the reference ${said(right, index)}: ${pair}`;
}
const said = ({ valid, bits }, index) => (valid ? ((bits >> index) & 1 ? 'yes' : 'no') : 'that a grant is invalid');

const countBits = (bits) => {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
};

/**
 * Compares chunks of the random sequence: native with the reference, and WASM too when there is a `core`.
 * @returns {{cases: number, allowed: number, differences: number, first: string | null}}
 */
export function compareRandom({ seed, first, chunks, core = null, literallyOnceIn = 64 }) {
  const native = runNative(PROGRAM, 'random', wordsFile, seed, first, chunks);
  assert.equal(native.length, chunks * GROUPS_PER_CHUNK * 3);
  const found = { cases: chunks * PAIRS_PER_CHUNK, allowed: 0, differences: 0, first: null };
  let at = 0;
  for (let chunk = first; chunk < first + chunks; chunk++) {
    const random = new Sequence(seed, chunk);
    for (let i = 0; i < GROUPS_PER_CHUNK; i++, at += 3) {
      const group = drawGroup(random);
      const right = referenceAnswers(group, i % literallyOnceIn === 0);
      found.allowed += countBits(right.bits);
      const given = { native: { valid: native[at] === 1, bits: native[at + 1] | (native[at + 2] << 8) } };
      if (core) given.WASM = wasmAnswers(core, group);
      for (const [who, answer] of Object.entries(given)) {
        if (answer.valid === right.valid && answer.bits === right.bits) continue;
        found.differences += Math.max(1, countBits(answer.bits ^ right.bits));
        found.first ??= describe(group, answer, right, who);
      }
    }
  }
  return found;
}

/** Compares every pair of all texts of one to `most` parts: native = WASM = reference, read literally. */
export function compareExhaustive({ parts, most, core, from = 0, to = Infinity }) {
  const all = allTexts(parts, most);
  const rowBytes = 1 + Math.ceil(all.length / 8);
  const native = runNative(PROGRAM, 'exhaustive', most, ...parts);
  assert.equal(native.length, rowBytes * all.length);
  const found = { cases: 0, allowed: 0, differences: 0, first: null };
  const differ = (who, pair) => {
    found.differences++;
    found.first ??= `${who} differs from the reference: ${pair}`;
  };
  for (let i = from; i < Math.min(to, all.length); i++) {
    const grant = all[i];
    const row = native.subarray(i * rowBytes, (i + 1) * rowBytes);
    const valid = isPermission(grant);
    if ((row[0] === 1) !== valid) differ('native', `the grant ${JSON.stringify(grant)}`);
    const set = compileOrNull(core, grant);
    if ((set !== null) !== valid) differ('WASM', `the grant ${JSON.stringify(grant)}`);
    for (let j = 0; j < all.length; j++) {
      const right = grantCovers(grant, all[j]);
      found.cases++;
      if (right) found.allowed++;
      if (((row[1 + (j >> 3)] >> (j & 7)) & 1) !== (right ? 1 : 0)) differ('native', JSON.stringify([grant, all[j]]));
      if ((set !== null && set.covers(all[j])) !== right) differ('WASM', JSON.stringify([grant, all[j]]));
    }
    set?.dispose();
  }
  return found;
}

function compileOrNull(core, grant) {
  try {
    return core.permissions([grant]);
  } catch (error) {
    assert.equal(error.code, 'ERR_LATCHKEY_GRANT_INVALID');
    return null;
  }
}

/** What must hold between answers, checked natively: the program stops at the first case where it doesn't. */
export function checkProperties({ seed, first, chunks }) {
  const { cases, allowed } = JSON.parse(runNative(PROGRAM, 'properties', wordsFile, seed, first, chunks).toString());
  return { cases, allowed, differences: 0, first: null };
}
