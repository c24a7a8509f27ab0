// The doctor: it changes nothing, and whatever `serve` would refuse it refuses as well.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { asRoot, folder, license, run, secret, serve } from './executable.mjs';

const place = (name) => join(folder, name);
const doctor = (args, env, options) => run(['doctor', '--port', '0', ...args], { env, ...options });
const start = (args, env, options) => run(['serve', '--port', '0', ...args], { env, ...options });

describe('the doctor and a database', () => {
  test('that is there is looked at and left as it is, byte for byte', () => {
    const data = place('looked-at');
    run(['user', 'add', 'ada@example.com', '--role', 'owner', '--data', data]);
    const before = readFileSync(join(data, 'latchkey.db'));
    const files = readdirSync(data);
    const healthy = doctor(['--dev', '--data', data]);
    assert.equal(healthy.status, 0, healthy.out);
    assert.match(healthy.out, /^ok {4}store {6}\S*looked-at\/latchkey\.db, 1 account$/m);
    assert.ok(readFileSync(join(data, 'latchkey.db')).equals(before));
    assert.deepEqual(readdirSync(data), files);
  });

  test('that a server has open is looked at too', async () => {
    const data = place('in-use');
    run(['user', 'add', 'ada@example.com', '--role', 'owner', '--data', data]);
    const server = await serve(['--dev', '--data', data]);
    try {
      assert.match(doctor(['--dev', '--data', data]).out, /^ok {4}store {6}\S*in-use\/latchkey\.db, 1 account$/m);
    } finally {
      await server.stop();
    }
  });

  test('that is empty, or no database, is called so', () => {
    const data = place('empty-file');
    mkdirSync(data);
    const file = join(data, 'latchkey.db');
    writeFileSync(file, '');
    const empty = doctor(['--dev', '--data', data]);
    assert.match(empty.out, /^warn {2}store {6}\S*latchkey\.db is empty, no Latchkey database yet: the first start makes its tables$/m);
    assert.equal(empty.status, 0);
    assert.equal(statSync(file).size, 0);
    writeFileSync(file, 'x'.repeat(4096));
    const none = doctor(['--dev', '--data', data]);
    assert.match(none.out, /^FAIL {2}store {6}\S*latchkey\.db: .*not a database/m);
    assert.equal(none.status, 1);
    assert.deepEqual(readdirSync(data), ['latchkey.db']);
  });
});

describe('the doctor fails what a server refuses', () => {
  const both = (args, env, reason, options) => {
    const ill = doctor(args, env, options);
    assert.match(ill.out, reason);
    assert.equal(ill.status, 1, ill.out);
    assert.notEqual(start(args, env, options).status, 0, ill.out);
    return ill;
  };

  test('about where its files are to be', () => {
    const file = place('a-file');
    writeFileSync(file, '');
    both(['--dev', '--data', file], {}, /^FAIL {2}data {7}\S*a-file can't be made: \S*a-file is no folder$/m);
    both(['--dev', '--data', join(file, 'below')], {}, /^FAIL {2}data {7}\S* can't be made: \S*a-file is no folder$/m);
    both(['--dev', '--data', place('stores')], { LATCHKEY_STORE_URL: 'sqlite:no/such/a.db' }, /^FAIL {2}store {6}\S*a\.db can't be made: there is no folder \S*no\/such; mend store\.url$/m);
  });

  test('about a folder that is somebody else\'s', asRoot, () => {
    const data = place('closed');
    mkdirSync(data, { mode: 0o755 });
    chmodSync(folder, 0o755);
    both(['--dev', '--data', data], {}, /^FAIL {2}data {7}\S*closed can't be written: Permission denied/m, { owner: 65534 });
    chownSync(data, 65534, 65534);
    assert.equal(doctor(['--dev', '--data', data], {}, { owner: 65534 }).status, 0);
  });

  test('about mail, roles and Redis, before there is a database', () => {
    const settings = place('parts.toml');
    const mail = '[mail]\nfrom = "a@example.com"\n';
    for (const [text, reason] of [
      [`${mail}url = "http://x"\nreset_page = "https://studio.example/reset"\n`, /^FAIL {2}mail/m],
      [`${mail}url = "smtp://127.0.0.1"\nreset_page = "nope"\n`, /^FAIL {2}mail {7}mail\.reset_page: The page for new passwords must be an https:/m],
      ['[redis]\nurl = "http://x"\n', /^FAIL {2}redis/m],
    ]) {
      writeFileSync(settings, text);
      both(['--dev', '--data', place('no-store'), '--config', settings], {}, reason);
    }
    writeFileSync(settings, '[role_mapping]\nEngineering = ["no grant"]\n');
    const ill = doctor(['--dev', '--config', settings]);
    assert.match(ill.out, /^FAIL {2}settings {3}\S*parts\.toml:2: the role Engineering can't have the grant "no grant"/m);
    assert.equal(ill.status, 1);
  });

  test('and says one mistake once', () => {
    const ill = both(['--data', place('once')], { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license, LATCHKEY_PUBLIC_URL: 'nope' }, /^FAIL {2}url/m);
    assert.equal(ill.out.match(/is no origin/g).length, 1);
  });
});

describe('a Redis that is down', () => {
  test('is told by the doctor, and by a server at its start', async () => {
    const env = { LATCHKEY_REDIS_URL: 'redis://127.0.0.1:1' };
    const ill = doctor(['--dev', '--data', place('no-redis')], env);
    assert.match(ill.out, /^FAIL {2}redis/m);
    assert.equal(ill.status, 1);
    const server = await serve(['--dev', '--data', place('no-redis')], env);
    await server.stop();
    assert.match(server.output.err, /^latchkey: warning: redis: .* Requests that need it fail until it answers\.$/m);
  });
});

describe('risks', () => {
  const production = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
  const seen = async (name, env) => {
    const server = await serve(['--data', place(name)], { ...production, ...env });
    await server.stop();
    const looked = doctor(['--data', place(name)], { ...production, ...env });
    assert.equal(looked.status, 0, looked.out);
    return [server.output.err, looked.out];
  };

  test('of a server without its public address are named', async () => {
    const reason = /server\.public_url \(LATCHKEY_PUBLIC_URL\) is not set: behind a proxy that ends TLS sign-in answers 403/;
    for (const text of await seen('unnamed', {})) assert.match(text, reason);
    for (const text of await seen('named', { LATCHKEY_PUBLIC_URL: 'https://studio.example.com' })) assert.doesNotMatch(text, reason);
  });

  test('of proxies that are everybody are named', async () => {
    const reason = /server\.trusted_proxies has 0\.0\.0\.0\/0: whoever is in it chooses the address/;
    for (const text of await seen('everybody', { LATCHKEY_TRUSTED_PROXIES: '0.0.0.0/0' })) assert.match(text, reason);
    for (const text of await seen('one', { LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8,::1' })) assert.doesNotMatch(text, /trusted_proxies/);
  });
});
