// SPDX-License-Identifier: Apache-2.0
/** What a client takes from a page when nothing is injected. The page is jsdom's; the core is the real one. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { JSDOM } from 'jsdom';
// The file that pages load; in Node the package's name stands for another one.
import { createAuthClient, loadCore } from '../../js/dist/index.js';
import { fakeServer, manualClock, record, settle, stranger } from './support.mjs';

const CAPABILITIES = 'GET /auth/capabilities';
const NodeChannel = globalThis.BroadcastChannel;
await loadCore();

let dom;
beforeEach(() => {
  dom = new JSDOM('<!doctype html>', { url: 'https://studio.example/agents?tab=runs' });
  const { window } = dom;
  const names = { window, document: window.document, localStorage: window.localStorage, location: window.location };
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
});

function openPage(t, routes = { [CAPABILITIES]: stranger() }) {
  const server = fakeServer(routes);
  const clock = manualClock();
  const client = createAuthClient({ fetch: server.fetch, clock });
  t.after(() => client.dispose());
  return { server, clock, client };
}

const fire = (target, type) => target.dispatchEvent(new dom.window.Event(type));

test('listens to focus, visibility and network, and stops', async (t) => {
  const { server, clock, client } = openPage(t);
  record(client.useAuthCapabilities());
  await settle();
  for (const [target, type] of [[dom.window, 'focus'], [dom.window, 'online'], [dom.window.document, 'visibilitychange']]) {
    const before = server.calls.length;
    await clock.advance(5_000);
    fire(target, type);
    await settle();
    assert.equal(server.calls.length, before + 1, type);
  }
  const before = server.calls.length;
  await clock.advance(5_000);
  Object.defineProperty(dom.window.document, 'visibilityState', { value: 'hidden', configurable: true });
  fire(dom.window.document, 'visibilitychange');
  await settle();
  assert.equal(server.calls.length, before, 'a page that nobody sees has time');
  client.dispose();
  fire(dom.window, 'online');
  await settle();
  assert.equal(server.calls.length, before);
});

test('tells other tabs by BroadcastChannel that something changed, and nothing more', async (t) => {
  const { server, client } = openPage(t, { [CAPABILITIES]: stranger(), 'POST /auth/logout': { success: true } });
  const other = new NodeChannel('latchkey');
  t.after(() => other.close());
  const heard = [];
  const told = new Promise((resolve) => {
    other.onmessage = ({ data }) => resolve(heard.push(data));
  });
  record(client.useAuthCapabilities());
  await settle();
  await client.signOut();
  await told;
  assert.deepEqual(heard, ['changed']);

  // Messages arrive in order, so a real hint behind the forged ones tells when all have been heard.
  const before = server.calls.length;
  for (const forged of [{ type: 'login', user: { id: 'admin' } }, 'signed-in', null, ['changed']]) other.postMessage(forged);
  other.postMessage('changed');
  while (server.calls.length === before) await settle();
  await settle();
  assert.equal(server.calls.length, before + 1);
  assert.equal(client.useAuthCapabilities().get().data.user, undefined);
});

test('falls back to storage events, and leaves nothing in the storage', async (t) => {
  globalThis.BroadcastChannel = undefined;
  t.after(() => {
    globalThis.BroadcastChannel = NodeChannel;
  });
  const written = [];
  const { setItem } = dom.window.Storage.prototype;
  dom.window.Storage.prototype.setItem = function (...pair) {
    written.push(pair);
    return setItem.apply(this, pair);
  };
  const { server, client } = openPage(t, { [CAPABILITIES]: stranger(), 'POST /auth/logout': { success: true } });
  record(client.useAuthCapabilities());
  await settle();
  await client.signOut();
  assert.deepEqual(written, [['latchkey', 'changed']]);
  assert.equal(dom.window.localStorage.length, 0);

  const ask = async (init) => {
    const before = server.calls.length;
    dom.window.dispatchEvent(new dom.window.StorageEvent('storage', init));
    await settle();
    return server.calls.length - before;
  };
  assert.equal(await ask({ key: 'latchkey', newValue: 'changed' }), 1);
  assert.equal(await ask({ key: 'latchkey', newValue: null }), 0);
  assert.equal(await ask({ key: 'latchkey', newValue: '{"user":{"id":"admin"}}' }), 0);
  assert.equal(await ask({ key: 'other', newValue: 'changed' }), 0);
});

test('works where storage is forbidden', async (t) => {
  globalThis.BroadcastChannel = undefined;
  t.after(() => {
    globalThis.BroadcastChannel = NodeChannel;
  });
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get() {
      throw new DOMException('denied', 'SecurityError');
    },
  });
  const { client } = openPage(t, { [CAPABILITIES]: stranger(), 'POST /auth/logout': { success: true } });
  await client.signOut();
});

test('returns to the present page after single sign-on', async (t) => {
  const { server, client } = openPage(t, { 'GET /auth/sso/login': { url: 'javascript:alert(1)' } });
  await assert.rejects(client.signIn.sso());
  assert.equal(new URL(server.calls.at(-1).url, location.href).searchParams.get('redirect_uri'), '/agents?tab=runs');
});

test('resolves where a server leads against the page', async (t) => {
  const visited = [];
  const { fetch } = fakeServer({ [CAPABILITIES]: stranger(), 'POST /auth/logout': { success: true, redirectTo: '/login' } });
  const client = createAuthClient({ fetch, navigate: (url) => visited.push(url) });
  t.after(() => client.dispose());
  await client.signOut();
  assert.deepEqual(visited, ['https://studio.example/login']);
});
