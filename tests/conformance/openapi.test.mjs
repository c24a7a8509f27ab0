// The description that the server gives of itself: valid OpenAPI 3.1, and true of what it answers.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import { cookieOf, folder, json, serve } from './executable.mjs';

let server;
let description;
let cookie;
before(async () => {
  server = await serve(['--dev', '--demo', '--data', join(folder, 'openapi')]);
  description = await (await fetch(`${server.origin}/api/openapi.json`)).json();
  const body = JSON.stringify({ email: 'owner@example.com', password: 'a long enough phrase' });
  const signedUp = await fetch(`${server.origin}/api/auth/signup`, { method: 'POST', headers: json, body });
  cookie = cookieOf(signedUp);
  assert.ok(cookie);
});
after(() => server?.stop());

/** Compares an answer with what is described for its status. */
async function ask(method, path, { template = path, headers = {}, body } = {}) {
  const answer = await fetch(`${server.origin}/api${path}`, {
    method,
    headers: { ...(body ? json : {}), ...headers },
    body: body && JSON.stringify(body),
    redirect: 'manual',
  });
  const { responses } = description.paths[template][method.toLowerCase()];
  let described = responses[answer.status];
  assert.ok(described, `${method} ${path} answered ${answer.status}, which is not described`);
  if (described.$ref) described = description.components.responses[described.$ref.split('/').at(-1)];
  const ajv = new Ajv({ strict: false });
  ajv.addSchema({ $id: 'description', components: description.components });
  const name = described.content['application/json'].schema.$ref.split('/').at(-1);
  const given = await answer.json();
  const isValid = ajv.validate({ $ref: `description#/components/schemas/${name}` }, given);
  assert.ok(isValid, `${method} ${path}: ${ajv.errorsText()}: ${JSON.stringify(given)}`);
  return { status: answer.status, given };
}

describe('the OpenAPI description', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(description));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(description.openapi, '3.1.0');
    assert.deepEqual(description.servers, [{ url: '/api' }]);
  });

  test('has words and an answer for every route that is not the host’s', () => {
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const isOurs = path.startsWith('/auth') || path.startsWith('/audit') || path === '/openapi.json';
        assert.equal(operation.tags[0] !== 'host', isOurs, `${method} ${path}`);
        if (isOurs) assert.ok(operation.summary, `${method} ${path}`);
      }
    }
  });

  test('tells which permission a route asks for, aliases included', () => {
    const roles = description.paths['/auth/roles/{roleId}/permissions'].get;
    assert.deepEqual(roles['x-permissions'], ['*']);
    // The executable has no provider of tokens, and promises none.
    assert.deepEqual(roles.security, [{ session: [] }]);
    assert.deepEqual(Object.keys(description.components.securitySchemes), ['session']);
    assert.deepEqual(description.paths['/auth/me'].get.security, []);
    assert.deepEqual(description.paths['/auth/login'], description.paths['/auth/credentials/sign-in']);
    assert.deepEqual(description.paths['/agents'].get['x-permissions'], ['agents:read']);
  });

  test('tells which files an export of the audit log may be', async () => {
    const { content } = description.paths['/audit/export'].get.responses[200];
    assert.deepEqual(Object.keys(content), ['application/json', 'text/csv', 'application/x-ndjson']);
    for (const [format, type] of [['csv', 'text/csv'], ['ndjson', 'application/x-ndjson'], ['json', 'application/json']]) {
      const answer = await fetch(`${server.origin}/api/audit/export?format=${format}`, { headers: { cookie } });
      assert.equal(answer.headers.get('content-type').split(';')[0], type);
      assert.match(answer.headers.get('content-disposition'), new RegExp(`^attachment; filename="audit-[0-9-]{10}\\.${format}"$`));
      assert.equal(answer.headers.get('transfer-encoding'), 'chunked');
      assert.ok((await answer.text()).includes('audit.export') || format === 'csv');
    }
  });

  test('is true of the answers, of the good and of the bad ones', async () => {
    const signedIn = { cookie };
    const password = 'a long enough phrase';
    assert.equal((await ask('GET', '/auth/me')).given, null);
    assert.equal((await ask('GET', '/auth/me', { headers: signedIn })).given.email, 'owner@example.com');
    await ask('GET', '/auth/capabilities');
    assert.ok((await ask('GET', '/auth/capabilities', { headers: signedIn })).given.availableRoles);
    assert.equal((await ask('POST', '/auth/login', { body: { email: 'owner@example.com', password } })).status, 200);
    assert.equal((await ask('POST', '/auth/login', { body: { email: 'owner@example.com', password: 'no' } })).status, 401);
    assert.equal((await ask('POST', '/auth/login', { body: { email: 1 } })).status, 400);
    assert.equal((await ask('POST', '/auth/signup', { body: { email: 'b@example.com', password: 'short' } })).status, 400);
    assert.equal((await ask('GET', '/audit')).status, 401);
    assert.ok((await ask('GET', '/audit', { headers: signedIn })).given.events.length > 0);
    assert.equal((await ask('GET', '/audit?limit=0', { template: '/audit', headers: signedIn })).status, 400);
    const exported = await ask('GET', '/audit/export', { headers: signedIn });
    assert.ok(exported.given.length > 0);
    const ofEvent = { template: '/audit/{id}', headers: signedIn };
    assert.deepEqual((await ask('GET', `/audit/${exported.given[0].id}`, ofEvent)).given, exported.given[0]);
    assert.equal((await ask('GET', '/audit/none', ofEvent)).status, 404);
    assert.equal((await ask('GET', '/audit/export?format=xml', { template: '/audit/export', headers: signedIn })).status, 400);
    assert.equal((await ask('GET', '/audit/export')).status, 401);
    await ask('GET', '/auth/permission-patterns', { headers: signedIn });
    const template = '/auth/roles/{roleId}/permissions';
    await ask('GET', '/auth/roles/viewer/permissions', { template, headers: signedIn });
    assert.equal((await ask('GET', '/auth/roles/viewer/permissions', { template })).status, 401);
    assert.equal((await ask('POST', '/auth/refresh')).status, 401);
    const { given: own } = await ask('GET', '/auth/sessions', { headers: signedIn });
    assert.equal(own.sessions.filter(({ current }) => current).length, 1);
    await ask('DELETE', '/auth/sessions/none', { template: '/auth/sessions/{id}', headers: signedIn });
    const one = { template: '/auth/acl/{type}/{id}', headers: signedIn };
    const grant = { subject: { type: 'role', id: 'viewer' }, actions: ['execute'] };
    const granted = await ask('PUT', '/auth/acl/agents/a1', { ...one, body: grant });
    assert.equal(granted.given.grants.length, 1);
    await ask('GET', '/auth/acl/agents/a1', one);
    assert.equal((await ask('GET', '/auth/acl/a~b/x', one)).status, 400);
    assert.equal((await ask('GET', '/auth/sso/callback?state=x&code=y', { template: '/auth/sso/callback' })).status, 404);
    for (const [method, path] of [['POST', '/auth/logout'], ['POST', '/auth/refresh'], ['DELETE', '/auth/sessions']]) {
      const headers = { ...signedIn, 'content-type': 'text/plain' };
      assert.equal((await ask(method, path, { headers, body: 'no JSON' })).status, 415);
    }
    await ask('DELETE', '/auth/acl/agents/a1', { ...one, body: { subject: grant.subject } });
    await ask('GET', '/auth/roles', { headers: signedIn });
    const me = (await ask('GET', '/auth/me', { headers: signedIn })).given.id;
    const ofUser = { template: '/auth/users/{id}/roles/{role}', headers: signedIn };
    await ask('PUT', `/auth/users/${me}/roles/member`, ofUser);
    assert.equal((await ask('DELETE', `/auth/users/${me}/roles/owner`, ofUser)).status, 409);
    assert.equal((await ask('POST', '/auth/credentials/reset-password', { body: { token: 't', newPassword: 'p' } })).status, 404);
    assert.equal((await ask('GET', '/auth/sso/login')).status, 404);
    const foreign = { 'sec-fetch-site': 'cross-site', ...signedIn };
    assert.equal((await ask('POST', '/auth/logout', { headers: foreign })).status, 403);
    assert.equal((await ask('POST', '/auth/logout', { headers: signedIn })).status, 200);
  });
});
