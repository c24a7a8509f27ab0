// SPDX-License-Identifier: Apache-2.0
// Where secrets could be seen by those who look at the process: its arguments, its output, its memory.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isSanitized, readElf } from './elf.mjs';
import { cookieOf, environment, executable, folder, json, license, run, secret, serve } from './executable.mjs';

const skip = isSanitized(readElf(executable)) && 'the sanitizers look for leaks from another process';

/** Every line that anybody may see: of the process, and of what it prints. */
const visibleOf = ({ pid, output }) =>
  ['cmdline', 'comm', 'status'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'latin1')).join('\n') + output.out + output.err;

describe('[NS-07] secrets', () => {
  test('stand neither in the command line nor in what is printed', async () => {
    const file = join(folder, 'secret-of-hardening');
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    const mailPassword = 'mail-password-3141592653';
    const server = await serve(['--data', join(folder, 'hardening')], {
      LATCHKEY_SECRET_FILE: file,
      MASTRA_EE_LICENSE: license,
      LATCHKEY_PUBLIC_URL: 'https://studio.example.com',
      LATCHKEY_MAIL_URL: `smtps://studio:${mailPassword}@127.0.0.1:1`,
      LATCHKEY_MAIL_FROM: 'studio@example.com',
      LATCHKEY_LOG_REQUESTS: 'on',
    });
    try {
      const password = 'another tribal lamp';
      const post = (path, body) =>
        fetch(`${server.origin}/api/auth/${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) });
      const cookie = cookieOf(await post('signup', { email: 'ada@example.com', password }));
      await fetch(`${server.origin}/api/auth/me`, { headers: { cookie } });
      await post('credentials/request-password-reset', { email: 'ada@example.com' });
      await post('login', { email: 'ada@example.com', password: 'a guess that is wrong' });
      server.signal('SIGHUP'); // reads its secrets again, and says so
      while (!/read 1 secret again/.test(server.output.err)) await new Promise((resolve) => setTimeout(resolve, 20));
      const visible = visibleOf(server);
      assert.match(visible, /latchkey: request=/);
      for (const hidden of [secret, license, mailPassword, password, 'a guess that', cookie.split('=')[1]]) {
        assert.ok(!visible.includes(hidden), hidden);
      }
    } finally {
      await server.stop();
    }
  });

  test('can be given to no command as an argument', () => {
    for (const command of ['serve', 'doctor', 'user add', 'user password', 'key rotate', 'license show']) {
      const { out } = run([...command.split(' '), '--help']);
      const options = out.match(/--[a-z-]+/g) ?? [];
      const secretOnes = options.filter((name) => /secret|password|license|token|redis|mail/.test(name) && !/-(stdin|file)$/.test(name));
      assert.deepEqual(secretOnes, [], command);
    }
  });

  test('are in no core dump', { skip }, async () => {
    const place = join(folder, 'dump');
    mkdirSync(place);
    const wrapped = (command) => ['bash', '-c', 'ulimit -c unlimited 2>/dev/null; exec "$@"', 'bash', ...command];
    const server = await serve(['--dev', '--data', join(place, 'data')], {}, { wrapped, cwd: place });
    const limits = readFileSync(`/proc/${server.pid}/limits`, 'utf8');
    await server.stop('SIGQUIT');
    assert.deepEqual(readdirSync(place), ['data']);
    assert.match(limits, /^Max core file size\s+0\s+0\s/m);
  });

  test('cannot be read out of the process by others of the same user', { skip }, async (t) => {
    // What belongs to root there is closed to the process's own user. As root there is another user to try it with.
    const isRoot = process.getuid() === 0;
    const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};
    const data = mkdtempSync(join(tmpdir(), 'latchkey-nobody-'));
    let server;
    try {
      if (isRoot) chownSync(data, nobody.uid, nobody.gid);
      try {
        server = await serve(['--dev', '--data', data], {}, nobody);
      } catch (error) {
        if (isRoot && error.code === 'EACCES') return t.skip('the executable is in a folder that is closed to others');
        throw error;
      }
      for (const name of ['environ', 'mem', 'maps']) {
        assert.equal(statSync(`/proc/${server.pid}/${name}`).uid, 0, name);
      }
      const reader = spawn('cat', [`/proc/${server.pid}/environ`], { ...nobody, stdio: 'ignore', env: environment() });
      assert.notEqual((await once(reader, 'exit'))[0], 0);
    } finally {
      await server?.stop();
      rmSync(data, { recursive: true, force: true });
    }
  });
});
