// SPDX-License-Identifier: Apache-2.0
// What another site can make a signed-in person's browser send: every content type × Origin × Sec-Fetch-Site × method, to
// every route that changes something. The state is read back after each shape, and the same requests from our own origin
// are seen to change it.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cookieOf, folder, json, run, serve } from './executable.mjs';

const data = ['--data', join(folder, 'foreign-site')];
const password = 'correct horse battery';
const people = { owner: 'owner@example.com', other: 'other@example.com' };
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let server;
let owner; // the cookie that the browser would add
let other;
let otherId;

/** Exactly these headers; fetch would add some of its own. */
function send(method, path, { headers = {}, body = '' } = {}) {
  const { host, hostname, port } = new URL(server.origin);
  const length = body === '' && ['GET', 'HEAD'].includes(method) ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path, headers: { host, ...length, ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, cookies: answer.headers['set-cookie'] ?? [], text }));
    });
    sent.on('error', reject).end(body);
  });
}

const get = async (path, cookie) => JSON.parse((await send('GET', path, { headers: { cookie } })).text);

async function signIn(email) {
  const body = JSON.stringify({ email, password });
  const answer = await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
  assert.equal(answer.status, 200);
  return cookieOf(answer);
}

/** Everything that the routes below could have changed. */
async function readState() {
  const [me, otherMe, { sessions }, { grants }, { agents }] = await Promise.all([
    get('/api/auth/me', owner),
    get('/api/auth/me', other),
    get('/api/auth/sessions', owner),
    get('/api/auth/acl/agents/weather', owner),
    get('/api/agents', owner),
  ]);
  return {
    person: me?.email,
    otherRoles: otherMe.roles,
    sessions: sessions.map(({ id }) => id).sort(),
    grants: grants.map(({ subject }) => subject.id),
    agents: agents.map(({ id }) => id),
  };
}

/** The routes that change something: which methods their path knows, and a body that is good where there is one. */
async function changingRoutes() {
  const { sessions } = await get('/api/auth/sessions', owner);
  const grant = { subject: { type: 'user', id: otherId }, actions: ['read'] };
  return [
    { path: '/api/auth/logout', methods: ['POST'] },
    { path: '/api/auth/refresh', methods: ['POST'] },
    { path: '/api/auth/login', methods: ['POST'], body: { email: people.other, password } },
    { path: '/api/auth/signup', methods: ['POST'], body: { email: 'new@example.com', password } },
    { path: `/api/auth/sessions/${sessions.find(({ current }) => !current).id}`, methods: ['DELETE'] },
    { path: '/api/auth/sessions', methods: ['GET', 'HEAD', 'DELETE'] },
    { path: `/api/auth/users/${otherId}/roles/admin`, methods: ['PUT', 'DELETE'] },
    { path: `/api/auth/users/${otherId}/roles/viewer`, methods: ['PUT', 'DELETE'] },
    { path: '/api/auth/acl/agents/weather', methods: ['GET', 'HEAD', 'PUT', 'DELETE'], body: grant },
    { path: '/api/agents', methods: ['GET', 'HEAD', 'POST'], body: { name: 'Forged' } },
    { path: '/api/agents/weather', methods: ['GET', 'HEAD', 'PATCH', 'DELETE'], body: { name: 'Forged' } },
    { path: '/api/workflows/nightly-digest/start', methods: ['POST'], body: {} },
    { path: '/api/agents/weather/generate', methods: ['POST'], body: { prompt: 'Forged' } },
  ];
}

const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD'];
const contentTypes = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  null, // with a body
  'nothing', // neither body nor type
];

/** Who a browser says that a request comes from, when it is another site's; without either header it is no browser's. */
function foreignSources() {
  const { port } = new URL(server.origin);
  const origins = ['https://evil.example', `http://evil.localhost:${port}`, `http://127.0.0.1:${Number(port) - 1}`, 'null', null];
  const sources = [];
  for (const origin of origins) {
    for (const site of ['cross-site', 'same-site', null]) {
      if (origin === null && site === null) continue;
      sources.push({ ...(origin && { origin }), ...(site && { 'sec-fetch-site': site }) });
    }
  }
  return sources;
}

const ownSources = () => [
  { origin: server.origin, 'sec-fetch-site': 'same-origin' },
  { origin: server.origin },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  {},
];

function statusOfForged(route, method, hasBody, type) {
  if (!route.methods.includes(method)) return 405;
  if (hasBody && type !== 'application/json') return 415;
  return ['GET', 'HEAD'].includes(method) ? 200 : 403;
}

before(async () => {
  for (const [name, email] of Object.entries(people)) {
    const role = name === 'owner' ? 'owner' : 'viewer';
    assert.equal(run(['user', 'add', email, '--role', role, '--password-stdin', ...data], { input: `${password}\n` }).status, 0);
  }
  server = await serve(['--dev', '--demo', ...data]);
  await signIn(people.owner); // a second session, which others could end
  owner = await signIn(people.owner);
  other = await signIn(people.other);
  otherId = (await get('/api/auth/me', other)).id;
});
after(async () => {
  agent.destroy();
  await server?.stop();
});

describe('[HT-01] requests of a foreign site, with the cookie of a signed-in person', () => {
  for (const method of methods) {
    test(`${method}: no content type, Origin or Sec-Fetch-Site changes anything`, async () => {
      const before = await readState();
      assert.deepEqual([before.person, before.otherRoles, before.sessions.length], [people.owner, ['viewer'], 2]);
      const routes = await changingRoutes();
      let shapes = 0;
      for (const source of foreignSources()) {
        for (const type of contentTypes) {
          const shape = { ...source, ...(type && type !== 'nothing' && { 'content-type': type }) };
          await Promise.all(routes.map(async (route) => {
            const body = type === 'nothing' ? '' : JSON.stringify(route.body ?? {});
            const about = `${method} ${route.path} ${JSON.stringify(shape)} with ${body.length} bytes`;
            const answer = await send(method, route.path, { headers: { cookie: owner, ...shape }, body });
            assert.equal(answer.status, statusOfForged(route, method, body !== '', type), about);
            assert.deepEqual(answer.cookies, [], about);
          }));
          assert.deepEqual(await readState(), before, `${method} ${JSON.stringify(shape)}`);
          shapes += 1;
        }
      }
      assert.ok(shapes >= 24, `${shapes} shapes`);
      assert.deepEqual(run(['user', 'list', ...data]).out.match(/\S+@\S+/g).sort(), Object.values(people).sort());
    });
  }

  test('are on record as refused', async () => {
    const { total } = await get('/api/audit?action=request.foreign_origin&outcome=denied', owner);
    assert.ok(total >= 24);
  });
});

describe('[HT-01] the same requests from our own origin', () => {
  test('change roles, grants and agents, and are executed', async () => {
    for (const source of ownSources()) {
      const about = JSON.stringify(source);
      const ask = async (method, path, body) => {
        const headers = { cookie: owner, ...source, ...(body && json) };
        const answer = await send(method, path, { headers, body: body && JSON.stringify(body) });
        assert.ok([200, 201].includes(answer.status), `${method} ${path} ${about}: ${answer.status} ${answer.text}`);
        return JSON.parse(answer.text);
      };
      const grant = { subject: { type: 'user', id: otherId }, actions: ['read'] };
      await ask('PUT', `/api/auth/users/${otherId}/roles/admin`);
      await ask('PUT', '/api/auth/acl/agents/weather', grant);
      await ask('POST', '/api/agents', { name: 'Own' });
      assert.match((await ask('POST', '/api/agents/weather/generate', { prompt: 'Own' })).text, /Own/);
      const changed = await readState();
      assert.deepEqual(changed.otherRoles.toSorted(), ['admin', 'viewer'], about);
      assert.deepEqual(changed.grants, [otherId], about);
      assert.ok(changed.agents.includes('own'), about);
      await ask('DELETE', `/api/auth/users/${otherId}/roles/admin`);
      await ask('DELETE', '/api/auth/acl/agents/weather', grant);
      await ask('DELETE', '/api/agents/own');
      const restored = await readState();
      assert.deepEqual([restored.otherRoles, restored.grants, restored.agents.length], [['viewer'], [], 6], about);
    }
  });

  test('end and renew sessions, and make accounts', async () => {
    const ask = (method, path, cookie, body) =>
      send(method, path, {
        headers: { cookie, ...ownSources()[0], ...(body && json) },
        body: body && JSON.stringify(body),
      });
    const routes = await changingRoutes();
    const other = routes.find(({ path }) => path.startsWith('/api/auth/sessions/')).path;
    assert.equal((await ask('DELETE', other, owner)).status, 200);
    assert.equal((await readState()).sessions.length, 1);

    const second = await signIn(people.owner);
    assert.equal((await ask('DELETE', '/api/auth/sessions', owner)).status, 200);
    assert.equal(await get('/api/auth/me', second), null);

    const renewed = await ask('POST', '/api/auth/refresh', owner);
    assert.equal(renewed.cookies.length, 1);
    const signedUp = await ask('POST', '/api/auth/signup', '', { email: 'new@example.com', password });
    assert.deepEqual([signedUp.status, signedUp.cookies.length], [200, 1]);

    owner = renewed.cookies[0].split(';')[0];
    assert.equal((await ask('POST', '/api/auth/logout', owner)).status, 200);
    assert.equal(await get('/api/auth/me', owner), null);
  });
});
