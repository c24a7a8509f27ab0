// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { JSDOM } from 'jsdom';
// The file that pages load; in Node the package's name stands for another one.
import { createAuthClient, loadCore } from '../../js/dist/index.js';
import { fakeServer, gate, json, manualClock, person, settle, signedIn, stranger } from './support.mjs';

const { window } = new JSDOM('<!doctype html><div id="root"></div>', { url: 'https://studio.example/' });
// One by one: newer versions of Node have some of these themselves, as getters.
const globals = { window, document: window.document, navigator: window.navigator, IS_REACT_ACT_ENVIRONMENT: true };
for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });

const { StrictMode, Suspense, act, createElement, lazy } = await import('react');
const { createRoot, hydrateRoot } = await import('react-dom/client');
const { renderToString } = await import('react-dom/server');
const { AuthProvider, AuthRequired, Can, ...hooks } = await import('latchkey/react');
await loadCore();

const CAPABILITIES = 'GET /auth/capabilities';
const cleanUp = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

function newClient(routes) {
  const server = fakeServer(routes);
  const hints = { send() {}, listen: () => () => {} };
  const client = createAuthClient({ fetch: server.fetch, clock: manualClock(), attention: () => () => {}, hints });
  cleanUp.push(() => client.dispose());
  return { server, client };
}

/** Renders below a provider; gives what the page says. */
async function render(client, element) {
  const root = createRoot(document.getElementById('root'));
  cleanUp.unshift(() => act(() => root.unmount()));
  const all = createElement(StrictMode, null, createElement(AuthProvider, { client }, element));
  await act(async () => {
    root.render(all);
    await settle();
  });
  return () => document.getElementById('root').textContent;
}
const later = (action) => act(async () => {
  await action();
  await settle();
});

test('has the documented hooks under their names', () => {
  assert.deepEqual(Object.keys(hooks).sort(), [
    'useAuthActions', 'useAuthCapabilities', 'useCredentialsLogin', 'useCredentialsSignup', 'useCurrentUser', 'usePermissions',
  ]);
});

test('renders what the stores say, and again when they change', async () => {
  const { client, server } = newClient({
    [CAPABILITIES]: stranger(),
    'GET /auth/me': null,
    'POST /auth/credentials/sign-in': { user: person },
    'POST /auth/logout': { success: true },
  });
  let login;
  let actions;
  function Page() {
    const { data: user, isPending } = hooks.useCurrentUser();
    const { hasPermission, isAuthenticated } = hooks.usePermissions();
    login = hooks.useCredentialsLogin();
    actions = hooks.useAuthActions();
    return `${isPending ? 'loading' : (user?.name ?? 'nobody')} ${isAuthenticated} ${hasPermission('agents:read')} ${login.isPending}`;
  }
  const page = await render(client, createElement(Page));
  assert.equal(page(), 'nobody false false false');
  assert.equal(server.count(CAPABILITIES), 1, 'mounting twice, as strict mode does, asks once');

  server.routes[CAPABILITIES] = signedIn(['agents:read']);
  server.routes['GET /auth/me'] = person;
  await later(() => login.mutateAsync({ email: 'a', password: 'b' }));
  assert.equal(page(), 'Ada true true false');

  server.routes[CAPABILITIES] = stranger();
  server.routes['GET /auth/me'] = null;
  await later(() => actions.logout());
  assert.equal(page(), 'nobody false false false');
});

test('AuthRequired shows nothing protected before it is known that it may', async () => {
  const answers = gate();
  const { client } = newClient({ [CAPABILITIES]: answers.handler });
  const slots = { loading: 'wait', signedOut: 'sign in', unavailable: 'down' };
  const page = await render(client, createElement(AuthRequired, slots, 'secret'));
  assert.equal(page(), 'wait');
  await later(() => answers.release(0, stranger()));
  assert.equal(page(), 'sign in');
  await later(() => {
    client.useAuthCapabilities().get().refetch();
    return settle().then(() => answers.release(1, signedIn()));
  });
  assert.equal(page(), 'secret');
});

test('AuthRequired tells an unreachable server from a stranger, and lets all in where authentication is off', async () => {
  const slots = { loading: 'wait', signedOut: 'sign in', unavailable: 'down' };
  for (const [answer, shown] of [
    [json({ error: 'no' }, { status: 404 }), 'down'],
    [json({ error: 'no' }, { status: 401 }), 'sign in'],
    [{ enabled: false, login: null }, 'secret'],
  ]) {
    const { client } = newClient({ [CAPABILITIES]: answer });
    const page = await render(client, createElement(AuthRequired, slots, 'secret'));
    assert.equal(page(), shown);
    await cleanUp.shift()();
  }
});

test('Can shows its children when all that is asked is granted, and never when nothing is asked', async () => {
  const { client } = newClient({ [CAPABILITIES]: signedIn(['agents:read'], { roles: ['viewer'] }) });
  const cases = [
    [{ permission: 'agents:read' }, true],
    [{ permission: 'agents:write' }, false],
    [{ all: ['agents:read', 'agents:write'] }, false],
    [{ any: ['agents:read', 'agents:write'] }, true],
    [{ role: 'viewer' }, true],
    [{ role: 'viewer', permission: 'agents:write' }, false],
    [{ role: 'viewer', permission: 'agents:read' }, true],
    [{ any: [] }, false],
    [{ all: [] }, false],
    [{ all: [], any: [] }, false],
    [{ all: [], role: 'admin' }, false],
    [{ all: [], permission: 'agents:read' }, true],
    [{ any: [], permission: 'agents:read' }, false],
    [{ all: 'agents:read' }, false],
    [{ all: null }, false],
    [{}, false],
    [{ permission: null }, false],
  ];
  const elements = cases.map(([props], key) => createElement(Can, { ...props, key, denied: '-' }, '+'));
  const page = await render(client, elements);
  assert.equal(page(), cases.map(([, expected]) => (expected ? '+' : '-')).join(''));
});

/** Hydrates what a server rendered; gives what the page says and what React found wrong. */
async function hydrate(client, fromServer, element = fromServer) {
  const page = document.getElementById('root');
  const below = (provided, children) => createElement(AuthProvider, { client: provided }, children);
  page.innerHTML = renderToString(below(newClient({}).client, fromServer));
  const rendered = page.textContent;
  const faults = [];
  let root;
  await act(async () => {
    root = hydrateRoot(page, below(client, element), { onRecoverableError: ({ message }) => faults.push(message) });
    await settle();
  });
  cleanUp.unshift(() => act(() => root.unmount()));
  return { rendered, faults, text: () => page.textContent };
}

const known = {
  [CAPABILITIES]: signedIn(['agents:read']),
  'GET /auth/me': person,
  'POST /auth/credentials/sign-in': { user: person },
};

function Everything() {
  const { status } = hooks.useAuthCapabilities();
  const { data: user, isPending } = hooks.useCurrentUser();
  const { hasPermission, isLoading } = hooks.usePermissions();
  const outcomes = [hooks.useCredentialsLogin(), hooks.useCredentialsSignup()].map(({ isSuccess }) => isSuccess);
  const name = isPending ? 'loading' : (user?.name ?? 'nobody');
  return [status, name, isLoading, hasPermission('agents:read'), hooks.useAuthActions().isLoggingIn, ...outcomes].join(' ');
}

test('hydrates what a server rendered when everything is known by then', async () => {
  const { client } = newClient(known);
  await client.signIn.email({ email: 'a', password: 'b' });
  await client.getSession();
  const guarded = createElement(AuthRequired, { loading: ' wait' }, createElement(Can, { permission: 'agents:read' }, ' secret'));
  const page = createElement('p', null, createElement(Everything), guarded);
  const { rendered, faults, text } = await hydrate(client, page);
  assert.deepEqual(faults, []);
  assert.equal(rendered, 'pending loading true false false false false wait');
  assert.equal(text(), 'success Ada false true false true false secret');
});

test('hydrates a part that arrives after the person is known', async () => {
  let arrive;
  const Late = lazy(() => new Promise((resolve) => (arrive = () => resolve({ default: Everything }))));
  const page = (Part) => [
    createElement('h1', { key: 1 }, createElement(Everything)),
    createElement(Suspense, { key: 2, fallback: 'later' }, createElement(Part)),
  ];
  const { client } = newClient(known);
  const { faults, text } = await hydrate(client, page(Everything), page(Late));
  const [before, after] = ['pending loading true false false false false', 'success Ada false true false false false'];
  assert.equal(text(), after + before, 'the late part is as the server rendered it');
  await later(() => arrive());
  assert.deepEqual(faults, []);
  assert.equal(text(), after + after);
});

test('renders nothing of a person on a server, whatever the client knows there', async () => {
  const { client } = newClient(known);
  await client.ready();
  await client.getSession();
  const html = renderToString(createElement(AuthProvider, { client }, createElement(Everything)));
  assert.equal(html, 'pending loading true false false false false');
});

test('renders on a server without asking anybody', () => {
  const { client, server } = newClient({ [CAPABILITIES]: signedIn(['*']) });
  const element = createElement(AuthRequired, { loading: 'wait' }, createElement(Can, { permission: 'agents:read' }, 'secret'));
  assert.equal(renderToString(createElement(AuthProvider, { client }, element)), 'wait');
  assert.equal(server.calls.length, 0);
});

test('says what is missing when there is no provider', () => {
  assert.throws(() => renderToString(createElement(Can, { permission: 'agents:read' })), /AuthProvider/);
});
