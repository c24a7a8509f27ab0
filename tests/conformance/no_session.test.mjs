// SPDX-License-Identifier: Apache-2.0
// What must not sign anybody in: a password that was reset, and a sign-up beside a session of somebody else.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cookieOf, folder, json, run, serve } from './executable.mjs';
import { startMailbox } from './mailbox.mjs';

const data = ['--data', join(folder, 'no-session')];
const first = 'correct horse battery';
const second = 'another tribal lamp';
let mailbox;
let server;
let letters = 0;

const post = (path, body, cookie = '') =>
  fetch(`${server.origin}/api/auth/${path}`, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify(body) });
const emailOf = async (cookie) =>
  (await (await fetch(`${server.origin}/api/auth/me`, { headers: { cookie } })).json())?.email;
const signIn = (email, password) => post('credentials/sign-in', { email, password });

before(async () => {
  for (const email of ['ada@example.com', 'bob@example.com']) {
    assert.equal(run(['user', 'add', email, '--password-stdin', ...data], { input: `${first}\n` }).status, 0);
  }
  mailbox = await startMailbox();
  server = await serve(['--dev', ...data], {
    LATCHKEY_MAIL_URL: mailbox.url,
    LATCHKEY_MAIL_FROM: 'studio@example.com',
    LATCHKEY_MAIL_RESET_PAGE: 'https://studio.example.com/reset-password',
  });
});
after(async () => {
  await server?.stop();
  mailbox?.stop();
});

describe('[CR-12] a password reset', () => {
  for (const [whose, email, other] of [['nobody signed in', 'ada@example.com', null], ['somebody else', 'ada@example.com', 'bob@example.com']]) {
    test(`in a browser with ${whose} opens no session and changes nobody's`, async () => {
      const before = letters === 0 ? first : second;
      const next = letters === 0 ? second : 'gravel oath willow';
      const own = cookieOf(await signIn(email, before));
      assert.equal(await emailOf(own), email);
      const here = other ? cookieOf(await signIn(other, first)) : '';

      const asked = await post('credentials/request-password-reset', { email }, here);
      assert.deepEqual([asked.status, asked.headers.getSetCookie()], [200, []]);
      const token = /#token=([\w-]{43})/.exec(await mailbox.letter(letters++))[1];
      const reset = await post('credentials/reset-password', { token, newPassword: next }, here);
      assert.deepEqual([reset.status, await reset.json()], [200, { success: true }]);
      assert.deepEqual(reset.headers.getSetCookie(), []);

      assert.equal(await emailOf(own), undefined, 'the sessions of before are over');
      if (other) assert.equal(await emailOf(here), other);
      assert.equal((await signIn(email, before)).status, 401);
      assert.equal(await emailOf(cookieOf(await signIn(email, next))), email);

      const again = await post('credentials/reset-password', { token, newPassword: before }, here);
      assert.deepEqual([again.status, again.headers.getSetCookie()], [400, []]);
    });
  }
});

describe('[CR-12] a sign-up in a browser with somebody signed in', () => {
  test('opens a session for the new account alone, and none when it is refused', async () => {
    const bob = cookieOf(await signIn('bob@example.com', first));
    const taken = await post('credentials/sign-up', { email: 'bob@example.com', password: first }, bob);
    assert.deepEqual([taken.status, taken.headers.getSetCookie()], [400, []]);
    assert.equal(await emailOf(bob), 'bob@example.com');

    const made = await post('credentials/sign-up', { email: 'new@example.com', password: second }, bob);
    assert.equal(made.status, 200);
    assert.equal(made.headers.getSetCookie().length, 1);
    assert.notEqual(cookieOf(made), bob);
    assert.equal(await emailOf(cookieOf(made)), 'new@example.com');
    assert.equal(await emailOf(bob), undefined, 'the session that the browser had is not left behind');
  });
});
