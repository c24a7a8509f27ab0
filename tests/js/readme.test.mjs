// SPDX-License-Identifier: Apache-2.0
/** The examples of the package's README are programs: they run here, against a server that is a function. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { transform } from 'esbuild';
import { fakeServer, json, person, signedIn, stranger } from './support.mjs';

const text = readFileSync(new URL('../../js/README.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/^```(jsx?)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));

let here = null;
const { fetch, calls } = fakeServer({
  'GET /auth/capabilities': () => (here ? signedIn(['agents:*']) : stranger()),
  'GET /auth/me': () => here,
  'POST /auth/credentials/sign-in': () =>
    json({ user: (here = person) }, { headers: { 'set-cookie': 'session=s1; Path=/; HttpOnly' } }),
  'POST /auth/logout': () => {
    here = null;
    return json({ success: true }, { headers: { 'set-cookie': 'session=; Path=/; Max-Age=0' } });
  },
});

/** Runs an example as a module of its own and gives what it prints and exports. */
async function run({ code, language }, name) {
  const file = new URL(`./${name}-${process.pid}.tmp.mjs`, import.meta.url);
  const { code: script } = await transform(code, { loader: language, jsx: 'automatic' });
  const printed = [];
  const { log } = console;
  const former = globalThis.fetch;
  writeFileSync(file, script);
  console.log = (...values) => printed.push(...values);
  globalThis.fetch = fetch;
  try {
    return { printed, exports: await import(file) };
  } finally {
    console.log = log;
    globalThis.fetch = former;
    rmSync(file);
  }
}

test('there are as many examples as are tested here', () => assert.equal(examples.length, 4));

test('the page example signs in, asks and signs out', async () => {
  const { printed } = await run(examples[0], 'page');
  // How often the store speaks while a request is on its way is its own affair.
  const told = printed.filter((value, index) => value !== '…' && value !== printed[index - 1]);
  assert.deepEqual(told, ['Ada', true, 'nobody']);
});

test('the React example renders', async () => {
  const { exports } = await run(examples[1], 'react');
  const { createElement } = await import('react');
  const { renderToString } = await import('react-dom/server');
  const { createAuthClient } = await import('latchkey');
  const auth = createAuthClient({ fetch });
  assert.equal(renderToString(createElement(exports.App, { auth })), '…');
  auth.dispose();
});

test('the core example prints what it says', async () => {
  const { printed } = await run(examples[2], 'core');
  const [covers, explained, route, path, name] = printed;
  assert.deepEqual([covers, explained.allowed, explained.code, route, path, name], [
    true, false, 'ERR_LATCHKEY_FORBIDDEN', 'agents:execute', '/', 'agents:read',
  ]);
});

test('the session example sends the cookie that it was given, and says what it says', async () => {
  const asked = calls.length;
  const { printed } = await run(examples[3], 'session');
  assert.deepEqual(printed, ['ada@example.com', true]);
  const [signIn, ...later] = calls.slice(asked);
  assert.equal(signIn.url, 'http://127.0.0.1:4111/api/auth/credentials/sign-in');
  assert.equal(signIn.headers.cookie, '');
  const signOut = later.findIndex(({ key }) => key === 'POST /auth/logout');
  assert.ok(signOut > 0);
  for (const { headers } of later.slice(0, signOut + 1)) assert.equal(headers.cookie, 'session=s1');
  for (const { headers } of later.slice(signOut + 1)) assert.equal(headers.cookie, '');
});
