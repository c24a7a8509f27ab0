// SPDX-License-Identifier: Apache-2.0
// The names of JavaScript's object machinery, in queries, paths, headers and bodies: names like any other.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cookieOf, folder, json, serve } from './executable.mjs';

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
const password = 'correct horse battery';
let server;
let owner;
let ownerId;

const ask = (method, path, { body, ...headers } = {}) =>
  fetch(`${server.origin}/api${path}`, { method, headers: { cookie: owner, ...(body && json), ...headers }, body });
const read = async (path, headers) => {
  const answer = await ask('GET', path, headers);
  return [answer.status, answer.headers.get('content-type'), (await answer.text()).replace(/"requestId":"[^"]+"/, '')];
};

before(async () => {
  server = await serve(['--dev', '--demo', '--data', join(folder, 'inert-names')]);
  const body = JSON.stringify({ email: 'owner@example.com', password });
  const signedUp = await fetch(`${server.origin}/api/auth/signup`, { method: 'POST', headers: json, body });
  owner = cookieOf(signedUp);
  ownerId = (await signedUp.json()).user.id;
});
after(() => server?.stop());

describe('[HT-15] names of object members', () => {
  test('in a query and in Accept change no answer', async () => {
    const queries = names.flatMap((name) => [`${name}=1`, `${name}[limit]=0`, `${name}.role=owner`, `limit[${name}]=0`]);
    const paths = ['/auth/me', '/auth/capabilities', '/auth/roles', '/auth/roles/viewer/permissions', '/agents', '/openapi.json',
      '/auth/permission-patterns', '/auth/acl/agents/weather', '/auth/sessions', '/audit/nobody', '/auth/sso/login', '/nowhere'];
    for (const path of paths) {
      const plain = await read(path);
      assert.match(plain[1], /^application\/json; charset=utf-8$/);
      assert.deepEqual(await read(`${path}?${queries.join('&')}`), plain, path);
      for (const name of names) assert.deepEqual(await read(path, { accept: name, 'accept-language': name }), plain, path);
    }
    // Reading the log is on record itself, so of this list only what was there before is compared.
    const signUps = async (more) => (await ask('GET', `/audit?action=auth.sign_up${more}`)).json();
    const plain = await signUps('');
    assert.equal(plain.total, 1);
    // This route refuses whatever is no filter of it, these names like any other.
    const refused = await signUps(`&${queries.join('&')}`);
    assert.deepEqual(refused.issues.map(({ field }) => field), queries.map((query) => query.split('=')[0]));
    assert.deepEqual(await signUps(''), plain);
  });

  test('as values are values that nothing has', async () => {
    for (const name of names) {
      const [status, , text] = await read(`/audit?action=${name}`);
      assert.deepEqual([status, status === 200 ? JSON.parse(text).total : 0], [status === 400 ? 400 : 200, 0], name);
      assert.deepEqual(await (await ask('GET', `/auth/roles/${name}/permissions`)).json(), { roleId: name, permissions: [] });
      assert.equal((await ask('PUT', `/auth/users/${ownerId}/roles/${name}`)).status, 404);
      assert.equal((await ask('PUT', `/auth/users/${name}/roles/viewer`)).status, 404);
      assert.equal((await ask('DELETE', `/agents/${name}`)).status, 404);
      assert.equal((await ask('DELETE', `/auth/sessions/${name}`)).status, 404);
      const body = JSON.stringify({ subject: { type: 'role', id: name }, actions: ['read'] });
      assert.equal((await ask('PUT', '/auth/acl/agents/weather', { body })).status, 404);
    }
    assert.deepEqual((await (await ask('GET', '/auth/me')).json()).roles, ['owner']);
  });

  test('in a body give nothing that the body itself lacks', async () => {
    const signIn = { email: 'owner@example.com', password };
    for (const name of names) {
      for (const hidden of [signIn, { prototype: signIn }, JSON.stringify(signIn), [signIn], null]) {
        // As text, because an object of JavaScript would lose the name.
        const body = `{${JSON.stringify(name)}:${JSON.stringify(hidden)}}`;
        const answer = await ask('POST', '/auth/login', { body });
        const { issues } = await answer.json();
        assert.deepEqual([answer.status, issues.map(({ field }) => field)], [400, ['email', 'password']], body);
        assert.deepEqual(answer.headers.getSetCookie(), []);
        assert.equal((await ask('POST', '/agents', { body: `{${JSON.stringify(name)}:{"name":"x"}}` })).status, 400);
      }
    }
    assert.equal((await (await ask('GET', '/agents')).json()).agents.length, 6);
  });

  test('beside what a body needs make nobody more than they are', async () => {
    const privileges = '{"role":"owner","roles":["owner"],"permissions":["*"],"isAdmin":true,"emailVerified":true}';
    const hidden = names.map((name) => `"${name}":${privileges}`).join();
    for (const path of ['/auth/signup', '/auth/login']) {
      const body = `{"email":"ada@example.com","password":"${password}",${hidden}}`;
      const answer = await ask('POST', path, { cookie: '', body });
      assert.equal(answer.status, 200, path);
      const me = await (await ask('GET', '/auth/me', { cookie: cookieOf(answer) })).json();
      assert.deepEqual(me.roles, ['viewer'], path);
      assert.ok(!me.permissions.includes('*'), path);
    }
    // Where every member counts, one that is none of the known ones is named, however it is called.
    for (const name of names) {
      const body = `{"subject":{"type":"user","id":"${ownerId}"},"actions":["read"],"${name}":{"actions":["*"]}}`;
      const answer = await ask('PUT', '/auth/acl/agents/weather', { body });
      assert.deepEqual([answer.status, (await answer.json()).issues.map(({ field }) => field)], [400, [name]]);
    }
  });
});
