// SPDX-License-Identifier: Apache-2.0
// An application on another origin than the server: with `--trust-origin` it signs in and out with credentials and the
// headers that Mastra's clients send; without it there is no CORS header to be seen.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { password, people, startStudio } from './support.mjs';

const packageFolder = new URL('../../js/dist/', import.meta.url);
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const clientHeaders = { 'x-mastra-client-type': 'studio', 'x-mastra-dev-playground': 'true' };

/**
 * The application: an empty page and the npm package. On the address of the server under another port it is another
 * origin of the same site, to which browsers send SameSite=Lax cookies; on `localhost` it would be another site.
 */
async function startApplication() {
  const server = createServer(async (request, response) => {
    const name = /^\/latchkey\/([\w.-]+)$/.exec(request.url)?.[1];
    const bytes = name && (await readFile(new URL(name, packageFolder)).catch(() => null));
    if (request.url !== '/' && !bytes) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(name ?? '')] ?? 'text/html' });
    response.end(bytes || '<!doctype html><title>Application</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A request of a script on the page with the person's cookies; the answer, or the name of the error. */
function call(page, method, url, { headers = {}, body } = {}) {
  return page.evaluate(
    async ([target, init]) => {
      try {
        const response = await fetch(target, { credentials: 'include', ...init });
        return { status: response.status, body: await response.json() };
      } catch (error) {
        return { error: error.name };
      }
    },
    [url, {
      method,
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      body: body && JSON.stringify(body),
    }],
  );
}

const corsHeadersOf = (response) => [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('an application on another origin', () => {
  const started = [];
  let application;
  let stranger;
  let trusting;
  let alone;
  const start = async (what) => (started.push(what), what);
  before(async () => {
    application = await start(await startApplication());
    stranger = await start(await startApplication());
    trusting = await start(await startStudio(['--trust-origin', application.origin]));
    alone = await start(await startStudio());
  });
  after(async () => {
    for (const one of started.reverse()) await one.stop();
  });

  const openOn = async (studio, { origin }) => {
    const page = await studio.open();
    await page.goto(origin);
    return page;
  };
  const credentials = (role) => ({ email: people[role].email, password });

  describe('that is trusted', () => {
    it('[HT-02] signs in, reads who is there, is guarded, and signs out', async () => {
      const page = await openOn(trusting, application);
      const api = (method, path, body) => call(page, method, `${trusting.address}/api${path}`, { headers: clientHeaders, body });
      const stranger = await api('GET', '/agents');
      assert.deepEqual([stranger.status, stranger.body.code], [401, 'ERR_LATCHKEY_UNAUTHENTICATED']);
      const signedIn = await api('POST', '/auth/credentials/sign-in', credentials('viewer'));
      assert.equal(signedIn.status, 200);
      assert.equal(signedIn.body.user.email, people.viewer.email);

      const [cookie] = await page.context().cookies(trusting.address);
      assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['mastra_session', true, 'Lax']);
      assert.equal(await page.evaluate(() => document.cookie), '');

      const { body: capabilities } = await api('GET', '/auth/capabilities');
      assert.deepEqual([capabilities.user.email, capabilities.access.roles], [people.viewer.email, ['viewer']]);
      assert.equal((await api('GET', '/auth/me')).body.email, people.viewer.email);
      assert.equal((await api('GET', '/agents')).status, 200);
      const refused = await api('POST', '/agents', { name: 'Not mine' });
      assert.deepEqual([refused.status, refused.body.message], [403, 'Missing required permission: agents:write']);

      assert.deepEqual((await api('POST', '/auth/logout')).body, { success: true });
      assert.equal((await api('GET', '/auth/me')).body, null);
      assert.deepEqual(await page.context().cookies(trusting.address), []);
      await page.context().close();
    });

    it('does the same with createAuthClient', async () => {
      const page = await openOn(trusting, application);
      const seen = await page.evaluate(
        async ([baseURL, person]) => {
          const { createAuthClient } = await import('/latchkey/index.js');
          const auth = createAuthClient({ baseURL });
          try {
            await auth.ready();
            const before = await auth.getSession();
            const wrong = await auth.signIn.email({ ...person, password: 'wrong password' }).catch(({ code }) => code);
            await auth.signIn.email(person);
            const { email, roles } = await auth.getSession();
            const may = ['agents:read', 'agents:execute', 'settings:write'].map((one) => auth.permissions.has(one));
            await auth.signOut();
            return { before, wrong, email, roles, may, after: await auth.getSession() };
          } finally {
            auth.dispose();
          }
        },
        [trusting.address, credentials('member')],
      );
      assert.deepEqual(seen, {
        before: null,
        wrong: 'ERR_LATCHKEY_CREDENTIALS_INVALID',
        email: people.member.email,
        roles: ['member'],
        may: [true, true, false],
        after: null,
      });
      await page.context().close();
    });
  });

  for (const [who, studio, origin] of [
    ['that is not the trusted one', () => trusting, () => stranger],
    ['of a server without the option', () => alone, () => application],
  ]) {
    describe(who, () => {
      it('[HT-01] [HT-02] neither reads nor changes anything, with the cookie of a signed-in person', async () => {
        const page = await studio().ownSession('viewer');
        await page.goto(origin().origin);
        const url = `${studio().address}/api/auth`;
        assert.equal((await page.context().cookies(url)).length, 1);
        const failed = { error: 'TypeError' };
        assert.deepEqual(await call(page, 'GET', `${url}/me`), failed);
        assert.deepEqual(await call(page, 'GET', `${url}/capabilities`, { headers: clientHeaders }), failed);
        assert.deepEqual(await call(page, 'POST', `${url}/credentials/sign-in`, { body: credentials('viewer') }), failed);
        assert.deepEqual(await call(page, 'POST', `${url}/logout`), failed);
        // What needs no leave to be sent: a form, and a request whose answer nobody will see.
        await page.evaluate(
          (target) => fetch(target, { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'a=b' }),
          `${url}/logout`,
        );
        await page.evaluate((target) => {
          document.body.innerHTML = `<iframe name="nowhere"></iframe><form method="post" target="nowhere" action="${target}">`;
          const loaded = new Promise((resolve) => document.querySelector('iframe').addEventListener('load', resolve));
          document.querySelector('form').submit();
          return loaded;
        }, `${url}/logout`);
        assert.equal((await (await page.request.get(`${url}/me`)).json()).email, people.viewer.email);
        await page.context().close();
      });

      it('[HT-02] gets no CORS header at all, not even as a question before', async () => {
        const headers = { origin: origin().origin, ...clientHeaders };
        const url = `${studio().address}/api/auth`;
        const asked = { ...headers, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
        for (const [path, init] of [
          ['/me', { headers }],
          ['/capabilities', { headers }],
          ['/sessions', { headers }],
          ['/nowhere', { headers }],
          ['/logout', { headers, method: 'POST' }],
          ['/logout', { headers: asked, method: 'OPTIONS' }],
          ['/credentials/sign-in', { headers: asked, method: 'OPTIONS' }],
        ]) {
          const answer = await fetch(url + path, init);
          assert.deepEqual(corsHeadersOf(answer), [], `${init.method ?? 'GET'} ${path}`);
          await answer.text();
        }
      });
    });
  }

  it('[HT-02] is named exactly, with credentials, where it is trusted', async () => {
    const answer = await fetch(`${trusting.address}/api/auth/me`, { headers: { origin: application.origin } });
    assert.equal(answer.headers.get('access-control-allow-origin'), application.origin);
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    assert.match(answer.headers.get('vary'), /\bOrigin\b/);
    for (const origin of [`${application.origin}0`, application.origin.replace('127.0.0.1', 'localhost'), 'null', '*']) {
      assert.deepEqual(corsHeadersOf(await fetch(`${trusting.address}/api/auth/me`, { headers: { origin } })), [], origin);
    }
  });
});
