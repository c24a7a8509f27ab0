// SPDX-License-Identifier: Apache-2.0
// Clients that are slow, idle or too big, and what good ones notice of them. LATCHKEY_SLOW_CLIENTS=long also waits for the
// timeouts of half a minute and more.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { isSanitized, readElf } from './elf.mjs';
import { cookieOf, executable, folder, json, serve } from './executable.mjs';

const isLong = process.env.LATCHKEY_SLOW_CLIENTS === 'long';
const rounds = isLong ? 15 : 5;
const requestsOfRound = isLong ? 1_000 : 300;
const idleConnections = 5_000;
const openFiles = idleConnections + 2_000;
const mebibyte = 1024 * 1024;

// The sanitizers' allocator keeps what was freed, and their checks make every byte dear: the bounds are those of the
// server that people run, which the suite `hardening` measures. Under the sanitizers it has to serve, and to stay whole.
const judgesCosts = !isSanitized(readElf(executable));
const attempts = judgesCosts ? 6 : 1;

let server;
let good;
let cookie;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const p99 = (times) => times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1];

/** The 99th percentile of one round, in ms. */
async function round() {
  good.postMessage(requestsOfRound);
  const [{ times, error }] = await once(good, 'message');
  assert.equal(error, undefined);
  return p99(times);
}

async function percentilesOfRounds() {
  const figures = [];
  for (let i = 0; i < rounds; i += 1) figures.push(await round());
  return figures;
}

/** Processor time of the server so far, in ticks of the kernel. */
function processorTicks() {
  const [user, system] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 13);
  return Number(user) + Number(system);
}

/** Until the server has nothing to do: what is measured then is waiting, not the work before it. */
async function untilServerRests() {
  for (let before = -1; before !== processorTicks(); await sleep(200)) before = processorTicks();
}

const residentBytes = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024;

/** Opens one connection, from an address of loopback, and sends `text`; what happens to it stands in the object. */
function open(text = '', localAddress = '127.0.0.1') {
  const socket = connect({ port: Number(new URL(server.origin).port), host: '127.0.0.1', localAddress });
  const client = { socket, isClosed: false, answer: '', since: performance.now(), ms: 0 };
  socket.on('data', (bytes) => (client.answer += bytes.toString('latin1', 0, 200)));
  socket.on('error', () => {});
  socket.on('close', () => Object.assign(client, { isClosed: true, ms: performance.now() - client.since }));
  client.isOpen = new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  if (text !== '') socket.write(text);
  return client;
}

/** Many at once, in portions that fit the queue of the listening socket. */
async function openMany(count, make) {
  const clients = [];
  while (clients.length < count) {
    const portion = Array.from({ length: Math.min(250, count - clients.length) }, make);
    await Promise.all(portion.map(({ isOpen }) => isOpen));
    clients.push(...portion);
  }
  return clients;
}

const slowHead = 'GET /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ';
const slowBody =
  'POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n';

/** One byte after the other, until the server has enough of it. */
function drip(client, byte) {
  const timer = setInterval(() => client.socket.write(byte), 100);
  client.socket.on('close', () => clearInterval(timer));
  return client;
}

/** Asks for more at once than the buffers of two sockets hold, so that the server has to wait for the client. */
function openWithoutReading() {
  const client = open();
  client.socket.pause().write(`GET /api/agents HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\n\r\n`.repeat(150));
  return client;
}

/** So many at any time, out of step with each other: each that is ended is followed by another one. */
async function keepDripping(count, start, byte) {
  const sockets = new Set();
  let isOver = false;
  const begin = () => {
    const { socket } = drip(open(start), byte);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket) && !isOver && begin());
  };
  for (let i = 0; i < count; i += 1) {
    begin();
    if (i % 2 === 1) await sleep(1);
  }
  return {
    check: () => assert.equal(sockets.size, count),
    stop() {
      isOver = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Each begins something; `check` tells while it goes on whether it does, `stop` ends it. */
const kinds = {
  'headers that come byte by byte': () => keepDripping(200, slowHead, 'a'),

  'bodies that come byte by byte': () => keepDripping(200, slowBody, ' '),

  'answers that nobody takes': async () => {
    const clients = Array.from({ length: 50 }, () => openWithoutReading());
    await untilServerRests();
    return {
      check: () => assert.ok(clients.every(({ socket }) => socket.bytesWritten > 0 && socket.bytesRead < mebibyte)),
      stop: () => clients.forEach(({ socket }) => socket.destroy()),
    };
  },

  [`${idleConnections} idle connections`]: async () => {
    // Of several clients: one alone never gets so many.
    let opened = 0;
    const clients = await openMany(idleConnections, () => open('', `127.0.0.${2 + (opened++ % 8)}`));
    return {
      check: () => assert.equal(clients.filter(({ isClosed }) => !isClosed).length, idleConnections),
      stop: () => clients.forEach(({ socket }) => socket.destroy()),
    };
  },

  'cookies of a mebibyte': () => {
    const text = `GET /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: a=${'x'.repeat(mebibyte)}\r\n\r\n`;
    const clients = [];
    const timer = setInterval(() => clients.push(open(text)), 100);
    return {
      check() {
        // The server may close while there is still something to be sent, and its answer is lost then.
        assert.ok(clients.length > 0 && clients.every(({ answer }) => /^HTTP\/1\.1 431 |^$/.test(answer)));
        assert.ok(clients.some(({ answer }) => answer !== ''));
      },
      stop() {
        clearInterval(timer);
        for (const { socket } of clients) socket.destroy();
      },
    };
  },
};

/**
 * Measures without, with and without them, again when the figures are bad: a machine that does something else meanwhile
 * may spoil one attempt, a server that suffers spoils all.
 */
async function compare(begin) {
  const figures = [];
  while (figures.length < attempts && !(figures.at(-1)?.ratio <= 2)) {
    const before = residentBytes();
    const baseline = await percentilesOfRounds();
    const load = await begin();
    const loaded = median(await percentilesOfRounds());
    const grown = residentBytes() - before;
    load.check();
    load.stop();
    await sleep(200);
    baseline.push(...(await percentilesOfRounds()));
    figures.push({ ratio: loaded / median(baseline), baseline: median(baseline), loaded, grown });
  }
  return figures;
}

/** What the server has to end by itself: in how many seconds, and in how many at most on a busy machine. */
const timeouts = [
  { what: 'a head that never ends', begin: () => drip(open(slowHead), 'a'), from: 5, to: 8 },
  { what: 'a body that never ends', begin: () => drip(open(slowBody), ' '), from: 10, to: 13 },
  { what: 'an answer that nobody takes', begin: openWithoutReading, from: 30, to: 36, long: true },
  { what: 'a connection that asks for nothing', begin: () => open(), from: 60, to: 63, long: true },
];

before(async () => {
  const limit = spawnSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim();
  assert.ok(limit === 'unlimited' || Number(limit) >= openFiles,
    `these tests need ${openFiles} open files, and this shell may have ${limit}: raise it with \`ulimit -Hn ${openFiles}\``);
  const wrapped = (command) => ['bash', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'bash', ...command];
  server = await serve(['--dev', '--demo', '--data', join(folder, 'slow-clients')], {}, { wrapped });
  const body = JSON.stringify({ email: 'owner@example.com', password: 'correct horse battery' });
  cookie = cookieOf(await fetch(`${server.origin}/api/auth/signup`, { method: 'POST', headers: json, body }));
  // The longest list there can be, for those who don't take it.
  const headers = { ...json, cookie };
  for (let i = 0; i < 190; i += 1) {
    const agent = JSON.stringify({ name: `Agent ${i}`, description: 'd'.repeat(1000) });
    assert.equal((await fetch(`${server.origin}/api/agents`, { method: 'POST', headers, body: agent })).status, 201);
  }
  const workerData = { origin: server.origin, path: '/api/auth/me', headers: { cookie } };
  good = new Worker(new URL('good_client.mjs', import.meta.url), { workerData });
  for (let i = 0; i < 3; i += 1) await round();
  // Begun now, so that they take their time while the others are measured.
  for (const one of timeouts) if (isLong || !one.long) one.client = one.begin();
});
after(async () => {
  await good?.terminate();
  if (server) assert.equal((await server.stop()).status, 0);
});

describe('good clients are served as before', () => {
  for (const [name, begin] of Object.entries(kinds)) {
    const number = name.includes('idle') ? 'NS-11' : 'HT-08';
    // A server that answers nobody any more must fail here, not keep us waiting.
    test(`[${number}] during ${name}`, { timeout: 180_000 }, async (t) => {
      const figures = await compare(begin);
      const { baseline, loaded, ratio } = figures.at(-1);
      const grown = Math.max(...figures.map((one) => one.grown));
      t.diagnostic(`p99 ${baseline.toFixed(2)} ms, then ${loaded.toFixed(2)} ms; ${(grown / mebibyte).toFixed(1)} MiB more`);
      if (!judgesCosts) return;
      assert.ok(ratio <= 2, `p99 of good clients over that without them: ${figures.map((one) => one.ratio.toFixed(2))}`);
      assert.ok(grown <= 64 * mebibyte, `${grown} bytes more`);
    });
  }
});

describe('slow clients are ended by the server', () => {
  for (const one of timeouts) {
    const skip = one.long && !isLong && 'takes more than half a minute: LATCHKEY_SLOW_CLIENTS=long';
    test(`[HT-08] ${one.what}, after ${one.from} s`, { skip }, async () => {
      const { client, from, to } = one;
      // One that nobody reads from hears of its end only when it writes or reads.
      const left = () => client.since + to * 1_000 - performance.now();
      while (!client.isClosed && left() > 0) await sleep(Math.min(250, left()));
      if (client.socket.isPaused()) client.socket.resume(), await sleep(1_000);
      assert.ok(client.isClosed, `still open after ${to} s`);
      assert.ok(client.ms >= from * 1_000 - 100, `ended after ${client.ms} ms`);
    });
  }
});
