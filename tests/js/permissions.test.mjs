// SPDX-License-Identifier: Apache-2.0
/** What the client answers about permissions, and when it says no. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthClient, definePermissions } from 'latchkey';
import { fakeServer, gate, json, manualClock, record, settle, signedIn, signedInWithoutRbac, stranger } from './support.mjs';

const CAPABILITIES = 'GET /auth/capabilities';

function setUp(t, capabilities, options) {
  const server = fakeServer({ [CAPABILITIES]: capabilities });
  const client = createAuthClient({ fetch: server.fetch, clock: manualClock(), ...options });
  t.after(() => client.dispose());
  return { server, client, can: client.permissions, store: client.usePermissions() };
}

const everyCheck = (can) => [
  can.has('agents:read'), can.hasAll(['agents:read']), can.hasAny(['agents:read']), can.hasRole('viewer'),
  can.canEdit('agents'), can.canDelete('agents'), can.canExecute('agents'), can.explain('agents:read').allowed,
];
const none = Array(8).fill(false);

test('answers for the person who is signed in', async (t) => {
  const { client, can } = setUp(t, signedIn(['agents:read', 'agents:write', 'workflows:*'], { roles: ['editor', 'viewer'] }));
  await client.ready();
  assert.equal(can.has('agents:read'), true);
  assert.equal(can.has('agents:read:a-1'), true);
  assert.equal(can.has('agents:execute'), false);
  assert.equal(can.hasAll(['agents:read', 'workflows:execute']), true);
  assert.equal(can.hasAll(['agents:read', 'agents:execute']), false);
  assert.equal(can.hasAll([]), true);
  assert.equal(can.hasAny(['agents:execute', 'agents:read']), true);
  assert.equal(can.hasAny([]), false);
  assert.equal(can.hasRole('editor'), true);
  assert.equal(can.hasRole('owner'), false);
  assert.deepEqual([can.canEdit('agents'), can.canDelete('agents'), can.canExecute('agents')], [true, false, false]);
  assert.deepEqual([can.canEdit('workflows'), can.canDelete('workflows'), can.canExecute('workflows')], [true, true, true]);
  assert.deepEqual(can.explain('agents:write:x'), { allowed: true, grant: 'agents:write' });
  assert.equal(can.explain('agents:execute').code, 'ERR_LATCHKEY_FORBIDDEN');
});

test('asks for an action on a namespace and for nothing else', async (t) => {
  const { client, can } = setUp(t, signedIn(['*']));
  await client.ready();
  assert.equal(can.canEdit('agents'), true);
  for (const namespace of ['agents:read', 'agents:', '', undefined, null, 7, {}]) assert.equal(can.canEdit(namespace), false);
});

test('says no while capabilities are on their way', async (t) => {
  const answers = gate();
  const { client, can, store } = setUp(t, answers.handler);
  record(store);
  assert.deepEqual(everyCheck(can), none);
  assert.equal(store.get().isLoading, true);
  await settle();
  assert.deepEqual(everyCheck(can), none);
  answers.release(0, signedIn(['*']));
  await client.ready();
  assert.equal(store.get().isLoading, false);
  assert.equal(can.has('agents:read'), true);
});

test('says no to a stranger, also where there is no RBAC and no authentication', async (t) => {
  for (const answer of [stranger(), { enabled: false, login: null }, { ...signedIn(['*']), user: undefined }]) {
    const { client, can, store } = setUp(t, answer);
    await client.ready();
    assert.deepEqual(everyCheck(can), none);
    assert.equal(can.hasAll([]), false);
    const { isLoading, isAuthenticated, rbacEnabled } = store.get();
    assert.deepEqual([isLoading, isAuthenticated, rbacEnabled], [false, false, false]);
    assert.equal(can.explain('agents:read').code, 'ERR_LATCHKEY_UNAUTHENTICATED');
  }
});

test('says yes to a signed-in person where the server has no RBAC', async (t) => {
  const { client, can, store } = setUp(t, signedInWithoutRbac());
  await client.ready();
  assert.deepEqual(everyCheck(can), none.map(() => true));
  assert.equal(store.get().rbacEnabled, false);
  assert.deepEqual(store.get().permissions, []);
  assert.equal(can.has('agents:'), false, 'what is no permission is still none');
});

test('says no when the server has RBAC and could not find the roles', async (t) => {
  const flagless = { ...signedIn(), access: null, capabilities: undefined };
  for (const answer of [{ ...signedIn(), access: null }, flagless]) {
    const { client, can, store } = setUp(t, answer);
    await client.ready();
    assert.deepEqual(everyCheck(can), none);
    assert.equal(store.get().rbacEnabled, true);
  }
});

test('one grant that makes no sense denies everything, and says so', async (t) => {
  const { client, can, store } = setUp(t, signedIn(['agents:read', 'agents:re*']));
  const told = [];
  client.on('error', (error) => told.push(error));
  await client.ready();
  await settle();
  assert.deepEqual(everyCheck(can), none);
  assert.equal(store.get().isLoading, false);
  assert.equal(store.get().error.code, 'ERR_LATCHKEY_GRANT_INVALID');
  assert.equal(told[0], store.get().error);
});

test('survives access that is not what was promised', async (t) => {
  const permissions = ['agents:read'];
  for (const access of [{ roles: ['a'] }, { permissions: [7], roles: ['a'] }, { permissions: {}, roles: {} }, 'owner', []]) {
    const { client, can } = setUp(t, { ...signedIn(), access });
    await client.ready();
    assert.equal(can.has('agents:read'), false);
  }
  for (const roles of [undefined, {}, 'admin', 7]) {
    const { client, can, store } = setUp(t, { ...signedIn(), access: { permissions, roles } });
    await client.ready();
    assert.deepEqual([can.has('agents:read'), can.hasRole('admin'), can.hasRole('min')], [true, false, false]);
    assert.deepEqual(store.get().roles, []);
  }
});

test('forgets the answers of one person before it gives those of the next', async (t) => {
  const { client, can, server, store } = setUp(t, signedIn(['agents:read']));
  await client.ready();
  assert.equal(can.has('agents:read'), true);
  const former = store.get();
  server.routes[CAPABILITIES] = signedIn(['workflows:read'], { user: { id: 'u-2' } });
  await client.useAuthCapabilities().get().refetch();
  assert.equal(can.has('agents:read'), false);
  assert.equal(can.has('workflows:read'), true);
  assert.equal(former.hasPermission('agents:read'), false, 'also from a snapshot that somebody kept');
  assert.equal(former.hasRole('viewer'), false);
});

test('keeps its snapshot through an answer that changes nothing', async (t) => {
  const { client, server, store } = setUp(t, signedIn(['agents:read']));
  await client.ready();
  const { values } = record(store);
  const before = store.get();
  server.routes[CAPABILITIES] = { ...signedIn(['agents:read']), login: null };
  await client.useAuthCapabilities().get().refetch();
  assert.equal(store.get(), before);
  assert.equal(values.length, 1);
  assert.ok(Object.isFrozen(before) && Object.isFrozen(before.permissions));
});

test('keeps answering while the server cannot be reached, and stops at a 401', async (t) => {
  const { client, can, server } = setUp(t, signedIn(['agents:read']));
  await client.ready();
  server.routes[CAPABILITIES] = json({ error: 'no' }, { status: 400 });
  await client.useAuthCapabilities().get().refetch();
  assert.equal(can.has('agents:read'), true);
  server.routes[CAPABILITIES] = json({ error: 'no' }, { status: 401 });
  await client.useAuthCapabilities().get().refetch();
  assert.deepEqual(everyCheck(can), none);
});

test('says no after dispose', async (t) => {
  const { client, can, store } = setUp(t, signedIn(['*']));
  await client.ready();
  const kept = store.get();
  client.dispose();
  assert.deepEqual(everyCheck(can), none);
  assert.equal(kept.hasPermission('agents:read'), false);
  assert.equal(store.get().isAuthenticated, false);
});

test('expands aliases when it is told to', async (t) => {
  const grants = signedIn(['stored:read']);
  const plain = setUp(t, grants);
  const aliased = setUp(t, grants, { aliases: { stored: ['stored-agents'] } });
  await Promise.all([plain.client.ready(), aliased.client.ready()]);
  assert.equal(plain.can.has('stored-agents:read'), false);
  assert.equal(aliased.can.has('stored-agents:read'), true);
});

test('ready rejects when nothing is known', async (t) => {
  const { client } = setUp(t, json({ error: 'no' }, { status: 404 }));
  await assert.rejects(client.ready(), { code: 'ERR_LATCHKEY_NOT_FOUND' });
});

test('a vocabulary lists its permissions and names them', () => {
  const vocabulary = definePermissions({ agents: ['read', 'write'], constructor: ['read'] });
  assert.deepEqual(vocabulary.list, ['agents:read', 'agents:write', 'constructor:read']);
  assert.equal(vocabulary.names.agents.write, 'agents:write');
  assert.equal(vocabulary.names.constructor.read, 'constructor:read');
  assert.equal(vocabulary.names.toString, undefined);
  assert.ok(Object.isFrozen(vocabulary) && Object.isFrozen(vocabulary.list) && Object.isFrozen(vocabulary.names.agents));
  const misuse = { code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };
  for (const bad of [undefined, null, 'agents:read', { agents: 'read' }, { agents: [7] }]) {
    assert.throws(() => definePermissions(bad), misuse);
  }
});
