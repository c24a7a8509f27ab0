// What `serve` refuses to start with, and whether the sentence says what to do.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { environment, executable, folder, license, run, secret, serve } from './executable.mjs';

const production = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
const start = (args, env) => run(['serve', '--port', '0', '--data', join(folder, 'settings'), ...args], { env });

describe('the public address', () => {
  test('is not taken with plain http, except for this machine', async () => {
    for (const url of ['http://studio.example.com', 'http://192.168.1.7:4111', 'http://127.0.0.1.example.com/']) {
      for (const [args, env] of [[[], production], [['--dev'], {}]]) {
        const refused = start(args, { ...env, LATCHKEY_PUBLIC_URL: url });
        assert.equal(refused.status, 2, url);
        assert.match(refused.err, /^latchkey: server\.public_url is http:\/\/.*Put https in front of the server/);
      }
    }
    const local = ['http://localhost:4111', 'http://127.0.0.1:4111/', 'http://[::1]:4111'];
    for (const url of [...local, 'https://studio.example.com']) {
      const env = { ...production, LATCHKEY_PUBLIC_URL: url };
      const server = await serve(['--data', join(folder, 'public-url')], env);
      assert.equal((await server.stop()).status, 0, url);
      assert.equal(/without Secure/.test(server.output.err), url.startsWith('http:'), url);
    }
  });

  test('is named as it is set', () => {
    const refused = start([], { ...production, LATCHKEY_PUBLIC_URL: 'studio.example.com' });
    assert.equal(refused.status, 2);
    assert.match(refused.err, /^latchkey: server\.public_url: "studio\.example\.com" is no origin/);
  });
});

describe('an open sign-up', () => {
  test('gives no role that reads the audit log, unless a setting says so', async () => {
    const env = { ...production, LATCHKEY_ROLES_PRESET: 'mastra' };
    const data = ['--data', join(folder, 'mastra-roles')];
    const refused = run(['serve', '--port', '0', ...data], { env });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /Sign-up is open and gives the role viewer, which reads the audit log: .*--no-sign-up/);
    const examined = run(['doctor', '--port', '0', ...data], { env });
    assert.equal(examined.status, 1);
    assert.match(examined.out, /^FAIL {2}roles {6}Sign-up is open and gives the role viewer/m);
    for (const [args, warns] of [[['--no-sign-up'], false], [['--privileged-default-role'], true]]) {
      const server = await serve([...args, ...data], env);
      await server.stop();
      assert.equal(/whoever signs up is viewer and reads the audit log \(audit:read\)/.test(server.output.err), warns);
    }
  });
});

describe('the prefix of the API', () => {
  test('leaves room for the studio and for what operators ask', () => {
    for (const prefix of ['/', '//', ' ']) {
      const refused = start(['--dev'], { LATCHKEY_API_PREFIX: prefix });
      assert.equal(refused.status, 2, prefix);
      assert.match(refused.err, /^latchkey: server\.api_prefix must leave room for the studio .* such as \/api/);
    }
  });
});

describe('messages', () => {
  test('name the option of an origin that is none', () => {
    for (const [place, args, env] of [
      ['--trust-origin', ['--trust-origin', 'nope'], {}],
      ['LATCHKEY_TRUST_ORIGIN', [], { LATCHKEY_TRUST_ORIGIN: 'nope' }],
    ]) {
      const refused = start(['--dev', ...args], env);
      assert.equal(refused.status, 2);
      const reason = 'server.trusted_origins must be a list of origins such as "https://studio.example", not "nope".';
      assert.equal(refused.err.split('\n')[0], `latchkey: ${place}: ${reason} [ERR_LATCHKEY_CONFIGURATION_INVALID]`);
    }
  });

  test('name the option of a port that is taken, and of a host that is not ours', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const taken = run(['serve', '--dev', '--data', join(folder, 'taken'), '--port', `${other.address().port}`]);
      assert.equal(taken.status, 1);
      assert.match(taken.err, /Can't listen on 127\.0\.0\.1:\d+: .*; choose another port with --port\. \[ERR_LATCHKEY_CONFIGURATION_INVALID\]$/m);
    } finally {
      other.close();
    }
    // 192.0.2.0/24 is for documentation: no machine has it.
    const foreign = start(['--host', '192.0.2.1'], production);
    assert.equal(foreign.status, 1);
    assert.match(foreign.err, /Can't listen on 192\.0\.2\.1:0: .*; choose another address with --host\. \[ERR_LATCHKEY_CONFIGURATION_INVALID\]$/m);
  });
});

describe('the secret', () => {
  const file = join(folder, 'secret-of-settings');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });

  test('has one source', () => {
    const refused = start([], { ...production, LATCHKEY_SECRET_FILE: file });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /^latchkey: LATCHKEY_SECRET and session\.secret_file \(LATCHKEY_SECRET_FILE\) are both set; keep the one/);
  });

  test('in a file that others can read is warned of, with the remedy', async () => {
    for (const mode of [0o600, 0o640, 0o604]) {
      chmodSync(file, mode);
      const env = { LATCHKEY_SECRET_FILE: file, MASTRA_EE_LICENSE: license };
      const server = await serve(['--data', join(folder, 'mode')], env);
      await server.stop();
      const warning = /warning: \S*secret-of-settings can be read by other users; set its mode to 0600$/m;
      assert.equal(warning.test(server.output.err), mode !== 0o600, mode.toString(8));
    }
  });
});

describe('a file that is named', () => {
  test('and can not be one is refused at once, by what it is', () => {
    for (const [file, reason] of [
      [folder, 'the file is a folder, not a file.'],
      ['/dev/zero', 'the file is a device or a pipe, not a file.'],
      [join(folder, 'none.toml'), 'the file can\'t be read: No such file or directory.'],
    ]) {
      const refused = start(['--dev', '--config', file], {});
      assert.equal(refused.status, 2);
      assert.ok(refused.err.includes(`latchkey: ${file}: ${reason}`), refused.err);
    }
  });

  test('and holds no secret is told from one that is not there', () => {
    const empty = join(folder, 'empty-secret');
    writeFileSync(empty, '\n', { mode: 0o600 });
    for (const [file, reason] of [
      [empty, 'is empty.'],
      [join(folder, 'no-secret'), "can't be read: No such file or directory."],
      ['/dev', 'is a folder, not a file.'],
    ]) {
      const refused = start([], { LATCHKEY_SECRET_FILE: file, MASTRA_EE_LICENSE: license });
      assert.equal(refused.status, 1);
      assert.ok(refused.err.includes(`The secret file ${file} ${reason}`), refused.err);
    }
  });
});

describe('open files', () => {
  const limited = (limits) => ({ wrapped: (command) => ['sh', '-c', `${limits}; exec "$@"`, 'sh', ...command] });
  const begin = async (name, limits) => {
    const server = await serve(['--dev', '--data', join(folder, name)], {}, limited(limits));
    await server.stop();
    return server.output.err;
  };

  test('bound the connections, and a soft limit is raised', async () => {
    const warning = /^latchkey: warning: open files are limited: at most 768 connections at once, not 10000; raise the limit/m;
    assert.match(await begin('few-files', 'ulimit -n 1024'), warning);
    assert.match(await begin('soft-limit', 'ulimit -Sn 300; ulimit -Hn 1024'), warning);
  });

  test('that are too few for anybody keep a server from starting', () => {
    const refused = spawnSync('sh', ['-c', `ulimit -n 24; exec "${executable}" serve --dev --port 0 --data "${join(folder, 'no-files')}"`], {
      env: environment(),
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /The limit of open files is 24, too few to serve anybody: raise it/);
  });
});
