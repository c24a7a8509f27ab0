// SPDX-License-Identifier: Apache-2.0
// Bad input over a real socket: the statuses and bodies of the documented API, nothing changed, and the server still up.
// LATCHKEY_BIN names the executable; the tests run it with sanitizers too.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = resolve(root, process.env.LATCHKEY_BIN ?? 'build/native/bin/latchkey');
const data = mkdtempSync(join(tmpdir(), 'latchkey-bad-input-'));
const password = 'correct horse battery';
const signInPaths = ['/api/auth/credentials/sign-in', '/api/auth/login'];
let server;
let origin;
let errors = '';
let owner;

const users = () => spawnSync(executable, ['user', 'list', '--data', data], { encoding: 'utf8' }).stdout;

before(async () => {
  spawnSync(executable, ['user', 'add', 'owner@example.com', '--role', 'owner', '--password-stdin', '--data', data], {
    input: password,
  });
  server = spawn(executable, ['serve', '--dev', '--demo', '--port', '0', '--data', data]);
  server.stderr.on('data', (bytes) => (errors += bytes));
  let output = '';
  for await (const chunk of server.stdout) if (/listening on (\S+)/.test((output += chunk))) break;
  origin = output.match(/listening on (\S+)/)[1];
  server.stdout.resume();
  const signedIn = await send('POST', signInPaths[0], { email: 'owner@example.com', password });
  owner = signedIn.headers.getSetCookie()[0].split(';')[0];
});

after(async () => {
  try {
    const agents = await (await fetch(`${origin}/api/agents`, { headers: { cookie: owner } })).json();
    assert.equal(agents.agents.length, 6, 'no agent came or went');
    server.kill('SIGTERM');
    const [status] = await once(server, 'exit');
    assert.equal(status, 0, `the server ended with ${status}: ${errors}`);
    assert.doesNotMatch(errors, /AddressSanitizer|runtime error|LeakSanitizer/);
    assert.equal(users().trim().split('\n').length, 1, 'no account came');
  } finally {
    server.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
});

function send(method, path, body, headers = {}) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(origin + path, { method, body: text, headers: { 'content-type': 'application/json', ...headers } });
}

async function expectError(answer, status, error, issues) {
  const body = await answer.json();
  assert.equal(answer.status, status);
  assert.equal(body.error, error);
  assert.match(body.code, /^ERR_LATCHKEY_[A-Z_]+$/);
  assert.match(body.requestId, /^[\w-]{8,}$/);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(answer.headers.getSetCookie().length, 0);
  if (issues) assert.deepEqual(body.issues.map((issue) => issue.field), issues);
  return body;
}

/** Sends bytes as they are; what comes back until the server closes. */
function raw(bytes) {
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => (answer += chunk));
    socket.on('close', () => done(answer));
    // The server may close while there is still something to be sent.
    socket.on('error', (error) => (['EPIPE', 'ECONNRESET'].includes(error.code) ? done(answer) : fail(error)));
  });
}

for (const path of signInPaths) {
  test(`${path} names what is wrong with a body`, async () => {
    for (const [body, fields] of [
      ['{"email":', ['body']],
      ['', ['root']],
      ['null', ['root']],
      ['[]', ['root']],
      ['"x"', ['root']],
      ['{}', ['email', 'password']],
      ['{"email":"a@example.com"}', ['password']],
      ['{"email":"a@example.com","password":1}', ['password']],
      ['{"email":{"$ne":null},"password":"x"}', ['email']],
      ['{"email":["a@example.com"],"password":"x"}', ['email']],
      ['{"email":"not an address","password":"x"}', ['email']],
      ['{"email":"a@example.com","password":""}', ['password']],
      [JSON.stringify({ email: 'a@example.com', password: 'x'.repeat(1025) }), ['password']],
      ['{"email":"a@example.com","email":"b@example.com","password":"x"}', ['body']],
      [`{"email":"a@example.com","password":${'['.repeat(65)}${']'.repeat(65)}}`, ['body']],
      ['{"email":"a@example.com","password":"x"}\u0000', ['body']],
    ]) {
      await expectError(await send('POST', path, body), 400, 'Invalid request body', fields);
    }
  });

  test(`${path} takes JSON alone, 64 KiB of it at most`, async () => {
    const body = JSON.stringify({ email: 'owner@example.com', password });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', '']) {
      await expectError(await send('POST', path, body, { 'content-type': type }), 415, 'Content-Type must be application/json');
    }
    const padded = (size) => `{"email":"owner@example.com","password":"wrong"${' '.repeat(size - 48)}}`;
    assert.equal(padded(65_536).length, 65_536);
    assert.equal((await send('POST', path, padded(65_536))).status, 401);
    assert.equal((await send('POST', path, padded(65_537))).status, 413);
  });
}

test('a foreign origin changes nothing, whatever it sends', async () => {
  const body = JSON.stringify({ email: 'new@example.com', password });
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'https://evil.example' },
  ]) {
    assert.equal((await send('POST', '/api/auth/credentials/sign-up', body, headers)).status, 403);
    assert.equal((await send('POST', '/api/auth/logout', undefined, { cookie: owner, ...headers })).status, 403);
    assert.equal((await send('DELETE', '/api/agents/weather', undefined, { cookie: owner, ...headers })).status, 403);
  }
  assert.equal((await fetch(`${origin}/api/agents`, { headers: { cookie: owner } })).status, 200);
});

test('unknown paths are JSON 404s and wrong methods 405 with Allow', async () => {
  for (const path of ['/api', '/api/', '/api/nothing', '/api/auth', '/api//auth/me', '/api/auth/me/', '/api/./auth/me',
    '/api/auth/%6de', '/api/auth/me;x=1', '/API/auth/me', '/api/auth%2fme', '/nothing']) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 404 /, path);
    assert.match(answer, /"code":"ERR_LATCHKEY_NOT_FOUND"/, path);
  }
  for (const [method, path] of [['GET', '/api/auth/logout'], ['POST', '/api/auth/me'], ['DELETE', '/api/auth/login'],
    ['PUT', '/api/agents'], ['TRACE', '/api/auth/me']]) {
    const answer = await raw(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 405 /, `${method} ${path}`);
    assert.match(answer, /^allow: \S/im, `${method} ${path}`);
  }
});

test('cookies, headers and addresses beyond the limits are refused, the server goes on', async () => {
  const get = (headers, path = '/api/auth/me') =>
    raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n`);
  assert.match(await get(`Cookie: ${'a=b;'.repeat(100_000)}\r\n`), /^HTTP\/1\.1 431 |^$/);
  assert.match(await get(`Cookie: ${'a=b;'.repeat(101)}\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await get(`Cookie: ${'a=b;'.repeat(100)}\r\n`), /^HTTP\/1\.1 200 /);
  assert.match(await get('X: y\r\n'.repeat(120)), /^HTTP\/1\.1 431 /);
  assert.match(await get(`X: ${'y'.repeat(20_000)}\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await get('', `/api/auth/me?${'q'.repeat(8200)}`), /^HTTP\/1\.1 414 /);
  assert.equal((await fetch(`${origin}/api/auth/me`)).status, 200);
});

test('[HT-06] what two parsers could read differently is refused', async () => {
  const body = '{"email":"owner@example.com","password":"wrong"}';
  for (const headers of [
    `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`,
    `Content-Length: ${body.length}\r\nContent-Length: ${body.length + 1}`,
    'Content-Length: +5',
    'Content-Length: -1',
    'Content-Length: 5, 5',
    'Transfer-Encoding: xchunked',
    'Content-Length : 5',
    'X: a\r\n b',
  ]) {
    const answer = await raw(
      `POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`,
    );
    assert.match(answer, /^HTTP\/1\.1 400 /, headers);
  }
});

test('the JSON corpus never signs in and never breaks anything', async (t) => {
  const corpora = process.env.LATCHKEY_CORPORA ?? resolve(root, '../shared/corpora');
  const folder = join(corpora, 'jsontestsuite/test_parsing');
  if (!existsSync(folder)) {
    assert.equal(process.env.CI, undefined, 'the corpora are needed in CI; set LATCHKEY_CORPORA');
    return t.skip(`no corpora at ${corpora}`);
  }
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    if (bytes.length > 65_536) continue;
    const answer = await fetch(origin + signInPaths[0], {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/json' },
    });
    const { error } = await answer.json();
    assert.deepEqual([answer.status, error], [400, 'Invalid request body'], name);
  }
});
