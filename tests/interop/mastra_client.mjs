// SPDX-License-Identifier: Apache-2.0
// Mastra's own client, `@mastra/client-js`, in a program: fifteen calls as a member and as an owner.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, cookieOf, failAll, install, installFor, people, startLatchkey } from './support.mjs';

const agentId = 'weather';

/** How a call was refused: what the client's error says and has. */
async function refusal(call) {
  const error = await call.then(
    (answer) => assert.fail(`it was answered: ${JSON.stringify(answer).slice(0, 100)}`),
    (reason) => reason,
  );
  return { name: error.name, status: error.status, body: error.body };
}

async function assertRefused(call, status, code, message) {
  const { name, body, ...seen } = await refusal(call);
  assert.deepEqual([name, seen.status, body?.code], ['MastraClientError', status, code]);
  assert.equal(typeof body.error, 'string');
  if (message) assert.deepEqual([body.error, body.message], ['Forbidden', message]);
}

/** The calls in their order, each with what must hold. `signedIn` are the calls of a person's client. */
const calls = [
  ['a stranger reads capabilities', async ({ stranger }) => {
    const { enabled, login, user } = await stranger.request('/auth/capabilities');
    assert.deepEqual([enabled, login.type, user], [true, 'credentials', undefined]);
  }],
  ['a stranger is nobody', async ({ stranger }) => assert.equal(await stranger.request('/auth/me'), null)],
  ['a stranger lists no agents', ({ stranger }) => assertRefused(stranger.listAgents(), 401, 'ERR_LATCHKEY_UNAUTHENTICATED')],
  ['capabilities name the person', async ({ client, role }) => {
    const { user, access } = await client.request('/auth/capabilities');
    assert.deepEqual([user.email, access.roles], [people[role].email, [role]]);
  }],
  ['who is signed in', async ({ client, role }) => assert.equal((await client.request('/auth/me')).name, people[role].name)],
  ['lists the agents', async ({ client }) => assert.match(JSON.stringify(await client.listAgents()), /"Weather desk"/)],
  ['reads one agent', async ({ client }) => assert.equal((await client.getAgent(agentId).details()).name, 'Weather desk')],
  ['generates from a text', async ({ client }) => {
    const { text, finishReason } = await client.getAgent(agentId).generate('Will it rain?');
    assert.match(text, /Will it rain\?/);
    assert.equal(finishReason, 'stop');
  }],
  ['generates from messages', async ({ client }) => {
    const messages = [{ role: 'user', content: 'First' }, { role: 'assistant', content: 'Yes' }, { role: 'user', content: 'Second' }];
    assert.match((await client.getAgent(agentId).generate(messages)).text, /Second/);
  }],
  ['an agent that is not there is a 404', ({ client }) =>
    assertRefused(client.getAgent('no-such-agent').generate('Hello'), 404, 'ERR_LATCHKEY_NOT_FOUND')],
  ['lists the workflows', async ({ client }) => assert.match(JSON.stringify(await client.listWorkflows()), /"Nightly digest"/)],
  ['reads the permission patterns', async ({ client }) => {
    const { patterns } = await client.getPermissionPatterns();
    assert.ok(patterns.includes('*') && patterns.includes('agents:execute'));
  }],
  ['roles are the owner\'s', async ({ client, role }) => {
    const asked = client.request('/auth/roles');
    if (role === 'member') return assertRefused(asked, 403, 'ERR_LATCHKEY_FORBIDDEN', 'Missing required permission: settings:read');
    assert.ok((await asked).roles.some(({ id }) => id === 'owner'));
  }],
  ['the audit log is the owner\'s', async ({ client, role }) => {
    const asked = client.request('/audit?limit=1');
    if (role === 'member') return assertRefused(asked, 403, 'ERR_LATCHKEY_FORBIDDEN', 'Missing required permission: audit:read');
    assert.equal((await asked).events.length, 1);
  }],
  ['signs out, and is refused from then on', async ({ client }) => {
    assert.deepEqual(await client.request('/auth/logout', { method: 'POST' }), { success: true });
    await assertRefused(client.listAgents(), 401, 'ERR_LATCHKEY_UNAUTHENTICATED');
  }],
];

export async function runMastraClient() {
  const lines = Object.keys(people).flatMap((role) => calls.map(([name]) => `${role}: ${name}`));
  // The tag is written out: npm would otherwise choose an old version whose engines fit an older Node.
  const installed = await installFor(lines, () => install('mastra-client', ['@mastra/client-js@latest']));
  if (!installed) return;
  let latchkey;
  try {
    const entry = join(installed.folder, 'node_modules/@mastra/client-js/dist/index.js');
    const { MastraClient } = await import(pathToFileURL(entry));
    latchkey = await startLatchkey();
    for (const role of Object.keys(people)) {
      const options = { baseUrl: latchkey.address, retries: 0 };
      const stranger = new MastraClient(options);
      const client = new MastraClient({ ...options, headers: { cookie: await cookieOf(latchkey.address, role) } });
      for (const [name, call] of calls) await check(`${role}: ${name}`, () => call({ stranger, client, role }));
    }
  } catch (error) {
    failAll(lines, error.message);
  } finally {
    await latchkey?.stop();
  }
}
