// SPDX-License-Identifier: Apache-2.0
// Runs every benchmark and prints ours beside the limit of the same run; writes bench/results.json. The machine may be
// busy: medians, and ratios rather than figures.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const binary = (name) => join(root, 'build/native/bin', name);
const seconds = Number(process.env.LATCHKEY_BENCH_SECONDS ?? 3);

/** Medians of google-benchmark, in nanoseconds of processor time. */
async function nativeTimes() {
  const { stdout } = await run(binary('latchkey_bench'), ['--benchmark_format=json', '--benchmark_repetitions=7',
    `--benchmark_min_time=${seconds / 30}`, '--benchmark_report_aggregates_only=true'], { maxBuffer: 1 << 24 });
  const medians = JSON.parse(stdout).benchmarks.filter((one) => one.aggregate_name === 'median');
  return Object.fromEntries(medians.map((one) => [one.run_name, one.cpu_time]));
}

async function jsTimes() {
  const { stdout } = await run('node', [join(root, 'bench/js_bench.mjs')], { cwd: root });
  return JSON.parse(stdout);
}

/** Requests a second, the 99th percentile, and the server's processor time a request, in turns with the trivial route. */
async function serverRates() {
  const data = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const server = spawn(binary('latchkey_bench_server'), [data], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    let output = '';
    for await (const chunk of server.stdout) if ((output += chunk).includes('\n')) break;
    const { port, cookie } = JSON.parse(output);
    const rates = { me: [], trivial: [] };
    const cpu = { me: [], trivial: [] };
    for (let round = 0; round < 3; round++) {
      for (const [name, path] of [['trivial', '/trivial'], ['me', '/api/auth/me']]) {
        const before = processorSeconds(server.pid);
        const { stdout } = await run('wrk', ['-t1', '-c32', `-d${seconds}s`, '-H', `Cookie: ${cookie}`,
          `http://127.0.0.1:${port}${path}`]);
        const requests = Number(stdout.match(/(\d+) requests in/)[1]);
        if (/Non-2xx/.test(stdout)) throw new Error(`${path} answered with errors:\n${stdout}`);
        rates[name].push(Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]));
        cpu[name].push(((processorSeconds(server.pid) - before) / requests) * 1e6);
      }
    }
    const middle = (list) => list.sort((a, b) => a - b)[1];
    return { me: middle(rates.me), trivial: middle(rates.trivial), meCpu: middle(cpu.me), trivialCpu: middle(cpu.trivial) };
  } finally {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(data, { recursive: true, force: true });
  }
}

/** User and system time of a process, from /proc (100 ticks a second on Linux). */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function sizes() {
  const dist = join(root, 'js/dist');
  const gzipped = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
  const files = readdirSync(dist);
  const glue = files.filter((name) => /^core-.*\.js$/.test(name));
  if (glue.length !== 1) throw new Error(`expected one glue file in js/dist, found ${glue.join(', ') || 'none'}`);
  return { core: gzipped('latchkey.wasm') + gzipped(glue[0]) };
}

const show = (value) => (value >= 10_000 ? Math.round(value).toLocaleString('en') : value >= 100 ? value.toFixed(0) : value.toFixed(1));

function print(rows) {
  const table = [['job', 'ours', 'limit', 'ours / limit', 'goal', ''],
    ...rows.map((row) => [row.job, `${show(row.ours)} ${row.unit}`, row.limit === undefined ? '' : `${show(row.limit)} ${row.unit} (${row.limitName})`,
      row.limit === undefined ? '' : (row.ours / row.limit).toFixed(2), row.goal, row.met ? 'met' : 'MISSED'])];
  const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  for (const cells of table) console.log(cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
}

console.log(`measuring on ${cpus().length} processors (${cpus()[0].model}); about ${Math.round(seconds * 10)} s`);
const native = await nativeTimes();
const js = await jsTimes();
const server = await serverRates();
const size = sizes();
const rows = [];
const add = (job, unit, ours, limit, limitName, goal, met) => rows.push({ job, unit, ours, limit, limitName, goal, met });
for (const count of [8, 100_000]) {
  const ours = native[`check/${count}`];
  const limit = native[`set_lookup/${count}`];
  add(`check, native, ${count} grants`, 'ns', ours, limit, 'one hash set look-up', '<= 3x the limit', ours <= 3 * limit);
}
for (const count of [8, 100_000]) {
  add(`check, JS, warm, ${count} grants`, 'ns', js[`check/${count}`], js[`set/${count}`], 'Set.has', '<= 60 ns', js[`check/${count}`] <= 60);
  add(`check, JS, first time, ${count} grants`, 'ns', js[`first/${count}`], undefined, '', '<= 300 ns', js[`first/${count}`] <= 300);
}
add('seal a session', 'ns', native.seal, native.cipher, 'cipher alone', '<= 5,000 ns', native.seal <= 5000);
add('open a session', 'ns', native.open, native.cipher, 'cipher alone', '<= 2,500 ns', native.open <= 2500);
add('find a cookie among 20', 'ns', native.cookie_find, native.cookie_scan, 'scan for the text', '<= 250 ns', native.cookie_find <= 250);
add('find a cookie, 8 KB hostile header', 'ns', native.cookie_hostile, undefined, '', '<= 25,000 ns', native.cookie_hostile <= 25_000);
add('GET /api/auth/me', 'requests/s', server.me, server.trivial, 'trivial route', '>= 0.6x the limit', server.me >= 0.6 * server.trivial);
add('GET /api/auth/me, processor time', 'us', server.meCpu, server.trivialCpu, 'trivial route', '<= 25 us', server.meCpu <= 25);
add('wasm and glue, gzipped', 'bytes', size.core, undefined, '', '<= 61,440 bytes', size.core <= 61_440);
add('load to first decision, Node', 'ns', js['first decision'], undefined, '', '<= 12,000,000 ns', js['first decision'] <= 12e6);
print(rows);
writeFileSync(join(root, 'bench/results.json'), JSON.stringify({ rows }, null, 2) + '\n');
