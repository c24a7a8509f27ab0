// SPDX-License-Identifier: Apache-2.0
/** What a server's refusal becomes, whichever server it is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES, createAuthClient } from 'latchkey';
import { fakeServer, json, manualClock } from './support.mjs';

/** The error of a sign-in, or of another action, that is answered so. */
async function refusal(body, init, action = (client) => client.signIn.email({ email: 'a@b.c', password: 'x' })) {
  const answer = () => (typeof body === 'string' ? new Response(body, init) : json(body, init));
  const routes = ['sign-in', 'sign-up'].map((route) => [`POST /auth/credentials/${route}`, answer]);
  const client = createAuthClient({
    fetch: fakeServer({ ...Object.fromEntries(routes), 'POST /auth/refresh': answer }).fetch,
    clock: manualClock(),
  });
  try {
    return await action(client).then(() => assert.fail('it was not refused'), (error) => error);
  } finally {
    client.dispose();
  }
}
const signUp = (client) => client.signUp.email({ email: 'a@b.c', password: 'x' });

test('the codes are those of C++', () => {
  const text = readFileSync(new URL('../../core/include/latchkey/error_codes.def', import.meta.url), 'utf8');
  assert.deepEqual([...ERROR_CODES], text.match(/"ERR_LATCHKEY_[A-Z0-9_]+"/g).map((code) => code.slice(1, -1)));
  assert.ok(Object.isFrozen(ERROR_CODES));
});

test('keeps the code and everything else that the server says', async () => {
  const issues = [{ field: 'password', message: 'At least 8 characters' }];
  const body = {
    error: 'Invalid request body',
    code: 'ERR_LATCHKEY_REQUEST_INVALID',
    message: 'The password is too short',
    issues,
    requestId: 'r-1',
  };
  const error = await refusal(body, { status: 400 });
  assert.equal(error.code, 'ERR_LATCHKEY_REQUEST_INVALID');
  assert.equal(error.message, 'The password is too short');
  assert.equal(error.status, 400);
  assert.equal(error.field, 'password');
  assert.deepEqual(error.issues, issues);
  assert.ok(Object.isFrozen(error.issues));
  assert.equal(error.requestId, 'r-1');
});

test('takes the sentence from message, then error, then the documented words', async () => {
  assert.equal((await refusal({ message: 'a', error: 'b' }, { status: 401 })).message, 'a');
  assert.equal((await refusal({ error: 'b' }, { status: 401 })).message, 'b');
  assert.equal((await refusal({ message: '', error: 7 }, { status: 401 })).message, 'Invalid email or password');
  assert.equal((await refusal('<html>', { status: 401 })).message, 'Invalid email or password');
  assert.equal((await refusal({}, { status: 400 }, signUp)).message, 'Failed to create account');
});

test('chooses a code by status for a server that names none', async () => {
  const cases = {
    400: 'REQUEST_INVALID', 401: 'CREDENTIALS_INVALID', 403: 'FORBIDDEN', 404: 'NOT_CONFIGURED', 405: 'METHOD_NOT_ALLOWED',
    409: 'REQUEST_INVALID', 413: 'BODY_TOO_LARGE', 414: 'URI_TOO_LONG', 415: 'CONTENT_TYPE', 429: 'THROTTLED',
    431: 'HEADERS_TOO_LARGE', 500: 'INTERNAL', 501: 'INTERNAL', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE', 504: 'UNAVAILABLE',
  };
  for (const [status, code] of Object.entries(cases)) {
    assert.equal((await refusal({ error: 'no' }, { status: Number(status) })).code, `ERR_LATCHKEY_${code}`, status);
  }
  const statusCode = async (status, body, action) => (await refusal(body, { status }, action)).code;
  assert.equal(await statusCode(400, { error: 'no' }, signUp), 'ERR_LATCHKEY_SIGN_UP_FAILED');
  assert.equal(await statusCode(403, { error: 'no' }, signUp), 'ERR_LATCHKEY_SIGN_UP_DISABLED');
  assert.equal(await statusCode(400, { issues: [{ field: 'email', message: 'Invalid' }] }, signUp), 'ERR_LATCHKEY_REQUEST_INVALID');
  assert.equal(await statusCode(401, { error: 'no' }, (client) => client.refresh()), 'ERR_LATCHKEY_SESSION_EXPIRED');
});

test('replaces a code that is not on the list', async () => {
  for (const code of ['ERR_OTHER', '__proto__', 7, null]) {
    assert.equal((await refusal({ code }, { status: 429 })).code, 'ERR_LATCHKEY_THROTTLED');
  }
});

test('reads Retry-After in seconds from both of its forms', async () => {
  const after = async (text) => (await refusal({}, { status: 429, headers: { 'retry-after': text } })).retryAfter;
  assert.equal(await after('17'), 17);
  assert.equal(await after(new Date(1_000_000 + 90_500).toUTCString()), 90);
  assert.equal(await after(new Date(0).toUTCString()), 0);
  const forms = ['Thu, 01 Jan 1970 00:18:10 GMT', 'Thursday, 01-Jan-70 00:18:10 GMT', 'Thu Jan  1 00:18:10 1970'];
  for (const form of forms) assert.equal(await after(form), 90, form);
  for (const nonsense of ['soon', '-5', '1.5', '1e3', 'Thu', '0x10', 'Thu, 99 Jan 1970 99:18:10 GMT']) {
    assert.equal(await after(nonsense), undefined, nonsense);
  }
  assert.equal('retryAfter' in (await refusal({}, { status: 429 })), false);
});

test('survives nonsense in every field', async () => {
  const body = { error: {}, message: [], code: {}, issues: [null, 7, { field: 1, message: 2 }, 'x'], requestId: 7, field: 9 };
  const error = await refusal(body, { status: 400, headers: { 'x-request-id': 'h-1' } });
  assert.deepEqual({ ...error }, { code: 'ERR_LATCHKEY_REQUEST_INVALID', status: 400, requestId: 'h-1' });
});
