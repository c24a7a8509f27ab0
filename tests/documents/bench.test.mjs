// SPDX-License-Identifier: Apache-2.0
// What the benchmark says about given measurements. Nothing is measured here.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { report, seriesCounts } from '../../bench/goals.mjs';
import { format, show } from '../../bench/table.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'bench/run.mjs');
const run = (...args) => promisify(execFile)(process.execPath, [program, ...args]);
const work = mkdtempSync(join(tmpdir(), 'latchkey-bench-test-'));
after(() => rmSync(work, { recursive: true, force: true }));

const peerFolders = ['bench/peers', 'bench/peers/mastra'];
const dependenciesOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).dependencies;
const dependencies = Object.assign({}, ...peerFolders.map(dependenciesOf));
const machine = { processor: 'a processor', processors: 2, node: '20.0.0', compiler: 'GNU 12', emscripten: '3.1.6', peers: dependencies };

const ns = (names, value) => Object.fromEntries(names.map((name) => [name, { ns: value }]));
const bySize = (prefix, value) => Object.fromEntries(seriesCounts.map((count) => [`${prefix}/${count}`, value]));
const peers = ['CASL', 'better-auth access', 'casbin', 'cedar-wasm'];

/** A machine on which every goal is met. */
function measurements() {
  const shapes = [0, 1].flatMap((shape) => [[`cookie_hostile/${shape}/8192`, 900], [`cookie_hostile/${shape}/16384`, 1800]]);
  const jsBySize = (prefix, value) => Object.fromEntries(Object.entries(bySize(prefix, value)).map(([key, one]) => [key, { ns: one }]));
  const permissions = { latchkey: { ns: 20 }, 'Set.has': { ns: 15 }, ...ns(peers, 300) };
  const cookies = ['cookie', 'cookie-es', 'latchkey, JS'];
  const sealed = ['node:crypto', 'node:crypto, key per token', 'jose', 'iron-session'];
  const server = { rate: 50_000, processorNs: 18_000 };
  const mastra = { rate: 2200, processorNs: 357_000 };
  const idle = { alone: { ...server, resident: 15 << 20 }, beside: { ...server, resident: 40 << 20 }, ratio: 0.97, processorRatio: 1.02 };
  return {
    native: { ...bySize('check', 25), ...bySize('set_lookup', 11), ...bySize('naive_loop', 92), seal: 4000, open: 2000, cipher: 400,
      decipher: 400, cookie_find: 200, cookie_scan: 13, ...Object.fromEntries(shapes) },
    js: { ...jsBySize('check', 20), ...jsBySize('set', 15), ...jsBySize('first', 200), ...ns(['bare export', 'Embind text'], 150) },
    permissions: { 8: permissions, 100_000: { ...permissions, casbin: { skipped: 'skipped for its slowness' } } },
    sessions: { ...ns(sealed.map((name) => `seal/${name}`), 600_000), ...ns(sealed.map((name) => `open/${name}`), 600_000) },
    cookies: { ...ns(cookies.map((name) => `find/${name}`), 4000), ...ns(['half/0/latchkey, JS', 'half/1/latchkey, JS'], 900),
      ...ns(['hostile/1/cookie', 'hostile/1/cookie-es'], 4_900_000), 'hostile/1/latchkey, JS': { ns: 1800 }, ...ns(cookies.map((name) => `hostile/0/${name}`), 1000) },
    server: { me: server, trivial: { rate: 60_000, processorNs: 15_000 }, hono: server, mastra, 'better-auth': { skipped: 'not installed' } },
    idle: { ours: idle, hono: { ...idle, beside: { ...server, resident: 110 << 20 } } },
    sizes: { core: 50_000, eager: 8000, floor: 40_000, peers: Object.fromEntries(peers.map((name) => [name, { bytes: 6000 }])) },
    firstDecision: Object.fromEntries(
      ['latchkey/core', 'latchkey', 'empty module', ...peers].map((name) => [name, { ns: peers.includes(name) ? 12e6 : 9e6, processorNs: 9e6 }]),
    ),
  };
}

const rowOf = (made, id) => made.rows.find((row) => row.id === id);

test('the table of the benchmark fits in 120 columns and holds every row', () => {
  const text = format(report(machine, measurements()));
  for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
  for (const word of ['GET', 'seal', 'hostile', 'cedar-wasm', '100,000', '5,000 idle', 'not measured: elements']) assert.ok(text.includes(word), word);
  assert.match(text, /^\d+ goals met, 0 missed, 0 undecided$/m);
});

test('the table says how fast the machine was beside the one that set the goals', () => {
  const slow = measurements();
  slow.native.decipher = 920;
  slow.firstDecision.CASL = { skipped: 'not installed' };
  const text = format(report(machine, slow)).replace(/\s+/g, ' ');
  assert.match(text, /speed of this run beside the one that set the goals: AES-GCM alone 920 ns \(there 460 ns, 2\.00x\); /);
  assert.match(text, /import of an empty module 9\.00 ms \(there 1\.00 ms, 9\.00x\) \d+ goals met/);
});

test('the benchmark says which goal is missed', () => {
  const slow = measurements();
  slow.native['check/100000'] = 34;
  slow.firstDecision.latchkey.ns = 12.5e6;
  slow.native['cookie_hostile/1/16384'] = 3600;
  slow.cookies['find/latchkey, JS'] = { ns: 4001 };
  slow.cookies['hostile/1/latchkey, JS'] = { ns: 2701 };
  slow.sessions['seal/iron-session'].ns = 399_000;
  slow.server.me = { rate: 35_000, processorNs: 25_500 };
  slow.server.mastra = { rate: 3501, processorNs: 254_999 };
  slow.idle.ours = { ...slow.idle.ours, ratio: 0.89, processorRatio: 1.11, beside: { ...slow.idle.ours.beside, resident: (64 << 20) + 4096 } };
  const made = report(machine, slow);
  assert.deepEqual(rowOf(made, 'check-native-100000').goals.map(({ met }) => met), [false]);
  assert.deepEqual(rowOf(made, 'cookie-hostile').goals.map(({ met }) => met), [true, false]);
  assert.deepEqual(rowOf(made, 'cookie-find-js').goals.map(({ met }) => met), [false, false]);
  assert.deepEqual(rowOf(made, 'session-seal').goals.map(({ met }) => met), [true, false]);
  assert.deepEqual(rowOf(made, 'me-rate').goals.map(({ met }) => met), [false, false]);
  assert.deepEqual(rowOf(made, 'me-processor').goals.map(({ met }) => met), [false, false, false]);
  for (const id of ['idle-rate', 'idle-processor', 'idle-memory']) {
    assert.deepEqual(rowOf(made, id).goals.map(({ met }) => met), [false], id);
  }
  assert.deepEqual(rowOf(made, 'first-decision-whole').goals.map(({ met }) => met), [false]);
  assert.deepEqual(made.series.goals.map(({ met }) => met), [false]);
  assert.match(format(made), /Missed: check, native, 100,000 grants; seal a session; find the session among 20/);
});

test('the benchmark says why a peer has no figure, and leaves its goal open', () => {
  const alone = measurements();
  for (const name of peers) alone.permissions[8][name] = { skipped: 'not installed' };
  alone.server.mastra = { skipped: 'not installed' };
  alone.firstDecision.latchkey = { skipped: 'not built' };
  alone.idle.hono = { skipped: 'not installed' };
  const made = report(machine, alone);
  assert.deepEqual(rowOf(made, 'me-rate').goals.map(({ met }) => met), [true, null]);
  assert.deepEqual(rowOf(made, 'me-processor').goals.map(({ met }) => met), [true, true, null]);
  assert.deepEqual(rowOf(made, 'idle-memory').peers, { 'Hono, constant answer': { skipped: 'not installed' } });
  assert.deepEqual(rowOf(made, 'check-js-8').goals.map(({ met }) => met), [true, null]);
  assert.equal(rowOf(made, 'first-decision-whole'), undefined);
  assert.deepEqual(rowOf(made, 'first-decision').goals.map(({ met }) => met), [true, true]);
  assert.deepEqual(rowOf(made, 'me-rate').peers['better-auth get-session'], { skipped: 'not installed' });
  assert.match(format(made), /casbin: skipped for its slowness/);
});

test('the benchmark says why idle connections could not be measured', () => {
  const limited = measurements();
  limited.idle.ours = limited.idle.hono = { skipped: 'needs 16,384 open files' };
  const made = report(machine, limited);
  assert.equal(rowOf(made, 'idle-rate'), undefined);
  assert.match(format(made), /not measured: 5,000 idle and 32 busy connections \(needs 16,384 open files\)/);
});

test('a part of the benchmark prints the rows it has measured', async () => {
  const { server, idle } = measurements();
  const made = report(machine, { server, idle });
  assert.deepEqual(made.rows.map(({ id }) => id), ['me-rate', 'me-processor', 'idle-rate', 'idle-processor', 'idle-memory']);
  assert.match(format(made), /^8 goals met, 0 missed, 0 undecided$/m);
  await assert.rejects(run('--only', 'servers'), /no step is called servers; see --help/);
});

test('idle connections stay open until their input ends', async () => {
  const server = createServer((request, response) => response.end(request.headers.cookie)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const helper = spawn(process.execPath, [join(root, 'bench/idle_connections.mjs'), String(port), '/', '100', '{"Cookie":"a=b"}']);
  try {
    const [line] = await once(helper.stdout, 'data');
    assert.deepEqual(JSON.parse(line), { open: 100 });
    assert.equal(await promisify(server.getConnections.bind(server))(), 100);
    helper.stdin.end();
    await once(helper, 'exit');
  } finally {
    helper.kill();
    server.closeAllConnections();
    server.close();
  }
});

test('idle connections that are refused are no idle connections', async () => {
  const server = createServer((request, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const program = join(root, 'bench/idle_connections.mjs');
    const asking = promisify(execFile)(process.execPath, [program, String(server.address().port), '/', '3', '{}']);
    asking.child.stdin.end();
    assert.match(JSON.parse((await asking).stdout).skipped, /answered HTTP\/1\.1 503/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a hostile header counts as the slowest of its shapes', () => {
  assert.equal(rowOf(report(machine, measurements()), 'cookie-hostile').peers['cookie-es'], 4_900_000);
});

test('figures of the benchmark have three digits and a unit', () => {
  const shown = [[0.874, 'ns'], [284.2, 'ns'], [12_440, 'ns'], [1_445_000, 'bytes'], [57, 'bytes'], [62_400, 'req/s'], [2.5e9, 'ns'], [40 << 20, 'memory']];
  assert.deepEqual(shown.map(([value, unit]) => show(value, unit)), ['0.87 ns', '284 ns', '12.4 us', '1,411 KB', '57.0 bytes', '62.4 k/s', '2.50 s', '40.0 MB']);
});

test('the benchmark prints an earlier run and its own help', async () => {
  const made = report(machine, measurements());
  const file = join(work, 'results.json');
  writeFileSync(file, JSON.stringify(made));
  assert.equal((await run('--results', file)).stdout, format(made));
  assert.match((await run('--help')).stdout, /--long[\s\S]*bench\/results\.json/);
});

test('the peers of the benchmark are pinned and belong to nothing else', () => {
  for (const [name, version] of Object.entries(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  for (const folder of peerFolders) {
    const lock = readFileSync(join(root, folder, 'package-lock.json'), 'utf8');
    assert.ok(!lock.includes('"resolved"'), `the lock of ${folder} names no registry`);
  }
  assert.ok(!JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces.some((folder) => folder.startsWith('bench')));
});
