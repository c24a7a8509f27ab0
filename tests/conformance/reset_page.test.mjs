// The link of a reset letter leads to a page where the password can be set, whatever studio is served.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { executable, folder, json, run, serve } from './executable.mjs';
import { startMailbox } from './mailbox.mjs';

let mailbox;
before(async () => (mailbox = await startMailbox()));
after(() => mailbox.stop());

const origin = 'http://127.0.0.1:4111';
const mail = (more) => ({ LATCHKEY_PUBLIC_URL: origin, LATCHKEY_MAIL_URL: mailbox.url, LATCHKEY_MAIL_FROM: 'auth@example.com', ...more });
const place = (name) => join(folder, name);
const data = (name) => ['--data', place(name)];

async function ask(server, path, method = 'GET') {
  const answer = await fetch(server.origin + path, { method });
  return { status: answer.status, type: answer.headers.get('content-type'), headers: answer.headers, text: await answer.text() };
}

async function withServer(args, env, work) {
  const server = await serve(['--dev', ...args], env);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

describe('the page of the reset link', () => {
  let letters = 0;

  test('is there where the server has no studio, and its parts as well', async () => {
    run(['user', 'add', 'ada@example.com', '--role', 'owner', '--password-stdin', ...data('reset')], { input: 'correct horse battery\n' });
    await withServer(data('reset'), mail(), async (server) => {
      const asked = await fetch(`${server.origin}/api/auth/credentials/request-password-reset`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ email: 'ada@example.com' }),
      });
      assert.equal(asked.status, 200);
      const [, path, token] = /http:\/\/127\.0\.0\.1:4111(\S*)#token=([\w-]{43})/.exec(await mailbox.letter(letters++));
      const page = await ask(server, path);
      assert.equal(page.status, 200);
      assert.equal(page.type, 'text/html; charset=utf-8');
      assert.match(page.headers.get('content-security-policy'), /script-src 'self' 'wasm-unsafe-eval'/);
      assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
      // Nothing inline, which that policy refuses, and nothing left to fill in.
      assert.doesNotMatch(page.text, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|@[A-Z]+@/);
      assert.match(page.text, /data-api="\/api" data-least="8"/);
      for (const [, part] of page.text.matchAll(/(?:src|href)="(\/reset-password\.\w+)"/g)) {
        const found = await ask(server, part);
        assert.equal(found.status, 200, part);
        assert.match(found.type, part.endsWith('.js') ? /^text\/javascript/ : /^text\/css/);
      }
      assert.equal((await ask(server, path, 'HEAD')).text, '');
      assert.equal((await ask(server, path, 'POST')).status, 404);
      // What the page does with the token.
      const set = await fetch(`${server.origin}/api/auth/credentials/reset-password`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ token, newPassword: 'another tribal lamp' }),
      });
      assert.deepEqual(await set.json(), { success: true });
    });
  });

  test('is the studio\u2019s own where that has one at the path, and the server\u2019s where it has none', async () => {
    const studio = place('own-studio');
    mkdirSync(studio);
    writeFileSync(join(studio, 'index.html'), '<!doctype html><title>own</title>');
    await withServer(['--studio', studio, ...data('own')], mail(), async (server) => {
      assert.match((await ask(server, '/reset-password')).text, /Choose a new password/);
      assert.equal((await ask(server, '/')).text, '<!doctype html><title>own</title>');
    });
    writeFileSync(join(studio, 'password.html'), '<!doctype html><title>own page</title>');
    const env = mail({ LATCHKEY_MAIL_RESET_PAGE: `${origin}/password.html`, LATCHKEY_API_PREFIX: '/v1/' });
    await withServer(['--studio', studio, ...data('own')], env, async (server) => {
      assert.equal((await ask(server, '/password.html')).text, '<!doctype html><title>own page</title>');
      assert.equal((await ask(server, '/reset-password')).status, 404);
    });
    const moved = mail({ LATCHKEY_MAIL_RESET_PAGE: `${origin}/account/new?from=letter`, LATCHKEY_API_PREFIX: '/v1/' });
    await withServer(['--studio', studio, ...data('own')], moved, async (server) => {
      const page = await ask(server, '/account/new');
      assert.match(page.text, /src="\/account\/new\.js"/);
      assert.match(page.text, /data-api="\/v1"/);
    });
  });

  test('is the demo studio\u2019s own, where that is built', { skip: !existsSync(join(dirname(executable), '../share/latchkey/studio')) }, async () => {
    await withServer(['--demo', ...data('demo')], mail(), async (server) => {
      for (const path of ['/reset-password', '/forgot-password']) {
        assert.equal((await ask(server, path)).text, (await ask(server, '/')).text);
      }
    });
  });

  test('is not there without letters, nor where another server has it', async () => {
    for (const env of [{}, mail({ LATCHKEY_MAIL_RESET_PAGE: 'https://studio.example.com/reset-password' })]) {
      await withServer(data('none'), env, async (server) => assert.equal((await ask(server, '/reset-password')).status, 404));
    }
  });

  test('is missed by the doctor and at the start where the server can show none', async () => {
    const warning = /mail\.reset_page is http:\/\/127\.0\.0\.1:4111\/\S+, where this server has no page: the links of letters lead nowhere/;
    for (const path of ['/api/reset', '/healthz']) {
      const env = mail({ LATCHKEY_MAIL_RESET_PAGE: origin + path });
      const examined = run(['doctor', '--dev', '--port', '0', ...data('missed')], { env });
      assert.match(examined.out, warning);
      await withServer(data('missed'), env, async (server) => assert.match(server.output.err, warning));
    }
    assert.doesNotMatch(run(['doctor', '--dev', '--port', '0', ...data('missed')], { env: mail() }).out, warning);
  });
});
