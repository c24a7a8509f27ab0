// SPDX-License-Identifier: Apache-2.0
/** Every vector file through the public API: the same cases that the core passes natively. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { loadCore } from 'latchkey';

const directory = new URL('../vectors/', import.meta.url);
const core = await loadCore();

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/** Asks one question of a set of permissions that lives only for it. */
function withSet({ granted, aliases }, file, ask) {
  const set = core.permissions(granted, { aliases: aliases ?? file.aliases });
  try {
    return ask(set);
  } finally {
    set.dispose();
  }
}

const covers = (item, file) => withSet(item, file, (set) => set.covers(item.required));

/** Steps of a cookie jar's life, and what each answers. */
function jarSteps({ steps }) {
  const jar = core.cookieJar();
  try {
    return steps.map(({ store, header, url, nowMs }) =>
      store === undefined ? jar.header(header, nowMs) : jar.store(store, url, nowMs),
    );
  } finally {
    jar.dispose();
  }
}

/** How each file's cases are asked. */
const asked = {
  'audit-csv': ({ events }) => core.auditCsv(events),
  'audit-filters': ({ event, filter }) => core.auditMatches(event, filter),
  'audit-leaves': ({ event }) => new TextDecoder().decode(core.auditLeaf(event)),
  'audit-lines': ({ event }) => core.auditLine(event),
  capabilities: ({ facts }) => core.capabilities(facts),
  'cookie-jars': jarSteps,
  'cookie-lookup': ({ header, cookie }) => core.cookie(header, cookie),
  cookies: ({ header }) => core.parseCookies(header),
  licenses: ({ text, nowMs = 0 }) => core.license(text, { nowMs }),
  'permission-cover': covers,
  'permission-explain': (item, file) => withSet(item, file, (set) => set.explain(item.required)),
  // Everything is granted, so only the grammar can say no; and as a grant the text must be refused then too.
  'permission-grammar': ({ text }) => {
    const valid = withSet({ granted: ['*'] }, {}, (set) => set.covers(text));
    if (valid) core.permissions([text]).dispose();
    else assert.throws(() => core.permissions([text]), { code: 'ERR_LATCHKEY_GRANT_INVALID' });
    return valid;
  },
  permissions: covers,
  'return-paths': ({ text }) => core.safeReturnPath(text),
  roles: ({ roles, definitions, mapping }) => core.rolePermissions(roles, { definitions, mapping }),
  'route-permissions': ({ method, path }) => core.routePermission(method, path),
  'session-tokens': ({ text }) => {
    const token = core.parseSessionToken(text);
    if (!token) return null;
    const { version, keyId, salt, iv, ciphertext, tag } = token;
    const parts = Object.entries({ keyId: Buffer.from(keyId, 'hex'), salt, iv, ciphertext, tag });
    return { version, ...Object.fromEntries(parts.map(([name, bytes]) => [name, base64url(bytes)])) };
  },
  // Here the platform really checks the signature.
  'signed-licenses': ({ text, nowMs, publicKey }) =>
    core.license(text, { nowMs, publicKey: Buffer.from(publicKey, 'base64url') }),
  'set-cookies': ({ cookie, value, attributes }) => core.setCookie(cookie, value, attributes),
};

/** Rules that have no function in this package: the server's alone. */
const nativeOnly = new Set(['throttle']);

for (const name of readdirSync(directory).filter((entry) => entry.endsWith('.json')).sort()) {
  const stem = name.replace(/\.json$/, '');
  if (nativeOnly.has(stem)) continue;
  test(`agrees with ${name}`, async () => {
    const ask = asked[stem];
    assert.ok(ask, `nothing here asks the cases of ${name}`);
    const file = JSON.parse(readFileSync(new URL(name, directory), 'utf8'));
    assert.ok(file.cases.length > 0);
    for (const item of file.cases) {
      const about = `${name}: ${item.name ?? JSON.stringify(item)}`;
      if (item.error) assert.throws(() => ask(item, file), { name: 'LatchkeyError', code: item.error }, about);
      else assert.deepEqual(await ask(item, file), item.expect, about);
    }
  });
}
