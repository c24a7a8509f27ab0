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

/** A module of Emscripten's, instantiated as the package does it, and its memory. */
async function openModule(name) {
  const { default: createModule } = await import(pathToFileURL(inBuild(`${name}.js`)));
  const compiled = new WebAssembly.Module(readFileSync(inBuild(`${name}.wasm`)));
  let memory;
  const module = await createModule({
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(compiled, imports);
      memory = Object.values(instance.exports).find((item) => item instanceof WebAssembly.Memory);
      receive(instance);
      return instance.exports;
    },
  });
  return { module, memory };
}

/** The limit: the core's export over its scratch buffer, nothing remembered and nothing checked around it. */
const bareExport = { name: 'bare export', expect: 2, make: async () => {
  const { module, memory } = await openModule('latchkey-core');
  const set = module.compileGrants(makeGrants(5000).join('\n'));
  const scratch = new Uint8Array(memory.buffer, module._latchkey_scratch(), 512);
  module._latchkey_covers(set, 0); // from the second call on it is the export itself
  const { _latchkey_covers: covers } = module;
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
