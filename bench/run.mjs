// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { report } from './goals.mjs';
import { median, whyNot } from './harness.mjs';
import { format } from './table.mjs';

const help = `Measures Latchkey beside its peers and its limits, and says which goals are met.

  node bench/run.mjs [--long]         run everything, print the table, write bench/results.json
  node bench/run.mjs --results FILE   print the table of an earlier run
  node bench/run.mjs --help

--long   also measures what needs seconds for one call: casbin and cedar-wasm with 100,000 grants
LATCHKEY_BENCH_SECONDS   how long each HTTP route is loaded, three times (2)

\`make bench\` builds what this needs and installs the peers into bench/peers/node_modules. A peer that is absent is
said so in its row. Times are processor time unless a row says otherwise; figures of one run compare, those of two runs
don't. A missed goal is no failure: the exit status is 0.
`;

const { values: options } = parseArgs({
  options: { help: { type: 'boolean' }, long: { type: 'boolean' }, results: { type: 'string' } },
});
const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const binary = (name) => join(root, 'build/native/bin', name);
/** What servers set; some libraries do less then. */
const production = { ...process.env, NODE_ENV: 'production' };
const seconds = Number(process.env.LATCHKEY_BENCH_SECONDS ?? 2);

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

/** User and system time of a process, from /proc (100 ticks a second on Linux). */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A server that says on its first line where it listens, and that ends with its standard input. */
async function startServer(command, args) {
  const child = spawn(command, args, { cwd: root, env: production, stdio: ['pipe', 'pipe', 'ignore'] });
  let output = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    if ((output += chunk).includes('\n')) break;
  }
  child.stdout.resume();
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { pid: child.pid, stop, ...JSON.parse(output || '{"skipped":"did not start"}') };
}

async function load({ pid, port, cookie }, path) {
  const before = processorSeconds(pid);
  const header = cookie ? ['-H', `Cookie: ${cookie}`] : [];
  const address = `http://127.0.0.1:${port}${path}`;
  const { stdout } = await execute('wrk', ['-t1', '-c32', `-d${seconds}s`, ...header, address]);
  if (/Non-2xx/.test(stdout)) throw new Error(`${path} answered with errors:\n${stdout}`);
  const requests = Number(stdout.match(/(\d+) requests in/)[1]);
  const rate = Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]);
  return { rate, processorNs: ((processorSeconds(pid) - before) / requests) * 1e9 };
}

/** Requests and processor time: our route, the trivial one beside it and others' servers, in turns. */
async function serverRates() {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const servers = [];
  try {
    const ours = await startServer(binary('latchkey_bench_server'), [data]);
    servers.push(ours);
    const routes = { trivial: [ours, '/trivial'], me: [ours, '/api/auth/me'] };
    const rates = {};
    for (const name of ['hono', 'better-auth']) {
      const peer = await startServer(process.execPath, [join(root, 'bench/peers/http_server.mjs'), name]);
      servers.push(peer);
      if (peer.skipped) rates[name] = { skipped: peer.skipped };
      else routes[name] = [peer, peer.path];
    }
    const rounds = Object.fromEntries(Object.keys(routes).map((name) => [name, []]));
    for (let round = 0; round < 3; round++) {
      for (const [name, [server, path]] of Object.entries(routes).filter(([one]) => !rates[one])) {
        try {
          rounds[name].push(await load(server, path));
        } catch (error) {
          if (server === ours) throw error;
          rates[name] = { skipped: whyNot(error) };
        }
      }
    }
    const middle = (list, key) => median(list.map((one) => one[key]));
    for (const [name, list] of Object.entries(rounds)) {
      rates[name] ??= { rate: middle(list, 'rate'), processorNs: middle(list, 'processorNs') };
    }
    return rates;
  } finally {
    for (const server of servers) await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
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
    core: inDist('latchkey.wasm'),
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
  const folder = join(root, 'bench/peers');
  const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const manifestOf = (name) => `node_modules/${name}/package.json`;
  const names = Object.keys(read('package.json').dependencies);
  const installed = names.filter((name) => existsSync(join(folder, manifestOf(name))));
  return Object.fromEntries(installed.map((name) => [name, read(manifestOf(name)).version]));
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
    sizes,
    firstDecision: () => measured('peers/first_decision.mjs'),
  };
  const results = {};
  for (const [name, step] of Object.entries(steps)) {
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
  const made = report(await machine(), await measureAll());
  process.stdout.write(`\n${format(made)}`);
  writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(made, null, 2)}\n`);
}
