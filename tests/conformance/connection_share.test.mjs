// SPDX-License-Identifier: Apache-2.0
// One client that opens as many connections as it can, and another one that comes later.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, serve } from './executable.mjs';

// 1,024 open files leave room for 768 connections, and a quarter of them for each client.
const openFiles = 1_024;
const share = 192;

test('[F-11] one address holds a quarter of the connections, and the operator hears of it', { timeout: 60_000 }, async () => {
  const wrapped = (command) => ['bash', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'bash', ...command];
  const server = await serve(['--dev', '--data', join(folder, 'connection-share')], {}, { wrapped });
  const sockets = [];
  const open = async (localAddress) => {
    const socket = connect({ port: Number(new URL(server.origin).port), host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const request = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  /** Whether it is answered; one that was turned away is closed. */
  const isAnswered = async (socket) => {
    if (socket.closed || socket.readableEnded) return false;
    const ended = Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]);
    socket.write(request);
    // Writing to one that was turned away may fail before its end is seen.
    return ended.catch(() => false);
  };
  try {
    const greedy = [];
    for (let i = 0; i < share + 50; i += 1) greedy.push(await open('127.0.0.2'));
    const answered = (await Promise.all(greedy.map(isAnswered))).filter(Boolean).length;
    assert.equal(answered, share);
    assert.equal(await isAnswered(await open('127.0.0.3')), true);
    assert.match(server.output.err, /warning: overload: closed 0 connections beyond the most at once and 1 of clients beyond their share/);
  } finally {
    for (const socket of sockets) socket.destroy();
    assert.equal((await server.stop()).status, 0);
  }
  assert.match(server.output.err, /and 49 of clients beyond their share/);
});
