// SPDX-License-Identifier: Apache-2.0
/** The strings that break things, through the public API and back. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadCore } from 'latchkey';

const corpora = process.env.LATCHKEY_CORPORA ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const file = `${corpora}/naughty-strings/blns.json`;
const strings = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const skip = strings.length === 0 && process.env.CI === undefined ? `no corpora at ${corpora}` : false;

let core;
before(async () => (core = await loadCore()));

/** A test over all of them. */
const eachString = (title, check) =>
  test(title, { skip }, () => {
    assert.equal(strings.length, 515);
    for (const text of strings) check(text);
    assert.equal({}.polluted, undefined);
  });

eachString('come back from capabilities as they were', (text) => {
  const facts = {
    provider: { user: true, rbac: true, sso: { provider: text, text, url: text } },
    license: { valid: true },
    user: { id: text, email: text, name: text, avatarUrl: text },
    access: { roles: [text], permissions: ['*', text] },
    roles: [{ id: text, permissions: ['agents:read'] }],
  };
  const answer = core.capabilities(facts);
  assert.deepEqual(answer.user, facts.user);
  assert.deepEqual(answer.login.sso, facts.provider.sso);
  assert.deepEqual(answer.access, facts.access);
});

eachString('are names of roles like any other', (text) => {
  const definitions = [{ id: text, permissions: ['agents:read'] }];
  assert.deepEqual(core.rolePermissions([text], { definitions }), ['agents:read']);
  assert.deepEqual(core.rolePermissions([text]), []);
  assert.deepEqual(core.rolePermissions([text], { definitions: [], mapping: { [text]: ['tools:read'] } }), ['tools:read']);
});

eachString('are exact permissions or none', (text) => {
  for (const permission of [text, `agents:read:${text}`, `${text}:read`]) {
    const everything = core.permissions(['*']);
    let set = null;
    try {
      set = core.permissions([permission]);
    } catch (error) {
      assert.equal(error.code, 'ERR_LATCHKEY_GRANT_INVALID');
      const named = error.field ?? ''; // an empty one is left out
      assert.equal(named, permission.slice(0, named.length));
    }
    assert.equal(everything.covers(permission), set !== null, permission);
    assert.equal(everything.explain(permission).allowed, set !== null, permission);
    assert.equal(set?.covers(permission) ?? true, true, permission);
    assert.equal(set?.covers(`${permission}x`) ?? false, false, permission);
    set?.dispose();
    everything.dispose();
  }
});

eachString('come back from a cookie as they were or are refused', (text) => {
  assert.deepEqual(core.cookie(`before=1; ${text}=${text}; after=2`, 'after'), '2');
  const pairs = new Map(core.parseCookies(`before=1; a=${text}; after=2`));
  assert.deepEqual([pairs.get('before'), pairs.get('after')], ['1', '2']);
  let line;
  try {
    line = core.setCookie('a', text);
  } catch (error) {
    assert.equal(error.code, 'ERR_LATCHKEY_COOKIE_INVALID');
    assert.match(text, /[^!#-+\--:<-[\]-~]/u);
    return;
  }
  assert.equal(line, `a=${text}; HttpOnly; SameSite=Lax; Path=/; Secure`);
  assert.deepEqual(core.parseCookies(line)[0], ['a', text]);
});

eachString('have an answer as license, token, route and return path', (text) => {
  const license = core.license(text, { nowMs: 0 });
  assert.equal(license.valid, license.reason === undefined);
  assert.equal(core.parseSessionToken(text), null);
  assert.ok([text, '/'].includes(core.safeReturnPath(text)));
  const origin = 'https://studio.example';
  assert.equal(new URL(core.safeReturnPath(`/${text}`), origin).origin, origin);
  const permission = core.routePermission('GET', `/${text}`);
  const everything = core.permissions(['*']);
  assert.ok(permission === null || everything.covers(permission), permission);
  everything.dispose();
});
