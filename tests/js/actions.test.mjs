// SPDX-License-Identifier: Apache-2.0
/** Signing in, up and out, and what the stores, the events and the other tabs make of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthClient } from 'latchkey';
import { connectedTabs, fakeServer, gate, json, manualClock, person, record, settle, signedIn, stranger } from './support.mjs';

const SIGN_IN = 'POST /auth/credentials/sign-in';
const SIGN_UP = 'POST /auth/credentials/sign-up';
const LOGOUT = 'POST /auth/logout';
const REFRESH = 'POST /auth/refresh';
const SSO = 'GET /auth/sso/login';
const CAPABILITIES = 'GET /auth/capabilities';
const ME = 'GET /auth/me';
const credentials = { email: person.email, password: 'correct horse' };

/** A server with one account and one session, shared by any number of tabs. */
function studio(overrides = {}) {
  let session = null;
  const enter = () => {
    session = person;
    return { user: person, token: 'secret' };
  };
  return fakeServer({
    [CAPABILITIES]: () => (session ? signedIn() : stranger()),
    [ME]: () => session,
    [SIGN_IN]: ({ body }) =>
      JSON.parse(body).password === credentials.password
        ? enter()
        : json({ error: 'Invalid email or password' }, { status: 401 }),
    [SIGN_UP]: enter,
    [LOGOUT]: () => {
      session = null;
      return { success: true };
    },
    [REFRESH]: () => (session ? { success: true } : json({ error: 'No session' }, { status: 401 })),
    ...overrides,
  });
}

function openTab(t, server, { hints = connectedTabs()(), ...options } = {}) {
  const visited = [];
  const told = [];
  const client = createAuthClient({
    fetch: server.fetch, hints, clock: manualClock(), attention: () => () => {}, navigate: (url) => visited.push(url), ...options,
  });
  for (const event of ['signed-in', 'signed-out', 'changed', 'error']) {
    client.on(event, (detail) => told.push([event, detail?.id ?? detail]));
  }
  t.after(() => client.dispose());
  return { client, visited, told };
}

test('signing in shows the person everywhere before the promise resolves', async (t) => {
  const server = studio();
  const { client, told } = openTab(t, server);
  const me = record(client.useCurrentUser());
  const login = record(client.useCredentialsLogin());
  await settle();
  const result = await client.signIn.email(credentials);
  assert.deepEqual(result, { user: person }, 'without the token');
  assert.deepEqual(me.values.at(-1).data, person);
  assert.equal(client.useAuthCapabilities().get().data.user.id, person.id);
  assert.equal(client.permissions.has('agents:read'), true);
  assert.equal(client.permissions.has('agents:write'), false);
  const progress = login.values.map(({ isPending, isSuccess }) => [isPending, isSuccess]);
  assert.deepEqual(progress, [[false, false], [true, false], [false, true]]);
  assert.deepEqual([server.count(SIGN_IN), server.count(CAPABILITIES), server.count(ME)], [1, 1, 2], 'one refetch');
  await settle();
  assert.deepEqual(told, [['signed-in', person.id], ['changed', person.id]]);

  const call = server.calls.find(({ key }) => key === SIGN_IN);
  assert.equal(call.headers['content-type'], 'application/json');
  assert.equal(call.credentials, 'include');
  assert.deepEqual(JSON.parse(call.body), credentials);
});

test('an answer from before the sign-in does not undo it', async (t) => {
  const answers = gate({ deaf: true });
  const server = studio({ [CAPABILITIES]: answers.handler });
  const { client } = openTab(t, server);
  record(client.useAuthCapabilities());
  await settle();
  const signingIn = client.signIn.email(credentials);
  await settle();
  answers.release(1, signedIn());
  await signingIn;
  answers.release(0, stranger());
  await settle();
  assert.equal(client.useAuthCapabilities().get().data.user.id, person.id);
});

test('a wrong password is an error in the promise and in both stores', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  const expected = { code: 'ERR_LATCHKEY_CREDENTIALS_INVALID', message: 'Invalid email or password', status: 401 };
  await assert.rejects(client.signIn.email({ ...credentials, password: 'x' }), expected);
  const { error, isError, isPending } = client.useCredentialsLogin().get();
  assert.deepEqual([error.code, isError, isPending], [expected.code, true, false]);
  assert.equal(client.useAuthActions().get().error, error);
  assert.equal(server.count(CAPABILITIES), 0, 'nothing has changed');

  client.useCredentialsLogin().get().reset();
  assert.equal(client.useCredentialsLogin().get().error, null);
  await client.signIn.email(credentials);
  assert.equal(client.useAuthActions().get().error, null);
});

test('mutate tells its end in the snapshot alone', async (t) => {
  const { client } = openTab(t, studio());
  const login = client.useCredentialsLogin();
  assert.equal(login.get().mutate({ ...credentials, password: 'x' }), undefined);
  assert.equal(login.get().isPending, true);
  await settle();
  assert.equal(login.get().error.code, 'ERR_LATCHKEY_CREDENTIALS_INVALID');
});

test('the latest call owns the snapshot', async (t) => {
  const answers = gate();
  const server = studio({ [SIGN_IN]: answers.handler });
  const { client } = openTab(t, server);
  const login = client.useCredentialsLogin();
  const first = assert.rejects(login.get().mutateAsync(credentials));
  const second = login.get().mutateAsync(credentials);
  server.routes[CAPABILITIES] = signedIn();
  await settle();
  answers.release(1, { user: person });
  await second;
  answers.release(0, json({ error: 'no' }, { status: 401 }));
  await first;
  assert.equal(login.get().isSuccess, true);
});

test('signing up gives the same, with its own sentences', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  assert.deepEqual(await client.signUp.email({ ...credentials, name: 'Ada' }), { user: person });
  assert.equal(client.permissions.has('agents:read'), true);
  assert.equal(JSON.parse(server.calls[0].body).name, 'Ada');
  server.routes[SIGN_UP] = json({}, { status: 400 });
  const refused = { code: 'ERR_LATCHKEY_SIGN_UP_FAILED', message: 'Failed to create account' };
  await assert.rejects(client.signUp.email(credentials), refused);
  assert.deepEqual(JSON.parse(server.calls.at(-1).body), credentials);
  await assert.rejects(client.signUp.email({ ...credentials, setupCode: 'once' }), refused);
  assert.deepEqual(JSON.parse(server.calls.at(-1).body), { ...credentials, setupCode: 'once' });
  assert.equal(client.useCredentialsSignup().get().error.message, 'Failed to create account');
});

test('refuses credentials that are no strings before asking anybody', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  const misuse = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };
  for (const bad of [undefined, {}, { email: 'a' }, { email: 7, password: 'x' }, { email: 'a', password: '\ud800' }]) {
    await assert.rejects(client.signIn.email(bad), misuse);
    await assert.rejects(client.signUp.email(bad), misuse);
  }
  await assert.rejects(client.signUp.email({ ...credentials, name: null }), misuse);
  await assert.rejects(client.signUp.email({ ...credentials, setupCode: 7 }), misuse);
  assert.equal(server.calls.length, 0);
});

test('signing out clears the stores before the server has answered', async (t) => {
  const answers = gate();
  const server = studio();
  const { client, told } = openTab(t, server);
  record(client.useCurrentUser());
  await client.signIn.email(credentials);
  await settle();
  const before = server.calls.length;
  const end = server.routes[LOGOUT];
  server.routes[LOGOUT] = answers.handler;
  const signingOut = client.signOut();
  assert.equal(client.useCurrentUser().get().data, null);
  assert.deepEqual(client.useAuthCapabilities().get().data, stranger());
  assert.equal(client.permissions.has('agents:read'), false);
  assert.equal(client.useAuthActions().get().isLoggingOut, true);
  record(client.useAuthCapabilities());
  await settle();
  assert.equal(server.calls.length, before + 1, 'nobody asks who is signed in meanwhile');
  answers.release(0, end());
  await signingOut;
  assert.equal(client.useAuthActions().get().isLoggingOut, false);
  assert.equal(client.useCurrentUser().get().data, null);
  await settle();
  assert.deepEqual(told.slice(-2), [['signed-out', undefined], ['changed', null]]);
});

test('a sign-out that fails shows the person again', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  record(client.useCurrentUser());
  await client.signIn.email(credentials);
  server.routes[LOGOUT] = () => Promise.reject(new TypeError('offline'));
  await assert.rejects(client.signOut(), { code: 'ERR_LATCHKEY_NETWORK' });
  assert.equal(client.useCurrentUser().get().data.id, person.id);
  assert.equal(client.permissions.has('agents:read'), true);
  assert.equal(client.useAuthActions().get().error.code, 'ERR_LATCHKEY_NETWORK');
});

test('follows the server after signing out, on the web only', async (t) => {
  for (const [redirectTo, expected] of [
    ['https://idp.example/logout?x=1', ['https://idp.example/logout?x=1']],
    ['javascript:alert(1)', []],
    ['file:///etc/passwd', []],
    [7, []],
    [undefined, []],
  ]) {
    const { client, visited } = openTab(t, studio({ [LOGOUT]: { success: true, redirectTo } }));
    await client.signOut();
    assert.deepEqual(visited, expected);
  }
});

test('signing out in one tab signs out the others', async (t) => {
  const server = studio();
  const tab = connectedTabs();
  const [first, second] = [openTab(t, server, { hints: tab() }), openTab(t, server, { hints: tab() })];
  for (const { client } of [first, second]) {
    record(client.useCurrentUser());
    record(client.useAuthCapabilities());
  }
  await settle();
  await first.client.signIn.email(credentials);
  await settle();
  assert.equal(second.client.useCurrentUser().get().data.id, person.id);
  assert.equal(second.client.permissions.has('agents:read'), true);
  await first.client.signOut();
  await settle();
  assert.equal(second.client.useCurrentUser().get().data, null);
  assert.equal(second.client.permissions.has('agents:read'), false);
  assert.deepEqual(second.told, [
    ['changed', null],
    ['signed-in', person.id],
    ['changed', person.id],
    ['signed-out', undefined],
    ['changed', null],
  ]);
});

test('a session that was there is no sign-in, and one that ends is a sign-out', async (t) => {
  const server = fakeServer({ [CAPABILITIES]: signedIn() });
  const { client, told } = openTab(t, server);
  await client.ready();
  await settle();
  assert.deepEqual(told, [['changed', person.id]]);
  server.routes[CAPABILITIES] = signedIn(['agents:*']);
  await client.useAuthCapabilities().get().refetch();
  await settle();
  assert.deepEqual(told.at(-1), ['changed', person.id]);
  server.routes[CAPABILITIES] = signedIn(['agents:*'], { user: { id: 'u-2' } });
  await client.useAuthCapabilities().get().refetch();
  server.routes[CAPABILITIES] = stranger();
  await client.useAuthCapabilities().get().refetch();
  await settle();
  assert.deepEqual(told.slice(2), [
    ['signed-out', undefined],
    ['signed-in', 'u-2'],
    ['changed', 'u-2'],
    ['signed-out', undefined],
    ['changed', null],
  ]);
});

test('single sign-on goes where the server says, with a return path that stays here', async (t) => {
  const server = studio({ [SSO]: { url: 'https://idp.example/authorize?state=1' } });
  const { client, visited } = openTab(t, server);
  for (const [returnTo, sent] of [
    ['/agents?tab=runs#top', '/agents?tab=runs#top'],
    ['https://evil.example/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    [undefined, '/'],
    [7, '/'],
  ]) {
    await client.signIn.sso({ returnTo });
    assert.equal(new URL(server.calls.at(-1).url, 'http://x').searchParams.get('redirect_uri'), sent);
  }
  await client.useAuthActions().get().login();
  assert.equal(visited.length, 7);
  assert.ok(visited.every((url) => url === 'https://idp.example/authorize?state=1'));
  for (const url of ['javascript:alert(1)', 'data:text/html,x', undefined, '']) {
    server.routes[SSO] = { url };
    await assert.rejects(client.signIn.sso(), { code: 'ERR_LATCHKEY_RESPONSE_INVALID' });
  }
  server.routes[SSO] = json({ error: 'SSO not configured' }, { status: 404 });
  await assert.rejects(client.signIn.sso(), { code: 'ERR_LATCHKEY_NOT_CONFIGURED', message: 'SSO not configured' });
  assert.equal(visited.length, 7);
});

test('single sign-on is refused where nothing can go to the provider', async (t) => {
  const server = studio({ [SSO]: { url: 'https://idp.example/authorize' } });
  const { client } = openTab(t, server, { navigate: undefined });
  const refusal = { code: 'ERR_LATCHKEY_ARGUMENT_INVALID', field: 'navigate', message: 'navigate is needed outside a page' };
  await assert.rejects(client.signIn.sso(), refusal);
  assert.equal(server.calls.length, 0);
});

test('the actions store shows what runs', async (t) => {
  const answers = gate();
  const { client } = openTab(t, studio({ [SIGN_IN]: answers.handler, [CAPABILITIES]: signedIn() }));
  const actions = client.useAuthActions();
  const first = actions.get();
  assert.ok(Object.isFrozen(first));
  const signingIn = first.signIn(credentials);
  assert.deepEqual([actions.get().isLoggingIn, actions.get().isLoggingOut], [true, false]);
  assert.equal(client.useCredentialsLogin().get().isPending, true, 'the same action');
  await settle();
  answers.release(0, { user: person });
  await signingIn;
  assert.equal(actions.get().isLoggingIn, false);
});

test('refreshing extends the session, and one that is over ends it here too', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  record(client.useCurrentUser());
  await client.signIn.email(credentials);
  await client.refresh();
  assert.equal(client.useCurrentUser().get().data.id, person.id);
  await server.fetch('/api/auth/logout', { method: 'POST' });
  await assert.rejects(client.refresh(), { code: 'ERR_LATCHKEY_SESSION_EXPIRED', message: 'No session' });
  assert.equal(client.useCurrentUser().get().data, null);
  assert.equal(client.permissions.has('agents:read'), false);
  server.routes[REFRESH] = json({ error: 'Session refresh not configured' }, { status: 404 });
  await assert.rejects(client.refresh(), { code: 'ERR_LATCHKEY_NOT_CONFIGURED' });
});

test('getSession asks the server', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  assert.equal(await client.getSession(), null);
  await client.signIn.email(credentials);
  assert.deepEqual(await client.getSession(), person);
  server.routes[ME] = json({ error: 'no' }, { status: 500 });
  await assert.rejects(client.getSession(), { code: 'ERR_LATCHKEY_INTERNAL' });
});

test('knows its events', async (t) => {
  const { client } = openTab(t, studio());
  const misuse = { code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };
  assert.throws(() => client.on('login', () => {}), misuse);
  assert.throws(() => client.on('changed'), misuse);
  let told = 0;
  client.on('changed', () => told++)();
  await client.signIn.email(credentials);
  assert.equal(told, 0);
});

/** A server whose session cookie never comes back, as with a page on another site. */
const forgetful = (overrides) =>
  studio({ [CAPABILITIES]: stranger(), [ME]: null, [REFRESH]: { success: true }, ...overrides });
const notKept = (message) => ({ name: 'LatchkeyError', code: 'ERR_LATCHKEY_SESSION_NOT_KEPT', message });

test('a sign-in whose session does not come back is an error that says what to do', async (t) => {
  for (const overrides of [{}, { [CAPABILITIES]: json({ error: 'Unauthorized' }, { status: 401 }) }]) {
    const { client, told } = openTab(t, forgetful(overrides));
    const advice = /cookie did not come back.*same site/;
    await assert.rejects(client.signIn.email(credentials), notKept(advice));
    const { isError, isSuccess, error } = client.useCredentialsLogin().get();
    assert.deepEqual([isError, isSuccess], [true, false]);
    assert.equal(client.useAuthActions().get().error, error);
    await assert.rejects(client.signUp.email(credentials), notKept(advice));
    assert.equal(client.useCredentialsSignup().get().isError, true);
    await assert.rejects(client.refresh(), notKept(advice));
    await settle();
    assert.deepEqual(told.filter(([event]) => event !== 'changed'), []);
  }
});

test('a sign-in is an error when another person stays signed in', async (t) => {
  const { client } = openTab(t, studio({ [CAPABILITIES]: signedIn(['*'], { user: { id: 'u-2' } }) }));
  await client.ready();
  await assert.rejects(client.signIn.email(credentials), notKept(/did not come back/));
  assert.equal(client.useAuthCapabilities().get().data.user.id, 'u-2');
});

test('claims nothing about a session when the server does not say who is signed in', async (t) => {
  const down = () => Promise.reject(new TypeError('offline'));
  for (const [answer, known] of [
    [down, false],
    [down, true],
    [json({ error: 'busy' }, { status: 503 }), true],
    [json({ error: 'no' }, { status: 404 }), false],
    [{ enabled: false, login: null }, false],
  ]) {
    const server = forgetful();
    const clock = manualClock();
    const { client } = openTab(t, server, { clock });
    if (known) await client.ready();
    server.routes[CAPABILITIES] = answer;
    for (const act of [() => client.signIn.email(credentials), () => client.refresh(), () => client.signOut()]) {
      const acting = act();
      await clock.advance(10_000);
      await acting;
    }
  }
});

test('a bearer token that a page sends itself counts as a session', async (t) => {
  const server = studio();
  let token;
  server.routes[CAPABILITIES] = ({ headers }) => (headers.authorization === 'Bearer secret' ? signedIn() : stranger());
  const fetch = async (url, init) => {
    const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await server.fetch(url, { ...init, headers });
    if (url.endsWith('/sign-in')) ({ token } = await answer.clone().json());
    return answer;
  };
  const { client } = openTab(t, { fetch });
  await client.signIn.email(credentials);
  assert.equal(client.permissions.has('agents:read'), true);
  const kept = { code: 'ERR_LATCHKEY_SESSION_NOT_ENDED', message: /still signed in/ };
  await assert.rejects(client.signOut(), kept);
  assert.equal(client.useAuthActions().get().error.code, kept.code);
  assert.equal(client.permissions.has('agents:read'), true, 'which is what the server says');
  token = undefined;
  await client.signOut();
  assert.equal(client.permissions.has('agents:read'), false);
});

test('a sign-out that another person follows is none that failed', async (t) => {
  const server = studio();
  const { client } = openTab(t, server);
  await client.signIn.email(credentials);
  server.routes[CAPABILITIES] = signedIn(['agents:read'], { user: { id: 'u-2' } });
  await client.signOut();
  assert.equal(client.useAuthCapabilities().get().data.user.id, 'u-2');
});

test('what happens meanwhile is not taken for a session that was lost', async (t) => {
  const tab = connectedTabs();
  const other = tab();
  for (const meanwhile of [(client) => client.signOut(), () => other.send(), (client) => client.dispose()]) {
    const answers = gate();
    const server = studio({ [CAPABILITIES]: answers.handler });
    const { client } = openTab(t, server, { hints: tab() });
    const signingIn = client.signIn.email(credentials);
    await settle();
    assert.equal(answers.count(), 1);
    const also = meanwhile(client);
    server.routes[CAPABILITIES] = stranger();
    await settle();
    for (let index = 1; index < answers.count(); index++) answers.release(index, stranger());
    assert.deepEqual(await signingIn, { user: person });
    await also;
  }
});

test('a sign-out that does not reach the server leaves the person there', async (t) => {
  const server = studio();
  const clock = manualClock();
  const { client } = openTab(t, server, { clock });
  record(client.useCurrentUser());
  await client.signIn.email(credentials);
  for (const key of [LOGOUT, CAPABILITIES, ME]) server.routes[key] = () => Promise.reject(new TypeError('offline'));
  const signingOut = assert.rejects(client.signOut(), { code: 'ERR_LATCHKEY_NETWORK' });
  assert.equal(client.useCurrentUser().get().data, null);
  await clock.advance(10_000);
  await signingOut;
  for (const store of [client.useCurrentUser(), client.useAuthCapabilities()]) {
    const { data, error } = store.get();
    assert.deepEqual([(data.user ?? data).id, error.code], [person.id, 'ERR_LATCHKEY_NETWORK']);
  }
  assert.equal(client.permissions.has('agents:read'), true);
});
