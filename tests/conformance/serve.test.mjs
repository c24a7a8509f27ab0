// The executable as a stranger meets it: command line, exit status, files, signals, and the API over a real socket.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cookieOf, folder, json, license, run, secret, serve } from './executable.mjs';

/** Asks under another Host than the address has, which `fetch` does not let one do. */
const askAs = (host, origin, path) =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(origin);
    const asked = request({ hostname, port, path, headers: { host } }, (answer) => {
      answer.resume();
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers }));
    });
    asked.on('error', failed).end();
  });

describe('latchkey serve --dev', () => {
  const data = join(folder, 'dev');
  let server;
  let cookie;
  before(async () => (server = await serve(['--dev', '--demo', '--data', data])));
  after(() => server.stop());

  test('keeps a secret of its own that nobody else can read, and says so', () => {
    assert.match(server.output.err, /a new secret is kept in .*secret/);
    assert.equal(statSync(join(data, 'secret')).mode & 0o777, 0o600);
    assert.ok(readFileSync(join(data, 'secret'), 'utf8').trim().length >= 43);
    assert.match(server.output.err, /mastra_session without Secure/);
  });

  test('makes the first account owner and the next ones viewers', async () => {
    const signUp = (email) =>
      fetch(`${server.origin}/api/auth/credentials/sign-up`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ email, password: 'correct horse battery', name: 'First' }),
      });
    const first = await signUp('first@example.com');
    assert.equal(first.status, 200);
    assert.match(first.headers.getSetCookie()[0], /^mastra_session=[\w-]+; HttpOnly; SameSite=Lax; Path=\/; Max-Age=\d+$/);
    cookie = cookieOf(first);
    const roles = async (of) => (await (await fetch(`${server.origin}/api/auth/me`, { headers: { cookie: of } })).json()).roles;
    assert.deepEqual(await roles(cookie), ['owner']);
    assert.deepEqual(await roles(cookieOf(await signUp('second@example.com'))), ['viewer']);
  });

  test('guards the demo with the roles of the person', async () => {
    assert.equal((await fetch(`${server.origin}/api/agents`)).status, 401);
    const agents = await fetch(`${server.origin}/api/agents`, { headers: { cookie } });
    assert.ok((await agents.json()).agents.length >= 5);
  });

  test('answers / with a page and unknown paths with a JSON 404', async () => {
    assert.equal((await fetch(`${server.origin}/`)).status, 200);
    const unknown = await fetch(`${server.origin}/nowhere`);
    assert.equal(unknown.status, 404);
    assert.equal((await unknown.json()).code, 'ERR_LATCHKEY_NOT_FOUND');
  });

  test('refuses a browser that calls it by a name that was rebound', async () => {
    for (const path of ['/api/auth/capabilities', '/metrics']) {
      const { status } = await askAs('rebound.example:4111', server.origin, path);
      assert.ok(status === 403 || status === 404, `${path} ${status}`);
      assert.equal((await askAs(new URL(server.origin).host, server.origin, path)).status, 200);
    }
    const refused = await fetch(`${server.origin}/api/auth/logout`, {
      method: 'POST',
      headers: { origin: 'http://rebound.example', cookie },
    });
    assert.equal(refused.status, 403);
  });

  test('keeps sessions over a restart, and a sign-out as well', async () => {
    assert.equal((await server.stop()).status, 0);
    server = await serve(['--dev', '--demo', '--data', data]);
    const me = async () => (await fetch(`${server.origin}/api/auth/me`, { headers: { cookie } })).json();
    assert.equal((await me()).email, 'first@example.com');
    assert.equal((await fetch(`${server.origin}/api/auth/logout`, { method: 'POST', headers: { cookie } })).status, 200);
    assert.equal(await me(), null);
    await server.stop();
    server = await serve(['--dev', '--demo', '--data', data]);
    assert.equal(await me(), null);
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`ends with status 0 within 10 s of ${signal}, idle connections or not`, async () => {
      const other = await serve(['--dev', '--data', join(folder, signal)]);
      await fetch(`${other.origin}/api/auth/me`);
      const { status, ms } = await other.stop(signal);
      assert.equal(status, 0);
      assert.ok(ms < 10_000);
    });
  }
});

describe('latchkey serve without --dev', () => {
  test('asks for a secret and a license by name', () => {
    const none = run(['serve', '--port', '0', '--data', join(folder, 'none')]);
    assert.equal(none.status, 1);
    assert.match(none.err, /LATCHKEY_SECRET/);
    const unlicensed = run(['serve', '--port', '0', '--data', join(folder, 'none')], { env: { LATCHKEY_SECRET: secret } });
    assert.equal(unlicensed.status, 1);
    assert.match(unlicensed.err, /MASTRA_EE_LICENSE/);
    const weak = run(['serve', '--port', '0', '--data', join(folder, 'none')], {
      env: { LATCHKEY_SECRET: 'a'.repeat(40), MASTRA_EE_LICENSE: license },
    });
    assert.equal(weak.status, 1);
    assert.ok(!weak.err.includes('aaaa'));
    assert.match(weak.err, /Make one with `latchkey key generate`/);
  });

  test('sets a Secure cookie under its public URL, and gives a stranger no owner role', async () => {
    const file = join(folder, 'secret-file');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    const server = await serve(['--data', join(folder, 'public')], {
      LATCHKEY_SECRET_FILE: file,
      MASTRA_EE_LICENSE: license,
      LATCHKEY_PUBLIC_URL: 'https://studio.example.com',
    });
    try {
      assert.match(server.output.err, /user add EMAIL --role owner/);
      const response = await fetch(`${server.origin}/api/auth/signup`, {
        method: 'POST',
        headers: { ...json, origin: 'https://studio.example.com' },
        body: JSON.stringify({ email: 'a@example.com', password: 'correct horse battery' }),
      });
      assert.match(response.headers.getSetCookie()[0], /^__Host-mastra_session=.*; Secure$/);
      assert.match(response.headers.get('strict-transport-security'), /max-age=\d{8}/);
      const me = await fetch(`${server.origin}/api/auth/me`, { headers: { cookie: cookieOf(response) } });
      assert.deepEqual((await me.json()).roles, ['viewer']);
      // What the sockets' side refuses, and what operators ask, says so as well.
      const secure = /max-age=\d{8}/;
      assert.match((await fetch(`${server.origin}/healthz`)).headers.get('strict-transport-security'), secure);
      const huge = await askAs('studio.example.com', server.origin, `/${'x'.repeat(9000)}`);
      assert.equal(huge.status, 414);
      assert.match(huge.headers['strict-transport-security'], secure);
    } finally {
      await server.stop();
    }
  });
});

describe('the command line', () => {
  test('tells wrong usage from failure', () => {
    assert.equal(run([]).status, 2);
    assert.equal(run(['serve', '--port', 'x']).status, 2);
    assert.equal(run(['serve', '--nonsense']).status, 2);
    assert.equal(run(['serve', '--dev', '--host', '0.0.0.0']).status, 2);
    assert.equal(run(['--help']).status, 0);
    assert.match(run(['--version']).out, /^latchkey \d+\.\d+\.\d+$/m);
    assert.equal(run(['serve', '--dev', '--data', join(folder, 'x'), '--studio', join(folder, 'none')]).status, 1);
  });

  test('adds accounts, lists them and gives roles', () => {
    const data = ['--data', join(folder, 'users')];
    const added = run(['user', 'add', 'Owner@Example.com', '--role', 'owner', '--name', 'O', ...data]);
    assert.equal(added.status, 0);
    assert.match(added.out, /^password: [\w-]{20}$/m);
    const given = run(['user', 'add', 'b@example.com', '--password-stdin', ...data], { input: 'correct horse battery\n' });
    assert.equal(given.status, 0);
    assert.ok(!given.out.includes('battery'));
    assert.equal(run(['user', 'role', 'b@example.com', 'admin', ...data]).status, 0);
    assert.deepEqual(
      run(['user', 'list', ...data]).out.trim().split('\n').map((line) => line.split('\t').slice(0, 3)),
      [['owner@example.com', 'owner', 'active'], ['b@example.com', 'admin', 'active']],
    );
    assert.equal(run(['user', 'add', 'b@example.com', ...data]).status, 1);
    assert.equal(run(['user', 'add', 'no address', ...data]).status, 1);
    assert.equal(run(['user', 'add', 'c@example.com', '--role', 'king', ...data]).status, 1);
    assert.equal(run(['user', 'role', 'nobody@example.com', 'admin', ...data]).status, 1);
    assert.equal(run(['user', 'add', 'd@example.com', '--password-stdin', ...data], { input: 'short\n' }).status, 1);
  });
});
