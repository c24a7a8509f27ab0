// SPDX-License-Identifier: Apache-2.0
/**
 * The table of calls.def for programs: what is bound, what is exported, and the texts that are made from it.
 *   node bindings/calls.mjs --write    writes the README's tables and the types of the module anew
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const place = (name) => new URL(name, import.meta.url);
const read = (name) => readFileSync(place(name), 'utf8');

/** A column with words: a string of C++, raw or not. */
const words = String.raw`(?:R"\((.*?)\)"|"([^"]*)")`;
const callRow = new RegExp(String.raw`^LATCHKEY_CALL\((\w+), (\w+), (\w+),\s+${words},\s+${words}\)$`, 'gm');
const exportRow = new RegExp(String.raw`^LATCHKEY_EXPORT\((\w+), (\w+), ${words},\s+${words}\)$`, 'gm');

function rowsOf(text, pattern, macro, make) {
  const rows = [...text.matchAll(pattern)].map(make);
  const expected = text.match(new RegExp(`^${macro}\\(`, 'gm'))?.length;
  if (!rows.length || rows.length !== expected) throw new Error(`calls.def has lines of ${macro} that cannot be read`);
  return rows;
}

const table = read('calls.def');

/** What Embind binds, in order. @type {{answer: 'tagged' | 'text' | 'number', name: string, argument: string, value: string}[]} */
export const calls = rowsOf(table, callRow, 'LATCHKEY_CALL', ([, answer, name, , rawArgument, argument, rawValue, value]) => ({
  answer, name, argument: rawArgument ?? argument, value: rawValue ?? value,
}));

/** The plain exports. @type {{name: string, exported: string, parameters: string, answer: string}[]} */
export const plainExports = rowsOf(table, exportRow, 'LATCHKEY_EXPORT', ([, name, callee, , parameters, , answer]) => ({
  name, exported: `_latchkey_${callee}`, parameters, answer,
}));

const byAnswer = (/** @type {string} */ answer) => calls.filter((call) => call.answer === answer);

function callTable() {
  const lines = calls.map(({ answer, name, argument, value }) =>
    `| \`${name}\` | ${argument} | ${answer} | ${value} |`);
  return ['| name | argument | answer | value |', '|---|---|---|---|', ...lines].join('\n');
}

function exportTable() {
  const lines = plainExports.map(({ exported, parameters, answer }) => `| \`${exported}(${parameters})\` | ${answer} |`);
  return ['| name | answer |', '|---|---|', ...lines].join('\n');
}

function types() {
  const union = (/** @type {string} */ answer) => byAnswer(answer).map(({ name }) => `    | '${name}'`).join('\n');
  const numbers = (/** @type {string} */ list) => list.split(', ').filter(Boolean).map((name) => `${name}: number`).join(', ');
  const members = plainExports.map(({ exported, parameters }) => `    ${exported}(${numbers(parameters)}): number;`);
  return `  export type TaggedCall =
${union('tagged')};

  export type TextCall =
${union('text')};

  export type NumberCall =
${union('number')};

  export interface PlainExports {
${members.join('\n')}
  }`;
}

/** The texts that are made, by file: what stands there between the lines that say so. */
export const made = {
  'README.md': [['cold calls', callTable()], ['plain exports', exportTable()]],
  '../js/src/latchkey-core.d.ts': [['types', types()]],
};

/** A file with its made parts as they should be. @param {keyof typeof made} name */
export function asItShouldBe(name) {
  let text = read(name);
  for (const [part, content] of made[name]) {
    const between = new RegExp(`(^.*made from calls\\.def: ${part}.*\\n)[^]*?(^.*end of what is made)`, 'm');
    if (!between.test(text)) throw new Error(`${name} has no place for the ${part}`);
    text = text.replace(between, (_, begin, end) => `${begin}${content}\n${end}`);
  }
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write')) {
  for (const name of Object.keys(made)) writeFileSync(place(name), asItShouldBe(name));
}
