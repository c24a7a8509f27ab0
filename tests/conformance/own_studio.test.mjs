// SPDX-License-Identifier: Apache-2.0
// A studio of one's own, served here and on another origin: its files, its pages, and what its scripts can read.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cookieOf, folder, json, run, serve } from './executable.mjs';

const trusted = 'http://127.0.0.1:6080';
const studio = join(folder, 'own-studio');
const data = join(folder, 'own-studio-data');
let server;

const write = (name, text) => writeFileSync(join(studio, name), text);

before(async () => {
  for (const one of ['chunks/[id]', 'assets', 'agents']) mkdirSync(join(studio, one), { recursive: true });
  write('index.html', '<!doctype html>root');
  write('agents/index.html', '<!doctype html>agents');
  write('about.html', '<!doctype html>about');
  write('chunks/[id]/page-1a2b3c4d.js', 'bracket');
  write('assets/My Logo.png', 'logo');
  write('.env', 'secret');
  symlinkSync('/etc/hostname', join(studio, 'link.txt'));
  server = await serve(['--dev', '--studio', studio, '--data', data, '--trust-origin', trusted, '--studio-page', '/settings',
    '--studio-page', '/agents/*']);
});
after(async () => assert.equal((await server.stop()).status, 0));

/** All that the server sends for these lines, until it closes. */
async function exchange(lines, body = '') {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes));
  socket.write([...lines, 'Connection: close', '', body].join('\r\n'));
  await once(socket, 'close');
  return answer;
}
const statusOf = (answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const get = async (path) => {
  const answer = await exchange([`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1']);
  return { status: statusOf(answer), text: answer.split('\r\n\r\n')[1] };
};

describe('its files and pages', () => {
  test('files of any name are served as browsers spell it', async () => {
    for (const path of ['/chunks/%5Bid%5D/page-1a2b3c4d.js', '/chunks/[id]/page-1a2b3c4d.js']) {
      assert.deepEqual(await get(path), { status: 200, text: 'bracket' });
    }
    assert.deepEqual(await get('/assets/My%20Logo.png'), { status: 200, text: 'logo' });
    for (const path of ['/chunks/%5Bid%5D%2fpage-1a2b3c4d.js', '/%2e%2e/own-studio/index.html', '/assets/..%2findex.html', '/.env', '/link.txt']) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  test('what is left out is told at the start', () => {
    assert.match(server.output.err, /files of the studio that are not served: \/\.env \(is hidden\), \/link\.txt \(is no regular file of this folder\)/);
  });

  test("its own pages are shown, and those it is told to route; the demo's are not built in", async () => {
    const shown = async (path) => (await get(path)).text;
    for (const path of ['/settings', '/agents/weather', '/']) assert.equal(await shown(path), '<!doctype html>root', path);
    for (const path of ['/agents', '/agents/']) assert.equal(await shown(path), '<!doctype html>agents', path);
    assert.equal(await shown('/about'), '<!doctype html>about');
    for (const path of ['/login', '/workflows', '/nothing']) assert.equal((await get(path)).status, 404, path);
  });

  test('a page that is no path stops the start', () => {
    const { status, err } = run(['serve', '--dev', '--port', '0', '--studio', studio, '--data', data, '--studio-page', 'settings']);
    assert.equal(status, 1);
    assert.match(err, /server\.studio_pages: "settings" is no page/);
  });

  test('a file is asked for again by any of its tags, and never in parts', async () => {
    const whole = await fetch(`${server.origin}/about`);
    const etag = whole.headers.get('etag');
    for (const tags of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
      assert.equal((await fetch(`${server.origin}/about`, { headers: { 'if-none-match': tags } })).status, 304, tags);
    }
    const part = await fetch(`${server.origin}/about`, { headers: { range: 'bytes=0-1' } });
    assert.equal(part.status, 200);
    assert.equal(part.headers.get('accept-ranges'), 'none');
  });
});

describe('its scripts on a trusted origin', () => {
  const isReadable = (answer) =>
    answer.includes(`\r\nAccess-Control-Allow-Origin: ${trusted}\r\n`) &&
    answer.includes('\r\nAccess-Control-Allow-Credentials: true\r\n') &&
    /\r\nVary: (?:.*, )?Origin/.test(answer);
  const ask = (target, lines = [], body = '', method = 'GET') =>
    exchange([`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', `Origin: ${trusted}`, ...lines], body);

  test('read every answer, also of pages and of the host itself', async () => {
    const big = JSON.stringify({ email: 'ada@example.com', password: 'x'.repeat(70_000) });
    const signIn = '/api/auth/credentials/sign-in';
    const type = 'Content-Type: application/json';
    for (const [status, answer] of [
      [200, await ask('/')],
      [200, await ask('/healthz')],
      [404, await ask('/nothing')],
      [405, await ask('/', ['Content-Length: 0'], '', 'PUT')],
      [405, await ask('/healthz', ['Content-Length: 0'], '', 'PUT')],
      [413, await ask(signIn, [type, `Content-Length: ${big.length}`], '', 'POST')],
      [413, await ask(signIn, [type, 'Transfer-Encoding: chunked'], `${big.length.toString(16)}\r\n${big}`, 'POST')],
      [431, await ask('/api/auth/me', [`Cookie: a=${'x'.repeat(17_000)}`])],
      [414, await ask(`/api/auth/me?x=${'x'.repeat(9_000)}`)],
    ]) {
      assert.equal(statusOf(answer), status, answer.slice(0, 400));
      assert.ok(isReadable(answer), answer.slice(0, 600));
    }
  });

  test('read when to come back, and the request id', async () => {
    const body = JSON.stringify({ email: 'mallory@example.com', password: 'wrong password' });
    const headers = { ...json, origin: trusted };
    let answer;
    for (let i = 0; i < 60 && answer?.status !== 429; i += 1) {
      answer = await fetch(`${server.origin}/api/auth/credentials/sign-in`, { method: 'POST', headers, body });
    }
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    assert.equal(answer.headers.get('access-control-expose-headers'), 'Retry-After, X-Request-Id');
    assert.equal(answer.headers.get('x-request-id'), (await answer.json()).requestId);
  });

  test('may send a trace with all its parts', async () => {
    const answer = await ask('/', ['Access-Control-Request-Method: GET', 'Access-Control-Request-Headers: traceparent,tracestate,baggage'], '', 'OPTIONS');
    assert.equal(statusOf(answer), 204);
    assert.match(answer, /\r\nAccess-Control-Allow-Headers: .*traceparent, tracestate, baggage\r\n/);
  });
});

describe('proxies in between', () => {
  test('may send an absolute-form target, and cookies in several lines', async () => {
    const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' });
    const signedUp = await fetch(`${server.origin}/api/auth/credentials/sign-up`, { method: 'POST', headers: json, body });
    const cookie = cookieOf(signedUp);
    const { host } = new URL(server.origin);
    assert.equal(statusOf(await exchange([`GET http://${host}/api/auth/capabilities HTTP/1.1`, `Host: ${host}`])), 200);
    assert.equal(statusOf(await exchange([`GET http://${host}/about HTTP/1.1`, `Host: ${host}`])), 200);
    assert.equal(statusOf(await exchange(['GET http://evil.example/api/auth/capabilities HTTP/1.1', `Host: ${host}`])), 400);
    for (const lines of [['Cookie: theme=dark', `Cookie: ${cookie}`], [`Cookie: ${cookie}`, 'Cookie: theme=dark']]) {
      assert.match(await exchange(['GET /api/auth/me HTTP/1.1', `Host: ${host}`, ...lines]), /ada@example\.com/);
    }
    const out = ['POST /api/auth/logout HTTP/1.1', `Host: ${host}`, 'Content-Length: 0', 'Cookie: theme=dark', `Cookie: ${cookie}`];
    assert.equal(statusOf(await exchange(out)), 200);
    const me = await exchange(['GET /api/auth/me HTTP/1.1', `Host: ${host}`, `Cookie: ${cookie}`]);
    assert.equal(me.split('\r\n\r\n')[1], 'null');
  });
});
