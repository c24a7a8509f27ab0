// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { report } from './goals.mjs';
import { idleConnections, serverRates } from './servers.mjs';
import { format } from './table.mjs';

const help = `Measures Latchkey beside its peers and its limits, and says which goals are met.

  node bench/run.mjs [--long]         run everything, print the table, write bench/results.json
  node bench/run.mjs --only STEPS     run these steps, print their rows: native,js,permissions,sessions,cookies,server,
                                      idle,sizes,firstDecision; results.json stays as it is
  node bench/run.mjs --results FILE   print the table of an earlier run
  node bench/run.mjs --help

--long   also measures what needs seconds for one call: casbin and cedar-wasm with 100,000 grants
LATCHKEY_BENCH_SECONDS   how long each HTTP route is loaded in one turn; there are three (2)

\`make bench\` builds what this needs and installs the peers into bench/peers/node_modules and
bench/peers/mastra/node_modules. A peer that is absent is said so in its row. Times are processor time unless a row
says otherwise; figures of one run compare, those of two runs don't. A missed goal is no failure: the exit status is 0.
`;

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean' }, long: { type: 'boolean' }, only: { type: 'string' }, results: { type: 'string' },
  },
});
const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const binary = (name) => join(root, 'build/native/bin', name);
/** What servers set; some libraries do less then. */
const production = { ...process.env, NODE_ENV: 'production' };

/** Medians of google-benchmark, in nanoseconds of processor time; in turns, so that a busy minute hits all alike. */
async function nativeTimes() {
  const { stdout } = await execute(binary('latchkey_bench'), [
    '--benchmark_format=json', '--benchmark_repetitions=7', '--benchmark_min_time=0.03',
    '--benchmark_enable_random_interleaving=true', '--benchmark_report_aggregates_only=true',
  ], { maxBuffer: 1 << 24 });
  const medians = JSON.parse(stdout).benchmarks.filter((one) => one.aggregate_name === 'median');
  return Object.fromEntries(medians.map((one) => [one.run_name, one.cpu_time]));
}

/** What a program of this folder prints. */
async function measured(program, ...args) {
  const command = [join(root, 'bench', program), ...args];
  const { stdout } = await execute(process.execPath, command, { cwd: root, env: production, maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

/** A file and what it imports statically: what a page loads before the first line runs. */
function eagerFiles(folder, name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(folder, name), 'utf8');
  for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) eagerFiles(folder, next, found);
  return found;
}

async function sizes() {
  const { transform } = await import('esbuild');
  const dist = join(root, 'js/dist');
  const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const inDist = (name) => gzipped(readFileSync(join(dist, name)));
  const floor = join(root, 'build/wasm/bin/latchkey_bench_floor');
  const minified = { minify: true, format: 'esm', target: 'es2022' };
  const { code } = await transform(readFileSync(`${floor}.js`, 'utf8'), minified);
  return {
    core: inDist('latchkey.wasm') + inDist('core-boundary.js'),
    eager: [...eagerFiles(dist, 'index.js')].reduce((sum, name) => sum + inDist(name), 0),
    floor: gzipped(readFileSync(`${floor}.wasm`)) + gzipped(code),
    peers: await measured('peers/sizes.mjs'),
  };
}

/** The compiler that CMake found for a preset. */
function compilerOf(preset) {
  const files = join(root, 'build', preset, 'CMakeFiles');
  const version = readdirSync(files).find((name) => existsSync(join(files, name, 'CMakeCXXCompiler.cmake')));
  const text = readFileSync(join(files, version, 'CMakeCXXCompiler.cmake'), 'utf8');
  const read = (name) => text.match(new RegExp(`set\\(${name} "([^"]+)"\\)`))?.[1] ?? 'unknown';
  return `${read('CMAKE_CXX_COMPILER_ID')} ${read('CMAKE_CXX_COMPILER_VERSION')}`;
}

function installedPeers() {
  const versionsIn = (folder) => {
    const read = (path) => JSON.parse(readFileSync(join(root, 'bench', folder, path), 'utf8'));
    const manifestOf = (name) => `node_modules/${name}/package.json`;
    const names = Object.keys(read('package.json').dependencies);
    const installed = names.filter((name) => existsSync(join(root, 'bench', folder, manifestOf(name))));
    return Object.fromEntries(installed.map((name) => [name, read(manifestOf(name)).version]));
  };
  return { ...versionsIn('peers/mastra'), ...versionsIn('peers') };
}

async function machine() {
  const versionOf = ({ stdout }) => stdout.match(/\d+\.\d+\.\d+/)?.[0];
  const emscripten = await execute('emcc', ['--version']).then(versionOf, () => undefined);
  return {
    processor: cpus()[0].model,
    processors: cpus().length,
    node: process.versions.node,
    compiler: compilerOf('native'),
    emscripten: emscripten ?? 'unknown',
    peers: installedPeers(),
  };
}

async function measureAll() {
  const steps = {
    native: nativeTimes,
    js: () => measured('js_bench.mjs'),
    permissions: async () => {
      const few = await measured('peers/permissions.mjs', '8');
      return { 8: few, 100_000: await measured('peers/permissions.mjs', '100000', ...(options.long ? ['long'] : [])) };
    },
    sessions: () => measured('peers/sessions.mjs'),
    cookies: () => measured('peers/cookies.mjs'),
    server: serverRates,
    idle: idleConnections,
    sizes,
    firstDecision: () => measured('peers/first_decision.mjs'),
  };
  const wanted = options.only?.split(',') ?? Object.keys(steps);
  const unknown = wanted.find((name) => !steps[name]);
  if (unknown !== undefined) throw new Error(`no step is called ${unknown}; see --help`);
  const results = {};
  for (const [name, step] of Object.entries(steps).filter(([one]) => wanted.includes(one))) {
    const started = Date.now();
    results[name] = await step();
    console.error(`measured ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  }
  return results;
}

if (options.help) {
  process.stdout.write(help);
} else if (options.results) {
  process.stdout.write(format(JSON.parse(readFileSync(options.results, 'utf8'))));
} else {
  const figures = await measureAll();
  const made = report(await machine(), figures);
  process.stdout.write(`\n${format(made)}`);
  // Some rows are no replacement for all of them, and rows of two runs don't compare.
  if (!options.only) writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(made, null, 2)}\n`);
}
