// SPDX-License-Identifier: Apache-2.0
// `make proof`: the long comparisons of the core, native and WASM, with the readings of this folder. Prints a table;
// exits with 1 at any difference. LATCHKEY_PROOF_SEED repeats a run, LATCHKEY_PROOF_WORKERS sets the threads, and
// arguments choose the lines of the table whose names contain one of them.
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { loadCore } from 'latchkey';
import { COOKIES_PER_CHUNK, judgeNativeCookies, judgeWasmCookies } from './cookie_lines.mjs';
import { PAIRS_PER_CHUNK, allTexts, checkProperties, compareExhaustive, compareRandom } from './permission_pairs.mjs';
import { PATHS_PER_CHUNK, judgePaths } from './return_paths.mjs';

const seed = Number(process.env.LATCHKEY_PROOF_SEED ?? 1) >>> 0;
const small = { parts: ['a', 'b', '*', ''], most: 3 };
const large = { parts: ['a', 'b', 'c', '*', ''], most: 4 };

/** How a worker does a piece of each kind. */
const kinds = {
  exhaustive: (core, piece) => compareExhaustive({ core, ...piece }),
  pairs: (core, piece) => compareRandom({ seed, ...piece }),
  wasmPairs: (core, piece) => compareRandom({ seed, core, ...piece }),
  properties: (core, piece) => checkProperties({ seed, ...piece }),
  paths: (core, piece) => judgePaths(core, { seed, ...piece }),
  cookies: (core, piece) => judgeNativeCookies({ seed, ...piece }),
  wasmCookies: (core, piece) => judgeWasmCookies(core, { seed, ...piece }),
};

const everyRow = (set, step) => {
  const pieces = [];
  const count = allTexts(set.parts, set.most).length;
  for (let from = 0; from < count; from += step) pieces.push({ ...set, from, to: Math.min(from + step, count) });
  return pieces;
};

/** Enough chunks for `cases`, `step` of them in a piece. */
function chunked(cases, perChunk, step) {
  const chunks = Math.ceil(cases / perChunk);
  const pieces = [];
  for (let first = 0; first < chunks; first += step) pieces.push({ first, chunks: Math.min(step, chunks - first) });
  return pieces;
}

const three = 'native = WASM = reference';
const table = [
  { name: 'pairs of texts of up to 3 of {a b * ""}', kind: 'exhaustive', pieces: everyRow(small, 84), by: three },
  { name: 'pairs of texts of up to 4 of {a b c * ""}', kind: 'exhaustive', pieces: everyRow(large, 130), by: three },
  { name: 'random pairs', kind: 'pairs', pieces: chunked(1e8, PAIRS_PER_CHUNK, 16), by: 'native = reference' },
  { name: 'random pairs through WASM', kind: 'wasmPairs', pieces: chunked(1e6, PAIRS_PER_CHUNK, 4), by: three },
  // Groups with an invalid grant are left out, so more are drawn.
  { name: 'properties', kind: 'properties', pieces: chunked(1.6e7, PAIRS_PER_CHUNK, 16), by: 'monotone, order, copies' },
  { name: 'return paths', kind: 'paths', pieces: chunked(1e7, PATHS_PER_CHUNK, 16), by: 'WHATWG URL, SO-20' },
  { name: 'cookies', kind: 'cookies', pieces: chunked(1e7, COOKIES_PER_CHUNK, 16), by: 'RFC 6265 reading' },
  {
    name: 'cookies through WASM',
    kind: 'wasmCookies',
    pieces: chunked(2.5e5, COOKIES_PER_CHUNK, 2),
    by: 'RFC 6265 reading',
  },
];

const whole = (number) => number.toLocaleString('en');

/** Gives the pieces of a line to the workers, one at a time. */
function spread(workers, { name, kind, pieces }) {
  const waiting = [...pieces];
  const total = { cases: 0, allowed: 0, differences: 0, first: null };
  const started = Date.now();
  let told = started;
  let done = 0;
  return new Promise((resolve, reject) => {
    const serve = (worker) => {
      if (waiting.length > 0) return worker.postMessage({ kind, piece: waiting.shift() });
      if (done === pieces.length) resolve({ ...total, seconds: (Date.now() - started) / 1000 });
    };
    for (const worker of workers) {
      worker.removeAllListeners('message').removeAllListeners('error');
      worker.on('error', reject);
      worker.on('message', ({ failure, ...found }) => {
        if (failure !== undefined) return reject(new Error(`${name}: ${failure}`));
        done++;
        for (const key of ['cases', 'allowed', 'differences']) total[key] += found[key];
        total.first ??= found.first;
        if (Date.now() - told > 10_000) {
          told = Date.now();
          const percent = Math.floor((100 * done) / pieces.length);
          console.log(`  ${name}: ${percent} %, ${whole(total.cases)} cases, ${total.differences} differences`);
        }
        serve(worker);
      });
      serve(worker);
    }
  });
}

async function main(words) {
  const wanted = table.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const threads = Number(process.env.LATCHKEY_PROOF_WORKERS ?? availableParallelism());
  console.log(`seed ${seed}, ${threads} threads`);
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url)));
  const results = [];
  try {
    for (const line of wanted) {
      const found = await spread(workers, line);
      results.push({ ...line, ...found });
      console.log(`  ${line.name}: done in ${found.seconds.toFixed(0)} s`);
      if (found.first !== null) console.log(`  first: ${found.first}`);
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  const row = (name, by, ...numbers) =>
    console.log(name.padEnd(44) + by.padEnd(28) + numbers.map((text) => text.padStart(13)).join(''));
  row('compared', 'by', 'cases', 'accepted', 'different');
  for (const { name, by, cases, allowed, differences } of results) {
    row(name, by, ...[cases, allowed, differences].map(whole));
  }
  const isProven = results.length > 0 && results.every(({ cases, differences }) => cases > 0 && differences === 0);
  console.log(isProven ? 'no difference' : 'NOT PROVEN');
  process.exitCode = isProven ? 0 : 1;
}

if (isMainThread) {
  await main(process.argv.slice(2));
} else {
  const core = await loadCore();
  parentPort.on('message', ({ kind, piece }) => {
    try {
      parentPort.postMessage(kinds[kind](core, piece));
    } catch (error) {
      parentPort.postMessage({ failure: error.stderr?.toString() || error.stack });
    }
  });
}
