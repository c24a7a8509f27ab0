// SPDX-License-Identifier: Apache-2.0
// HTTP servers under load: ours and others', each a process of its own, measured with wrk.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, whyNot } from './harness.mjs';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const seconds = Number(process.env.LATCHKEY_BENCH_SECONDS ?? 2);
const production = { ...process.env, NODE_ENV: 'production' };
/** Without a license Mastra answers with roles in this mode only; it is not the slower one. */
const development = { ...process.env, NODE_ENV: 'development', MASTRA_TELEMETRY_DISABLED: '1' };

const peers = {
  hono: { program: 'peers/http_server.mjs', args: ['hono'] },
  'better-auth': { program: 'peers/http_server.mjs', args: ['better-auth'] },
  mastra: { program: 'peers/mastra/http_server.mjs', args: [], env: development },
};

/** User and system time of a process, from /proc (100 ticks a second on Linux). */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A program that says on its first line what it has to say (for a server: where), and ends with its standard input. */
async function startProgram(command, args, env = production) {
  const child = spawn(command, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore'] });
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

const peerCommand = (name) => {
  const { program, args, env } = peers[name];
  return [process.execPath, [join(root, 'bench', program), ...args], env];
};
const ourCommand = (data) => [join(root, 'build/native/bin/latchkey_bench_server'), [data]];

/** Starts servers by the commands' names; all of them end with `use`. */
async function withServers(commands, use) {
  const servers = {};
  try {
    for (const [name, command] of Object.entries(commands)) servers[name] = await startProgram(...command);
    return await use(servers);
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}

async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const headersOf = ({ cookie, authorization }) =>
  Object.entries({ Cookie: cookie, Authorization: authorization }).filter(([, value]) => value !== undefined);

/** Servers answer 200 to somebody they don't know as well: a figure for that would be a figure for nothing. */
async function checkAnswer(server, path, expected) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: headersOf(server) });
  const text = await response.text();
  if (response.ok && text.includes(expected)) return;
  throw new Error(`${path} answered ${response.status} without ${expected}`);
}

async function load(server, path) {
  const before = processorSeconds(server.pid);
  const headers = headersOf(server).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const address = `http://127.0.0.1:${server.port}${path}`;
  const { stdout } = await execute('wrk', ['-t1', '-c32', `-d${seconds}s`, ...headers, address]);
  if (/Non-2xx/.test(stdout)) throw new Error(`${path} answered with errors:\n${stdout}`);
  const requests = Number(stdout.match(/(\d+) requests in/)[1]);
  if (requests === 0) throw new Error(`answered nothing in ${seconds} s`);
  const rate = Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]);
  return { rate, processorNs: ((processorSeconds(server.pid) - before) / requests) * 1e9 };
}

/** Nobody's first seconds count: on a busy machine Node would be measured before its code is compiled. */
async function warmUp(server, path) {
  const enough = processorSeconds(server.pid) + 2;
  for (let turn = 0; turn < 5 && processorSeconds(server.pid) < enough; turn++) await load(server, path);
}

const middle = (list, key) => median(list.map((one) => one[key]));
const medians = (list) => ({ rate: middle(list, 'rate'), processorNs: middle(list, 'processorNs') });

/** Requests and processor time: our route, the trivial one beside it and others' servers, in turns. */
export const serverRates = () => withFolder((data) => {
  const commands = Object.fromEntries(Object.keys(peers).map((name) => [name, peerCommand(name)]));
  return withServers({ ours: ourCommand(data), ...commands }, async ({ ours, ...others }) => {
    const routes = { trivial: [ours, '/trivial', 'trivial'], me: [ours, '/api/auth/me', 'ada@example.com'] };
    const rates = {};
    for (const [name, peer] of Object.entries(others)) {
      if (peer.skipped) rates[name] = { skipped: peer.skipped };
      else routes[name] = [peer, peer.path, name === 'hono' ? 'trivial' : 'ada@example.com'];
    }
    const rounds = Object.fromEntries(Object.keys(routes).map((name) => [name, []]));
    for (let round = -1; round < 3; round++) {
      for (const [name, [server, path, expected]] of Object.entries(routes).filter(([one]) => !rates[one])) {
        try {
          await checkAnswer(server, path, expected);
          if (round < 0) await warmUp(server, path);
          else rounds[name].push(await load(server, path));
        } catch (error) {
          if (server === ours) throw error;
          rates[name] = { skipped: whyNot(error) };
        }
      }
    }
    for (const [name, list] of Object.entries(rounds)) rates[name] ??= medians(list);
    return rates;
  });
});

export const IDLE = 5000;
/** Of open files, for the server as for who connects to it. */
const FILES = 16_384;

const withFiles = ([command, args, env]) =>
  ['bash', ['-c', `ulimit -n ${FILES} && exec "$0" "$@"`, command, ...args], env];

/** What a process keeps in memory, in bytes. */
const residentBytes = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) * 1024;

/** Established connections to a port of 127.0.0.1, as the kernel of the listening side sees them. */
function connectionsTo(port) {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const isOpen = (line) => line.includes(` ${local} `) && line.trim().split(/\s+/)[1] === local && / 01 /.test(line);
  return readFileSync('/proc/net/tcp', 'utf8').split('\n').filter(isOpen).length;
}

/** One turn: the route alone, then with idle connections; memory is read while they are open. */
async function idleTurn(server, path) {
  const alone = { ...(await load(server, path)), resident: residentBytes(server.pid) };
  const args = [join(root, 'bench/idle_connections.mjs'), String(server.port), path, String(IDLE)];
  const headers = JSON.stringify(Object.fromEntries(headersOf(server)));
  const idle = await startProgram(...withFiles([process.execPath, [...args, headers]]));
  try {
    if (idle.skipped) throw new Error(idle.skipped);
    const beside = { ...(await load(server, path)), resident: residentBytes(server.pid) };
    const open = connectionsTo(server.port);
    if (open < IDLE) throw new Error(`only ${open} of ${IDLE} idle connections were still open`);
    return { alone, beside };
  } finally {
    await idle.stop();
  }
}

async function idleFigures(server, path, expected) {
  if (server.skipped) return { skipped: server.skipped };
  try {
    await checkAnswer(server, path, expected);
    await warmUp(server, path);
    const turns = [];
    for (let turn = 0; turn < 3; turn++) turns.push(await idleTurn(server, path));
    const [alone, beside] = ['alone', 'beside'].map((key) => turns.map((one) => one[key]));
    return {
      // Before any of them: what they needed is kept for the next ones.
      alone: { ...medians(alone), resident: alone[0].resident },
      beside: { ...medians(beside), resident: Math.max(...beside.map((one) => one.resident)) },
      // Of neighbours in time, so that a busy minute hits both.
      ratio: median(turns.map((one) => one.beside.rate / one.alone.rate)),
      processorRatio: median(turns.map((one) => one.beside.processorNs / one.alone.processorNs)),
    };
  } catch (error) {
    return { skipped: whyNot(error) };
  }
}

/** 32 busy connections without and with 5,000 idle ones, and the memory of the server. */
export async function idleConnections() {
  try {
    await execute('bash', ['-c', `ulimit -n ${FILES}`]);
  } catch {
    const skipped = `needs ${FILES.toLocaleString('en')} open files; raise the hard limit, see ulimit -Hn`;
    return { ours: { skipped }, hono: { skipped } };
  }
  const measure = (command, ...rest) =>
    withServers({ one: withFiles(command) }, ({ one }) => idleFigures(one, '/api/auth/me', ...rest));
  return {
    ours: await withFolder((data) => measure(ourCommand(data), 'ada@example.com')),
    hono: await measure(peerCommand('hono'), 'trivial'),
  };
}
