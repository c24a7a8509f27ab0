// SPDX-License-Identifier: Apache-2.0
// The cost of a check through the public JS API by the number of grants, beside one look-up in a Set; and of a question
// that was never asked before, beside the bare export of the core and one text through Embind. Prints JSON.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadCore } from 'latchkey';
import { flat, makeGrants, makeQuestions, printJson, takeTurns } from './harness.mjs';

const root = new URL('..', import.meta.url);
const counts = [5, 8, 100, 10_000, 100_000];
const core = await loadCore();

let asked = 0;
/** Texts that nobody has seen: nothing remembers an answer to them, and not even their hashes are known. */
const freshTexts = (calls) =>
  flat(Array.from({ length: calls }, () => `namespace-${asked % 1000}:read:item-${asked++}`));

function warm(count) {
  const grants = makeGrants(count);
  const questions = makeQuestions(grants);
  const granted = core.permissions(grants);
  const set = new Set(grants);
  return [
    { name: `check/${count}`, expect: 1, make: () => (calls) => {
      let yes = 0;
      for (let i = 0; i < calls; i++) if (granted.covers(questions[i & 63])) yes++;
      return yes;
    } },
    { name: `set/${count}`, expect: 1, make: () => (calls) => {
      let yes = 0;
      for (let i = 0; i < calls; i++) if (set.has(questions[i & 63])) yes++;
      return yes;
    } },
  ];
}

/** A loop of its own for each way to ask, over fresh texts. */
const askingFresh = (loop) => {
  let texts = [];
  return Object.assign((calls) => loop(texts, calls), { before: (calls) => void (texts = freshTexts(calls)) });
};

function firstTime(count) {
  const granted = core.permissions(makeGrants(count));
  return { name: `first/${count}`, make: () => askingFresh((texts, calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (granted.covers(texts[i])) yes++;
    return yes;
  }) };
}

const inBuild = (name) => fileURLToPath(new URL(`build/wasm/bin/${name}`, root));

/** The core without the package around it: its exports, and the id of a set that it has compiled. */
async function bareCore(grants) {
  const imports = { env: { latchkey_number: () => NaN } };
  const { instance } = await WebAssembly.instantiate(readFileSync(inBuild('latchkey-core.wasm')), imports);
  const core = instance.exports;
  core._initialize();
  const bytes = new TextEncoder().encode(JSON.stringify({ grants }));
  const from = core.argument(bytes.length);
  new Uint8Array(core.memory.buffer).set(bytes, from);
  const size = core.compilePermissions();
  const answer = new TextDecoder().decode(new Uint8Array(core.memory.buffer, core.answer(), size));
  return { core, set: JSON.parse(answer).value };
}

/** The limit: the core's export over its scratch buffer, nothing remembered and nothing checked around it. */
const bareExport = { name: 'bare export', expect: 2, make: async () => {
  const { core, set } = await bareCore(makeGrants(5000));
  const { covers } = core;
  const scratch = new Uint8Array(core.memory.buffer, core.scratch(), 512);
  return askingFresh((texts, calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) {
      const text = texts[i];
      for (let at = 0; at < text.length; at++) scratch[at] = text.charCodeAt(at);
      if (covers(set, text.length) & 1) yes++;
    }
    return yes;
  });
} };

/** The other way in: one text as an argument of Embind, without any work behind it. */
const embindText = { name: 'Embind text', expect: 2, make: async () => {
  const { default: createModule } = await import(pathToFileURL(inBuild('latchkey_bench_floor.js')));
  const module = await createModule({ wasmBinary: readFileSync(inBuild('latchkey_bench_floor.wasm')) });
  return askingFresh((texts, calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (module.hasText(texts[i])) yes++;
    return yes;
  });
} };

const warmTimes = await takeTurns(counts.flatMap(warm), { rounds: 15 });
const firstTimes = await takeTurns([...counts.map(firstTime), bareExport, embindText]);
printJson({ ...warmTimes, ...firstTimes });
