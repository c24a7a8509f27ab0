// SPDX-License-Identifier: Apache-2.0
/** The two questions to the server: when they are asked, what their stores show, what survives a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthClient } from 'latchkey';
import { connectedTabs, fakeServer, gate, json, manualClock, person, record, settle, signedIn, stranger } from './support.mjs';

const CAPABILITIES = 'GET /auth/capabilities';
const ME = 'GET /auth/me';
const misuse = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };

function setUp(t, routes, options = {}) {
  const server = fakeServer(routes);
  const clock = manualClock();
  const attention = { wake: () => {}, listeners: 0 };
  const client = createAuthClient({
    fetch: server.fetch,
    clock,
    attention: (wake) => {
      attention.wake = wake;
      attention.listeners++;
      return () => attention.listeners--;
    },
    hints: connectedTabs()(),
    ...options,
  });
  t.after(() => client.dispose());
  return { server, clock, attention, client, capabilities: client.useAuthCapabilities(), me: client.useCurrentUser() };
}

test('asks nothing before somebody subscribes', async (t) => {
  const { server, capabilities, attention, client } = setUp(t, { [CAPABILITIES]: stranger() });
  assert.equal(capabilities.get().isPending, true);
  assert.equal(client.permissions.has('agents:read'), false);
  await settle();
  assert.equal(server.calls.length, 0);
  assert.equal(attention.listeners, 0);
});

test('goes from pending to success, each snapshot whole and frozen', async (t) => {
  const { capabilities, server } = setUp(t, { [CAPABILITIES]: stranger() });
  const { values } = record(capabilities);
  await settle();
  const shown = values.map(({ data, error, refetch, ...state }) => state);
  assert.deepEqual(shown, [
    { status: 'pending', isPending: true, isFetching: true, isSuccess: false, isError: false },
    { status: 'success', isPending: false, isFetching: false, isSuccess: true, isError: false },
  ]);
  const last = values.at(-1);
  assert.deepEqual(last.data, stranger());
  assert.equal(last.error, null);
  assert.ok(Object.isFrozen(last) && Object.isFrozen(last.data) && Object.isFrozen(last.data.login));
  assert.equal(capabilities.get(), last);
  const [call] = server.calls;
  assert.equal(call.credentials, 'include');
  assert.equal(call.cache, 'no-store');
  assert.equal(call.url, '/api/auth/capabilities');
});

test('keeps the same snapshot until something changes, and the same data while it says the same', async (t) => {
  const { capabilities } = setUp(t, { [CAPABILITIES]: stranger() });
  const { values } = record(capabilities);
  await settle();
  const first = capabilities.get();
  assert.equal(capabilities.get(), first);
  const count = values.length;
  const answer = await first.refetch();
  assert.equal(answer, capabilities.get());
  assert.equal(answer.data, first.data);
  assert.equal(values.length, count + 2);
});

test('calls a subscriber at once and no more after it has left', async (t) => {
  const { capabilities } = setUp(t, { [CAPABILITIES]: stranger() });
  const { values, stop } = record(capabilities);
  assert.equal(values.length, 1);
  stop();
  await settle();
  assert.equal(values.length, 1);
  assert.equal(capabilities.get().isSuccess, true, 'the answer is kept for the next');
});

test('is content with an answer of the last minute', async (t) => {
  const { capabilities, server, clock } = setUp(t, { [CAPABILITIES]: stranger() });
  record(capabilities).stop();
  await clock.advance(59_999);
  record(capabilities).stop();
  await settle();
  assert.equal(server.calls.length, 1);
  await clock.advance(1);
  record(capabilities);
  await settle();
  assert.equal(server.calls.length, 2);
});

test('asks again when the person comes back, once for a burst of events', async (t) => {
  const { capabilities, me, server, clock, attention } = setUp(t, { [CAPABILITIES]: stranger(), [ME]: null });
  record(capabilities);
  await settle();
  await clock.advance(5_000);
  attention.wake();
  attention.wake();
  await settle();
  attention.wake();
  await settle();
  assert.equal(server.count(CAPABILITIES), 2);
  assert.equal(server.count(ME), 0, 'what nobody has used is not asked for');
  record(me);
  await settle();
  await clock.advance(5_000);
  attention.wake();
  await settle();
  assert.deepEqual([server.count(CAPABILITIES), server.count(ME)], [3, 2]);
});

test('asks again at once when the network is back after a failure', async (t) => {
  const { capabilities, server, clock, attention } = setUp(t, { [CAPABILITIES]: () => Promise.reject(new TypeError('offline')) });
  record(capabilities);
  await clock.advance(10_000);
  assert.equal(capabilities.get().error.code, 'ERR_LATCHKEY_NETWORK');
  server.routes[CAPABILITIES] = stranger();
  attention.wake();
  await settle();
  assert.equal(capabilities.get().isSuccess, true);
});

test('asks again when another tab hints, and believes nothing but the server', async (t) => {
  const tab = connectedTabs();
  const other = tab();
  const { capabilities, server } = setUp(t, { [CAPABILITIES]: stranger() }, { hints: tab() });
  record(capabilities);
  await settle();
  other.send({ type: 'login', user: { id: 'admin' } });
  await settle();
  assert.equal(server.calls.length, 2);
  assert.equal(capabilities.get().data.user, undefined);
});

test('gives up the flight under way when asked anew, and ignores its late answer', async (t) => {
  for (const deaf of [false, true]) {
    const answers = gate({ deaf });
    const { capabilities } = setUp(t, { [CAPABILITIES]: answers.handler });
    record(capabilities);
    await settle();
    const first = capabilities.get().refetch();
    await settle();
    assert.equal(answers.count(), 2);
    answers.release(1, signedIn());
    await settle();
    answers.release(0, stranger());
    await settle();
    assert.equal(capabilities.get().data.user.id, person.id);
    assert.equal(capabilities.get().error, null);
    assert.equal((await first).data.user.id, person.id);
  }
});

test('a second subscriber joins the flight of the first', async (t) => {
  const { capabilities, server } = setUp(t, { [CAPABILITIES]: stranger() });
  record(capabilities);
  record(capabilities);
  await settle();
  assert.equal(server.calls.length, 1);
});

test('never asks capabilities again after a refusal, and three times after a failure', async (t) => {
  for (const [status, calls] of [[400, 1], [403, 1], [404, 1], [429, 1], [500, 4], [503, 4]]) {
    const { capabilities, server, clock } = setUp(t, { [CAPABILITIES]: json({ error: 'no' }, { status }) });
    record(capabilities);
    await clock.advance(60_000);
    assert.equal(server.calls.length, calls, String(status));
    assert.equal(capabilities.get().error.status, status);
    assert.equal(capabilities.get().isFetching, false);
  }
});

test('retries the current user for 503 alone, after 500 ms, then 1 s, then 2 s', async (t) => {
  const { me, server, clock } = setUp(t, { [ME]: json({ error: 'busy' }, { status: 503 }) });
  record(me);
  await settle();
  for (const [wait, calls] of [[499, 1], [1, 2], [999, 2], [1, 3], [1999, 3], [1, 4], [60_000, 4]]) {
    await clock.advance(wait);
    assert.equal(server.count(ME), calls);
    assert.equal(me.get().isFetching, calls < 4);
  }
  assert.equal(me.get().error.code, 'ERR_LATCHKEY_UNAVAILABLE');
  assert.equal(clock.pending(), 0);

  for (const status of [400, 500, 502]) {
    const again = setUp(t, { [ME]: json({ error: 'no' }, { status }) });
    record(again.me);
    await again.clock.advance(60_000);
    assert.equal(again.server.calls.length, 1, String(status));
  }
});

test('takes a 401 for nobody', async (t) => {
  const { me, capabilities, server } = setUp(t, { [ME]: { ...person, roles: ['viewer'] }, [CAPABILITIES]: signedIn() });
  record(me);
  record(capabilities);
  await settle();
  assert.equal(me.get().data.name, 'Ada');
  server.routes[ME] = json({ error: 'Invalid or expired token' }, { status: 401 });
  server.routes[CAPABILITIES] = server.routes[ME];
  await me.get().refetch();
  assert.deepEqual([me.get().data, me.get().status, me.get().error], [null, 'success', null]);
  await capabilities.get().refetch();
  assert.equal(capabilities.get().data, undefined);
  assert.equal(capabilities.get().error.code, 'ERR_LATCHKEY_UNAUTHENTICATED');
});

test('keeps what it knows through any other failure', async (t) => {
  const { me, server } = setUp(t, { [ME]: person });
  record(me);
  await settle();
  server.routes[ME] = json({ error: 'Internal Server Error' }, { status: 500 });
  const { data, error, isError } = await me.get().refetch();
  assert.deepEqual(data, person);
  assert.equal(isError, true);
  assert.equal(error.code, 'ERR_LATCHKEY_INTERNAL');
});

test('refuses answers that are not the documented JSON', async (t) => {
  const html = () => new Response('<!doctype html><title>Studio</title>', { headers: { 'content-type': 'text/html' } });
  const big = () => new Response(`"${'x'.repeat(1 << 20)}"`);
  for (const answer of [html, big, [], 'yes', { enabled: 'yes' }, () => new Response('')]) {
    const { capabilities, client } = setUp(t, { [CAPABILITIES]: answer });
    record(capabilities);
    await settle();
    assert.equal(capabilities.get().error.code, 'ERR_LATCHKEY_RESPONSE_INVALID');
    assert.equal(client.permissions.has('agents:read'), false);
  }
  for (const answer of [{ name: 'nobody' }, [], true]) {
    const { me } = setUp(t, { [ME]: answer });
    record(me);
    await settle();
    assert.equal(me.get().error.code, 'ERR_LATCHKEY_RESPONSE_INVALID');
  }
});

test('lets no answer reach a prototype', async (t) => {
  const text = '{"enabled":true,"login":null,"__proto__":{"user":{"id":"x"}},"constructor":{"prototype":{"polluted":1}}}';
  const { capabilities } = setUp(t, { [CAPABILITIES]: () => new Response(text) });
  record(capabilities);
  await settle();
  assert.deepEqual(capabilities.get().data, { enabled: true, login: null });
  assert.equal(capabilities.get().data.user, undefined);
  assert.equal({}.polluted, undefined);
});

test('takes a server that says nothing for half a minute for one that cannot be reached', async (t) => {
  const { me, clock } = setUp(t, { [ME]: gate().handler });
  record(me);
  await clock.advance(29_999);
  assert.equal(me.get().isFetching, true);
  await clock.advance(1);
  assert.equal(me.get().error.code, 'ERR_LATCHKEY_NETWORK');
});

test('a listener that throws disturbs nobody', async (t) => {
  const { capabilities } = setUp(t, { [CAPABILITIES]: stranger() });
  const thrown = [];
  const keep = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error.message));
  try {
    capabilities.subscribe(() => {
      throw new Error('mine');
    });
    const { values } = record(capabilities);
    await settle();
    assert.equal(values.at(-1).isSuccess, true);
    assert.deepEqual([...new Set(thrown)], ['mine']);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of keep) process.on('uncaughtException', listener);
  }
});

test('reads baseURL and apiPrefix however they are written', async (t) => {
  const cases = [
    [{}, '/api/auth/me'],
    [{ apiPrefix: ' api/ ' }, '/api/auth/me'],
    [{ apiPrefix: '//v1/api//' }, '/v1/api/auth/me'],
    [{ apiPrefix: '/' }, '/auth/me'],
    [{ apiPrefix: '' }, '/auth/me'],
    [{ baseURL: 'https://studio.example/' }, 'https://studio.example/api/auth/me'],
    [{ baseURL: new URL('https://studio.example'), apiPrefix: 'x' }, 'https://studio.example/x/auth/me'],
  ];
  for (const [options, url] of cases) {
    const asked = [];
    const fetch = async (address) => {
      asked.push(address);
      return json(null);
    };
    const client = createAuthClient({ ...options, fetch });
    t.after(() => client.dispose());
    assert.equal(await client.getSession(), null);
    assert.deepEqual(asked, [url]);
  }
  for (const options of [{ baseURL: 7 }, { apiPrefix: null }, { fetch: 'fetch' }, null, 7, 'https://studio.example', []]) {
    assert.throws(() => createAuthClient(options), misuse);
  }
});

test('refuses an address that is none, and an option that there is not, by name', () => {
  for (const baseURL of ['nope', '/studio', 'studio.example', 'studio.example:80', 'null', 'file:///etc', 'https://', 'https:studio']) {
    const message = 'baseURL must be an absolute URL, such as https://studio.example';
    assert.throws(() => createAuthClient({ baseURL }), { ...misuse, field: 'baseURL', message });
  }
  assert.throws(() => createAuthClient({ baseUrl: 'https://studio.example' }), {
    ...misuse,
    field: 'baseUrl',
    message: 'there is no option baseUrl; did you mean baseURL?',
  });
  assert.throws(() => createAuthClient({ header: {} }), { ...misuse, field: 'header', message: /^there is no option header; .*apiPrefix/ });
});

test('outside a page the first request says that baseURL is needed, and is not tried again', async (t) => {
  const clock = manualClock();
  const client = createAuthClient({ clock }); // a server that renders pages may make one
  t.after(() => client.dispose());
  const refusal = { ...misuse, field: 'baseURL', message: 'baseURL is needed outside a page' };
  const asked = t.mock.method(globalThis, 'fetch', () => assert.fail('it asked'));
  await assert.rejects(client.getSession(), refusal);
  await assert.rejects(client.signIn.email({ email: 'a', password: 'b' }), refusal);
  await assert.rejects(client.ready(), refusal);
  await settle();
  assert.equal(clock.pending(), 0);
  assert.equal(asked.mock.callCount(), 0);

  const answers = createAuthClient({ baseURL: 'https://studio.example' });
  t.after(() => answers.dispose());
  asked.mock.mockImplementation(async () => json(null));
  assert.equal(await answers.getSession(), null);
});

test('ends everything on dispose', async (t) => {
  const { client, capabilities, server, clock, attention } = setUp(t, { [CAPABILITIES]: gate().handler });
  const { values } = record(capabilities);
  await settle();
  assert.equal(attention.listeners, 1);
  client.dispose();
  client.dispose();
  await settle();
  assert.equal(attention.listeners, 0);
  assert.equal(clock.pending(), 0);
  assert.equal(server.calls[0].signal.aborted, true);
  assert.equal(values.length, 1, 'nothing is told any more');
  await capabilities.get().refetch();
  assert.equal(server.calls.length, 1);
  for (const call of [() => client.signOut(), () => client.refresh(), () => client.getSession(), () => client.ready(),
    () => client.signIn.email({ email: 'a', password: 'b' }), () => client.signIn.sso()]) {
    await assert.rejects(call, { name: 'LatchkeyError', code: 'ERR_LATCHKEY_DISPOSED' });
  }
});

test('keeps the person, and says that the server is not there, while no session can be judged', async (t) => {
  const offline = () => Promise.reject(new TypeError('offline'));
  const refused = json({ error: 'The store failed' }, { status: 503, headers: { 'retry-after': '2' } });
  for (const [answer, code] of [[offline, 'ERR_LATCHKEY_NETWORK'], [refused, 'ERR_LATCHKEY_UNAVAILABLE']]) {
    const { client, capabilities, me, server, clock, attention } = setUp(t, { [ME]: person, [CAPABILITIES]: signedIn() });
    const told = [];
    for (const event of ['signed-in', 'signed-out', 'changed']) client.on(event, () => told.push(event));
    const users = record(me).values;
    record(capabilities);
    await client.ready();
    Object.assign(server.routes, { [ME]: answer, [CAPABILITIES]: answer });
    await clock.advance(5_000);
    attention.wake();
    await clock.advance(10_000);
    for (const store of [me, capabilities]) {
      const { data, error, status, isFetching } = store.get();
      assert.deepEqual([(data.user ?? data).id, error.code, status, isFetching], [person.id, code, 'error', false]);
    }
    assert.equal(client.permissions.has('agents:read'), true);
    const asking = assert.rejects(client.getSession(), { code });
    await clock.advance(10_000);
    await asking;
    assert.ok(users.every(({ data }) => data !== null), 'nobody is told that there is no person');
    assert.deepEqual(told, ['changed']);

    Object.assign(server.routes, { [ME]: person, [CAPABILITIES]: signedIn() });
    await clock.advance(5_000);
    attention.wake();
    await settle();
    assert.deepEqual([me.get().error, capabilities.get().error], [null, null]);
    assert.deepEqual(told, ['changed'], 'the person has not been away');
  }
});

test('a first answer of 503 is an error, and nobody is told that there is no person', async (t) => {
  const { client, me, clock } = setUp(t, { [ME]: json({ error: 'busy' }, { status: 503 }) });
  const { values } = record(me);
  await clock.advance(10_000);
  assert.ok(values.every(({ data }) => data === undefined));
  assert.equal(me.get().isError, true);
  const asking = assert.rejects(client.getSession(), { code: 'ERR_LATCHKEY_UNAVAILABLE', status: 503 });
  await clock.advance(10_000);
  await asking;
});

test('a question that dispose cuts off rejects', async (t) => {
  for (const ask of [(client) => client.getSession(), (client) => client.ready()]) {
    const { client } = setUp(t, { [ME]: gate().handler, [CAPABILITIES]: gate().handler });
    const asking = ask(client);
    await settle();
    client.dispose();
    await assert.rejects(asking, { code: 'ERR_LATCHKEY_DISPOSED' });
  }
});

test('a store keeps what it began with', async (t) => {
  const { capabilities, me } = setUp(t, { [CAPABILITIES]: stranger(), [ME]: null });
  for (const store of [capabilities, me]) {
    const first = store.get();
    record(store);
    await settle();
    assert.equal(store.get().isSuccess, true);
    assert.equal(store.initial(), first);
    assert.equal(store.initial().isPending, true);
  }
});
