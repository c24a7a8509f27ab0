// SPDX-License-Identifier: Apache-2.0
// What connections cost that ask for a large file and never read it, and what one client may hold.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSanitized, readElf } from './elf.mjs';
import { executable, folder, serve } from './executable.mjs';

const mebibyte = 1024 * 1024;
const fileBytes = 10 * mebibyte;
const connections = 200;
// The sanitizers' allocator keeps what was freed: the bound is that of the server that people run.
const judgesCosts = !isSanitized(readElf(executable));

const studio = join(folder, 'large-studio');
let server;
const sockets = [];

before(async () => {
  mkdirSync(studio);
  writeFileSync(join(studio, 'index.html'), '<!doctype html>');
  writeFileSync(join(studio, 'app.js'), 'x'.repeat(fileBytes));
  server = await serve(['--dev', '--studio', studio, '--data', join(folder, 'unread-files')]);
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  if (server) assert.equal((await server.stop()).status, 0);
});

const residentBytes = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024;

/** Processor time of the server so far, in ticks of the kernel. */
function processorTicks() {
  const [user, system] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 13);
  return Number(user) + Number(system);
}

/** Asks for the file, and reads nothing of it until told to. */
async function ask(localAddress = '127.0.0.1') {
  const socket = connect({ port: Number(new URL(server.origin).port), host: '127.0.0.1', localAddress });
  sockets.push(socket);
  socket.on('error', () => {});
  socket.pause();
  await once(socket, 'connect');
  await new Promise((sent) => socket.write('GET /app.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', sent));
  return socket;
}

test(`[F-10] ${connections} connections that read nothing of a file of 10 MB cost less than 32 MB`, { timeout: 120_000 }, async (t) => {
  assert.equal((await fetch(`${server.origin}/app.js`).then((answer) => answer.text())).length, fileBytes);
  const before = residentBytes();
  const clients = [];
  while (clients.length < connections) clients.push(await ask());
  // Answered after all of them, on the same thread.
  assert.equal((await fetch(`${server.origin}/api/auth/capabilities`)).status, 200);
  for (let seen = -1; seen !== processorTicks(); await sleep(200)) seen = processorTicks();
  const grown = residentBytes() - before;
  t.diagnostic(`${(grown / mebibyte).toFixed(1)} MiB more`);
  if (judgesCosts) assert.ok(grown < 32 * mebibyte, `${grown} bytes more`);

  // A client that reads at last gets all of it.
  const last = clients.at(-1);
  let received = 0;
  await new Promise((complete, failed) => {
    last.on('close', () => failed(new Error(`closed after ${received} bytes`)));
    last.on('data', (bytes) => (received += bytes.length) >= fileBytes && complete());
    last.resume();
  });
  for (const socket of sockets) socket.destroy();
});
