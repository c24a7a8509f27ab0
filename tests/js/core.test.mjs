// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { LatchkeyError, loadCore } from 'latchkey';

let core;
before(async () => {
  core = await loadCore();
});

const misuse = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_ARGUMENT_INVALID' };
const loneSurrogate = 'a\ud800b';
const tooLong = 'x'.repeat((1 << 20) + 1);

test('gives one core to all callers', async () => {
  assert.equal(await loadCore(), core);
  assert.equal(loadCore(), loadCore());
});

test('answers no to what is no string', () => {
  const set = core.permissions(['*']);
  for (const required of [undefined, null, 0, true, {}, ['agents:read'], Symbol.iterator, () => 'agents:read']) {
    assert.equal(set.covers(required), false);
    assert.equal(set.all([required]), false);
    assert.equal(set.any([required]), false);
    assert.equal(set.explain(required).allowed, false);
  }
  assert.equal(set.explain(7).code, 'ERR_LATCHKEY_PERMISSION_INVALID');
});

test('has the documented answers for empty lists, and none for what is no list', () => {
  const set = core.permissions(['agents:read']);
  assert.equal(set.all([]), true);
  assert.equal(set.any([]), false);
  for (const list of [undefined, 'agents:read', { length: 0 }, new Set(['agents:read'])]) {
    assert.equal(set.all(list), false);
    assert.equal(set.any(list), false);
  }
  assert.equal(set.all(new Array(1)), false, 'a hole is not a permission');
  assert.equal(set.all(['agents:read', 'agents:write']), false);
  assert.equal(set.any(['agents:write', 'agents:read']), true);
});

test('takes each grant as a whole, whatever is in it', () => {
  const refused = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_GRANT_INVALID' };
  for (const grant of ['', '\n', 'agents:read\nagents:write', 'agents:read\n', 'agents:read\r\n*']) {
    assert.throws(() => core.permissions([grant]), grant === '' ? refused : { ...refused, field: grant });
    assert.throws(() => core.permissions(['agents:*', grant]), refused);
  }
  assert.throws(() => core.permissions([`agents:${loneSurrogate}`]), misuse);
  assert.throws(() => core.permissions(new Array(2)), LatchkeyError);
  assert.throws(() => core.permissions(['x'.repeat((4 << 20) + 1)]), { ...misuse, message: 'grants is over 4 MiB' });
  const mixed = core.permissions(['agents:read', { grant: 'tools:*', role: 'admin' }]);
  assert.deepEqual(mixed.explain('tools:read'), { allowed: true, grant: 'tools:*', role: 'admin' });
  assert.deepEqual(core.permissions(['tools:*']).explain('tools:read'), { allowed: true, grant: 'tools:*' });
});

test('compares resources beyond ASCII by their bytes', () => {
  const set = core.permissions(['agents:read:ä', 'agents:read:😀', `agents:write:${'é'.repeat(128)}`]);
  assert.equal(set.covers('agents:read:ä'), true);
  assert.equal(set.covers('agents:read:a\u0308'), false);
  assert.equal(set.covers('agents:read:😀'), true);
  assert.equal(set.covers('agents:read:\ud83d'), false, 'half a character');
  assert.equal(set.covers('agents:read:\ud83d\ud83d'), false);
  assert.equal(set.covers(`agents:write:${'é'.repeat(128)}`), true);
  assert.equal(set.covers(`agents:write:${'é'.repeat(129)}`), false);
  assert.equal(set.covers(`agents:write:${'é'.repeat(600)}`), false);
});

test('never takes a lone surrogate for the replacement character', () => {
  const set = core.permissions(['agents:read:\ufffd']);
  assert.equal(set.covers('agents:read:\ufffd'), true);
  assert.equal(set.covers('agents:read:\ud800'), false);
});

test('remembers answers without mixing up permissions or sets', () => {
  const reader = core.permissions(['agents:read']);
  const writer = core.permissions(['agents:write']);
  for (let round = 0; round < 3; round++) {
    assert.equal(reader.covers('agents:read'), true);
    assert.equal(reader.covers('agents:write'), false);
    assert.equal(writer.covers('agents:read'), false);
    assert.equal(writer.covers('agents:write'), true);
  }
  // Far more than are remembered at once.
  for (let index = 0; index < 20_000; index++) assert.equal(reader.covers(`agents:read:r${index}`), true);
  assert.equal(reader.covers('agents:write'), false);
});

test('remembers of each text what the core said of it, whichever other texts look like it', () => {
  const [one, other] = [core.permissions(['agents:*', 'a', 'abcd']), core.permissions(['tools:read'])];
  const resources = Array.from({ length: 1000 }, (_, index) => `:r${index}ä`.slice(0, 5 - (index % 3)));
  // Of these many have the same length and the same last characters.
  const texts = ['agents', 'tools', 'Agents'].flatMap((name) => resources.map((resource) => `${name}:read${resource}`));
  const short = ['', 'a', 'ab', 'abc', 'abcd', 'abcx', 'xbcd', '*', ':', 'ä', '😀', 'x'.repeat(512), 'ä'.repeat(600)];
  for (let round = 0; round < 4; round++) {
    for (const text of texts) {
      assert.equal(one.covers(text), text.startsWith('agents:'), text);
      assert.equal(other.covers(text), text.startsWith('tools:'), text);
    }
    for (const text of short) {
      assert.equal(one.covers(text), text === 'a' || text === 'abcd', text);
      assert.equal(other.covers(text), false, text);
    }
    for (const nothing of [undefined, null, 7, {}, ['a'], new String('a')]) assert.equal(one.covers(nothing), false);
  }
  one.dispose();
  for (const text of [...texts, ...short]) assert.equal(one.covers(text), false, text);
  assert.equal(other.covers('tools:read'), true, 'the other one goes on');
});

test('covers nothing after dispose', () => {
  const set = core.permissions(['*']);
  assert.equal(set.covers('agents:read'), true);
  set.dispose();
  set.dispose();
  assert.equal(set.covers('agents:read'), false);
  assert.equal(set.all([]), false);
  assert.deepEqual(set.explain('agents:read'), { allowed: false, code: 'ERR_LATCHKEY_DISPOSED' });
  const next = core.permissions(['*']);
  assert.equal(set.covers('agents:write'), false, 'also when its place has been taken');
  next.dispose();
});

test('names the grant that makes no sense', () => {
  assert.throws(() => core.permissions(['agents:read', 'agents:re*']), {
    code: 'ERR_LATCHKEY_GRANT_INVALID',
    field: 'agents:re*',
  });
  assert.throws(() => core.permissions('agents:read'), misuse);
  assert.throws(() => core.permissions([7]), { code: 'ERR_LATCHKEY_JSON_SHAPE' });
});

test('explains by grant and role', () => {
  const set = core.permissions([{ grant: 'agents:*', role: 'developer' }]);
  assert.deepEqual(set.explain('agents:write'), { allowed: true, grant: 'agents:*', role: 'developer' });
  assert.equal(set.explain('workflows:write').code, 'ERR_LATCHKEY_FORBIDDEN');
});

test('refuses strings that are malformed or too long before they reach the core', () => {
  for (const bad of [loneSurrogate, tooLong]) {
    assert.throws(() => core.routePermission('GET', bad), misuse);
    assert.throws(() => core.rolePermissions([bad]), misuse);
    assert.throws(() => core.rolePermissions(['x'], { mapping: { [bad]: ['a:b'] } }), misuse);
    assert.throws(() => core.license(bad, { nowMs: 0 }), misuse);
    assert.throws(() => core.capabilities({ provider: null, license: { valid: true }, user: { id: bad } }), misuse);
    assert.throws(() => core.parseCookies(bad), misuse);
    assert.throws(() => core.cookie('a=b', bad), misuse);
    assert.throws(() => core.setCookie('a', bad), misuse);
    assert.equal(core.safeReturnPath(`/${bad}`), '/');
    assert.equal(core.parseSessionToken(bad), null);
  }
  assert.throws(() => core.permissions([loneSurrogate]), misuse);
  assert.throws(() => core.permissions([tooLong]), { code: 'ERR_LATCHKEY_GRANT_INVALID' });
  assert.throws(() => core.permissions(Array(5).fill(tooLong)), misuse, 'over 4 MiB');
  assert.throws(() => core.parseCookies('é'.repeat(600_000)), misuse, 'measured in bytes');
});

test('refuses arguments of another type', () => {
  assert.throws(() => core.routePermission(undefined, '/agents'), misuse);
  assert.throws(() => core.rolePermissions('viewer'), misuse);
  assert.throws(() => core.license('x', {}), misuse);
  assert.throws(() => core.license('x', { nowMs: Number.NaN }), misuse);
  assert.throws(() => core.license('x'), misuse);
  assert.throws(() => core.parseCookies(7), misuse);
  const circular = {};
  circular.self = circular;
  assert.throws(() => core.capabilities(circular), misuse);
  assert.throws(() => core.capabilities(undefined), misuse);
  assert.throws(() => core.setCookie('a', 'b', { maxAge: 1n }), misuse);
});

test('takes a missing header, license, token or path for an absent one', () => {
  assert.deepEqual(core.parseCookies(null), []);
  assert.equal(core.cookie(undefined, 'a'), null);
  assert.equal(core.license(undefined, { nowMs: 0 }).reason, 'ERR_LATCHKEY_LICENSE_REQUIRED');
  assert.equal(core.parseSessionToken(null), null);
  assert.equal(core.safeReturnPath(null), '/');
});

test('lets no key reach a prototype', () => {
  const facts = JSON.parse(`{"provider":{"user":true,"__proto__":{"polluted":1}},"license":{"valid":true},
    "user":{"id":"u","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}`);
  const answer = core.capabilities(facts);
  assert.equal(answer.user.polluted, undefined);
  assert.equal(Object.hasOwn(answer.user, 'constructor'), false);
  assert.equal({}.polluted, undefined);
  assert.deepEqual(core.rolePermissions(['__proto__', 'constructor', 'toString']), []);
  assert.deepEqual(core.parseCookies('__proto__=1'), [['__proto__', '1']]);
});

test('gives frozen objects', () => {
  const answer = core.capabilities({ provider: { credentials: { signUpEnabled: true } }, license: { valid: true } });
  assert.ok(Object.isFrozen(answer) && Object.isFrozen(answer.login));
  assert.ok(Object.isFrozen(core) && Object.isFrozen(core.permissions([])));
});

test('takes a session token apart', () => {
  const bytes = Buffer.concat([
    Buffer.from([1, 0xde, 0xad, 0x00, 0x0f]),
    Buffer.alloc(16, 1),
    Buffer.alloc(12, 2),
    Buffer.from('sealed'),
    Buffer.alloc(16, 3),
  ]);
  const token = core.parseSessionToken(bytes.toString('base64url'));
  assert.equal(token.version, 1);
  assert.equal(token.keyId, 'dead000f');
  assert.ok(token.salt instanceof Uint8Array);
  assert.deepEqual([token.salt.length, token.iv.length, token.tag.length], [16, 12, 16]);
  assert.equal(Buffer.from(token.ciphertext).toString(), 'sealed');
});

test('errors carry a code of the list and what is known, and nothing else', () => {
  const error = new LatchkeyError('ERR_LATCHKEY_NETWORK', 'no', { status: undefined, cause: 'why' });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'LatchkeyError');
  assert.equal(LatchkeyError.name, 'LatchkeyError');
  assert.equal(error.cause, 'why');
  assert.deepEqual(Object.keys(error), ['code']);
});

const auditEvent = { timestamp: '2026-11-21T12:29:49.000Z', actor: { type: 'user', id: 'u1' }, action: 'a', outcome: 'success' };

test('gives the bytes of an audit leaf, ready for any SHA-256', () => {
  const leaf = core.auditLeaf(auditEvent);
  assert.ok(leaf instanceof Uint8Array);
  assert.equal(leaf[0], 0);
  const canonical = '{"action":"a","actor":{"id":"u1","type":"user"},"outcome":"success","timestamp":"2026-11-21T12:29:49.000Z"}';
  assert.equal(Buffer.from(leaf.subarray(1)).toString(), canonical);
});

test('refuses events and filters that are none, by name', () => {
  for (const event of [undefined, null, 7, 'x', [], {}]) assert.throws(() => core.auditLine(event), { name: 'LatchkeyError' });
  assert.throws(() => core.auditLine({ ...auditEvent, extra: 1 }), { code: 'ERR_LATCHKEY_JSON_SHAPE', field: 'extra' });
  assert.throws(() => core.auditMatches(auditEvent, { action: 'a*b' }), {
    code: 'ERR_LATCHKEY_AUDIT_FILTER_INVALID',
    field: 'action',
  });
  assert.throws(() => core.auditCsv('x'), { code: 'ERR_LATCHKEY_JSON_SHAPE' });
  assert.throws(() => core.auditLine({ ...auditEvent, action: loneSurrogate }), misuse);
});

test('reads of an event what JSON.stringify makes of it', () => {
  const written = { ...auditEvent, timestamp: new Date(auditEvent.timestamp), requestId: undefined };
  assert.deepEqual(core.auditLeaf(written), core.auditLeaf(auditEvent));
  assert.throws(() => core.auditLine({ ...auditEvent, duration: Number.NaN }), { field: 'duration' });
});

test('derives a permission for what it does not know, and none where no namespace is', () => {
  assert.equal(core.routePermission('GET', '/nonsense'), 'nonsense:read');
  assert.equal(core.routePermission('brew', '/agents'), 'agents:read');
  for (const path of ['', '/', '/:id', '/a b', '/*']) assert.equal(core.routePermission('GET', path), null);
  for (const method of ['', 'ALL', 'all']) assert.equal(core.routePermission(method, '/agents'), null);
});

test('a cookie jar knows no ports and no public suffixes', () => {
  const jar = core.cookieJar();
  assert.equal(jar.store('a=1', 'http://localhost:3000/'), true);
  assert.equal(jar.header('http://localhost:4111/'), 'a=1');
  assert.equal(jar.store('b=1; Domain=uk', 'https://studio.co.uk/'), false);
  assert.equal(jar.store('b=1; Domain=co.uk', 'https://studio.co.uk/'), true);
  jar.dispose();
});

test('a cookie jar takes addresses only, and none after it was disposed of', () => {
  const jar = core.cookieJar();
  assert.equal(jar.store('a=1; Path=/', new URL('https://studio.example/x')), true);
  assert.equal(jar.header('https://studio.example/'), 'a=1');
  for (const url of [undefined, '', '/api', 'studio.example', {}]) assert.throws(() => jar.header(url), misuse);
  assert.throws(() => jar.store(7, 'https://studio.example/'), misuse);
  assert.throws(() => jar.header('https://studio.example/', 1.5), misuse);
  jar.dispose();
  jar.dispose();
  assert.equal(jar.header('https://studio.example/'), '');
  assert.equal(jar.store('a=1', 'https://studio.example/'), false);
});

test('two cookie jars know nothing of each other', () => {
  const [one, two] = [core.cookieJar(), core.cookieJar()];
  one.store('a=1; Path=/', 'https://studio.example/');
  assert.equal(two.header('https://studio.example/'), '');
  one.dispose();
  const three = core.cookieJar();
  assert.equal(three.header('https://studio.example/'), '');
  two.dispose();
  three.dispose();
});

test('a signed license needs a key, and a key that can be used', async () => {
  const { cases } = JSON.parse(readFileSync(new URL('../vectors/signed-licenses.json', import.meta.url), 'utf8'));
  const { text, nowMs, publicKey } = cases[0];
  const raw = Buffer.from(publicKey, 'base64url');
  assert.equal(core.license(text, { nowMs }).valid, false);
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  assert.equal((await core.license(text, { nowMs, publicKey: key })).valid, true);
  assert.equal((await core.license(text, { nowMs, publicKey: raw })).valid, true);
  assert.equal((await core.license(undefined, { nowMs, publicKey: raw })).reason, 'ERR_LATCHKEY_LICENSE_REQUIRED');

  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const useless = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, []);
  const refusal = { ...misuse, field: 'publicKey', message: 'publicKey must be 32 raw bytes or an Ed25519 CryptoKey' };
  const noKeys = [
    null, undefined, 7, {}, raw.toString('hex'), publicKey, raw.subarray(1), Buffer.alloc(33), [...raw], raw.buffer,
    pair, pair.privateKey, other.publicKey, useless,
  ];
  // Whatever the text: a wrong key must not wait for the first signed license to be noticed.
  for (const bad of noKeys) {
    for (const any of [text, 'not signed', '', undefined, 7, loneSurrogate]) {
      await assert.rejects(core.license(any, { nowMs, publicKey: bad }), refusal);
    }
  }
});

test('with a key, misuse is a rejection, never an exception', async () => {
  const publicKey = new Uint8Array(32);
  for (const bad of [7, {}, loneSurrogate, tooLong]) {
    await assert.rejects(core.license(bad, { nowMs: 0, publicKey }), misuse);
  }
  for (const nowMs of [undefined, '0', 1.5]) await assert.rejects(core.license('x', { nowMs, publicKey }), misuse);
});

test('says why where the platform cannot check a signature', async (t) => {
  const { cases } = JSON.parse(readFileSync(new URL('../vectors/signed-licenses.json', import.meta.url), 'utf8'));
  const { text, nowMs, publicKey } = cases[0];
  const cause = new DOMException('Unrecognized name.', 'NotSupportedError');
  t.mock.method(crypto.subtle, 'importKey', () => Promise.reject(cause));
  const asked = core.license(text, { nowMs, publicKey: Buffer.from(publicKey, 'base64url') });
  await assert.rejects(asked, { name: 'LatchkeyError', code: 'ERR_LATCHKEY_CRYPTO_FAILED', cause });

  // A page without TLS has neither.
  const { CryptoKey } = globalThis;
  t.mock.getter(crypto, 'subtle', () => undefined);
  t.after(() => Object.defineProperty(globalThis, 'CryptoKey', { value: CryptoKey, configurable: true, writable: true }));
  delete globalThis.CryptoKey;
  await assert.rejects(core.license(text, { nowMs, publicKey: new Uint8Array(32) }), { code: 'ERR_LATCHKEY_CRYPTO_FAILED' });
  await assert.rejects(core.license(text, { nowMs, publicKey: 'x' }), misuse);
});

test('with a key only signed licenses count', async () => {
  const publicKey = new Uint8Array(32);
  assert.equal(core.license('x'.repeat(32), { nowMs: 0 }).valid, true);
  assert.equal((await core.license('x'.repeat(32), { nowMs: 0, publicKey })).valid, false);
});

test('the facts of capabilities end a license', () => {
  const facts = { provider: { user: true, credentials: { signUpEnabled: true } }, license: { valid: true, expiresAt: '2026-01-01T00:00:00.000Z' } };
  const end = Date.parse(facts.license.expiresAt);
  assert.equal(core.capabilities({ ...facts, nowMs: end - 1 }).enabled, true);
  assert.equal(core.capabilities({ ...facts, nowMs: end }).enabled, false);
  assert.throws(() => core.capabilities({ ...facts, license: { valid: true, expiresAt: 'soon' } }), { code: 'ERR_LATCHKEY_JSON_SHAPE' });
});
