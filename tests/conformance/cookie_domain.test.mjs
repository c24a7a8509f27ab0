// SPDX-License-Identifier: Apache-2.0
// A session cookie for a whole domain: what is lost with it is told, and what browsers would drop is refused.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cookieOf, folder, json, license, run, secret, serve } from './executable.mjs';

const publicUrl = 'https://studio.example.com';
const production = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license, LATCHKEY_PUBLIC_URL: publicUrl };
const warning = /^latchkey: warning: every host below (\S+) gets the session/m;

async function lifeOf(name, env) {
  const server = await serve(['--data', join(folder, name)], { ...production, ...env });
  const ask = (path, init) => fetch(`${server.origin}/api/auth${path}`, init);
  const headers = { ...json, origin: publicUrl };
  const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' });
  try {
    const signedUp = await ask('/signup', { method: 'POST', headers, body });
    const cookie = cookieOf(signedUp);
    const emailOf = async (sent) => (await (await ask('/me', { headers: { cookie: sent } })).json())?.email;
    const value = cookie.split('=')[1];
    const seen = {
      line: signedUp.headers.getSetCookie()[0].replace(/=[\w-]{60,}/, '=…').replace(/Max-Age=\d{5,}/, 'Max-Age=N'),
      email: await emailOf(cookie),
      under: await Promise.all(['', '__Host-', '__Secure-'].map(async (prefix) =>
        [prefix, await emailOf(`${prefix}mastra_session=${value}`)])),
      cleared: (await ask('/logout', { method: 'POST', headers: { origin: publicUrl, cookie } })).headers.getSetCookie()[0],
    };
    return { ...seen, warned: warning.exec(server.output.err)?.[1] };
  } finally {
    await server.stop();
  }
}

describe('the domain of the session cookie', () => {
  test('[SS-16] turns __Host- off, gives __Secure- in its place, and warns', async () => {
    const plain = await lifeOf('no-domain', {});
    assert.equal(plain.line, '__Host-mastra_session=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=N; Secure');
    assert.equal(plain.warned, undefined);

    const shared = await lifeOf('domain', { LATCHKEY_COOKIE_DOMAIN: 'example.com' });
    const promised = 'HttpOnly; SameSite=Lax; Path=/; Domain=example.com; Max-Age';
    assert.equal(shared.line, `__Secure-mastra_session=…; ${promised}=N; Secure`);
    assert.equal(shared.warned, 'example.com');
    // [CK-16] What was set is what is cleared.
    assert.equal(shared.cleared, `__Secure-mastra_session=; ${promised}=0; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT`);

    for (const [seen, own] of [[plain, '__Host-'], [shared, '__Secure-']]) {
      assert.equal(seen.email, 'ada@example.com');
      // The seal is bound to the name, so a session is not taken from a cookie of another one.
      const expected = ['', '__Host-', '__Secure-'].map((prefix) => [prefix, prefix === own ? 'ada@example.com' : undefined]);
      assert.deepEqual(seen.under, expected);
    }
  });

  test('[SS-16] is refused where browsers would drop the cookie', () => {
    const start = (env) => run(['serve', '--port', '0', '--data', join(folder, 'refused')], { env: { ...production, ...env } });
    for (const domain of ['other.com', 'com', '.example.com', 'ample.com', 'x.studio.example.com', 'example.com; Secure', '*']) {
      const refused = start({ LATCHKEY_COOKIE_DOMAIN: domain });
      assert.equal(refused.status, 2, domain);
      assert.match(refused.err, /^latchkey: session\.cookie_domain must be the host of server\.public_url or a domain above it/);
    }
    for (const url of ['', 'http://localhost:4111']) {
      assert.equal(start({ LATCHKEY_COOKIE_DOMAIN: 'example.com', LATCHKEY_PUBLIC_URL: url }).status, 2, url);
    }
    const looked = run(['doctor', '--data', join(folder, 'refused')], { env: { ...production, LATCHKEY_COOKIE_DOMAIN: 'other.com' } });
    assert.match(looked.out, /^FAIL {2}cookie/m);
  });
});
