// `/readyz` asks what a sign-in needs: a disk with room, a database that can be written to, a Redis that takes keys.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, json, run, secret, serve } from './executable.mjs';

const place = (name) => join(folder, name);
const ready = async (server) => {
  const answer = await fetch(`${server.origin}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

/** How long it takes until `/readyz` answers so; 5 s are promised. */
async function until(server, status) {
  const start = performance.now();
  for (;;) {
    const seen = await ready(server);
    if (seen.status === status) return { ...seen, ms: performance.now() - start };
    assert.ok(performance.now() - start < 5_000, `still ${seen.status} ${seen.text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const signUp = (server, email) =>
  fetch(`${server.origin}/api/auth/credentials/sign-up`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password: 'a passphrase of some length', name: 'Someone' }),
  });
const metricOf = async (server, name) => {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

describe('a server without what it needs', () => {
  test('says within 5 s that another process keeps its database locked, and that it works again', async () => {
    const data = place('locked');
    const server = await serve(['--dev', '--data', data]);
    try {
      assert.equal((await ready(server)).status, 200);
      const locker = spawn('sqlite3', [join(data, 'latchkey.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
      const locked = new Promise((resolve) => locker.stdout.once('data', resolve));
      locker.stdin.write('BEGIN IMMEDIATE; SELECT 1;\n');
      await locked;
      assert.equal((await until(server, 503)).text, 'store failed\n');
      assert.equal(await metricOf(server, 'latchkey_store_up'), 0);
      const gone = new Promise((resolve) => locker.once('exit', resolve));
      locker.stdin.end('ROLLBACK;\n');
      await gone;
      await until(server, 200);
      assert.equal(await metricOf(server, 'latchkey_store_up'), 1);
      assert.ok((await metricOf(server, 'latchkey_store_write_failures')) > 0);
      assert.match(server.output.err, /warning: store: .* Requests that need it fail until it answers\.$/m);
      assert.match(server.output.err, /^latchkey: store: works again$/m);
    } finally {
      await server.stop();
    }
  });

  test('says within 5 s that the disk is full, and heals once there is room', async (t) => {
    const data = place('small-disk');
    mkdirSync(data, { mode: 0o700 });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0700', 'tmpfs', data]);
    if (mounted.status !== 0) {
      // In a container without the right to mount; elsewhere root can.
      t.skip(`NOT TESTED: no file system of a few MiB can be mounted here: ${mounted.stderr}`);
      return;
    }
    try {
      const server = await serve(['--dev', '--data', data]);
      try {
        for (const email of ['ada@example.com', 'bob@example.com']) assert.equal((await signUp(server, email)).status, 200);
        assert.ok((await metricOf(server, 'latchkey_data_free_bytes')) > 1024 * 1024);
        const filler = join(data, 'filler');
        // As much as there is: dd ends when the disk is full.
        spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
        assert.equal((await until(server, 503)).text, 'store failed\n');
        assert.equal(run(['doctor', '--dev', '--port', '0', '--data', data]).status, 1);
        // The log's room is used again, so that what is urgent can be done.
        const disabled = run(['user', 'disable', 'bob@example.com', '--data', data]);
        assert.equal(disabled.status, 0, disabled.err);
        rmSync(filler);
        await until(server, 200);
        assert.equal((await signUp(server, 'eve@example.com')).status, 200);
      } finally {
        await server.stop();
      }
    } finally {
      spawnSync('umount', [data]);
    }
  });

  test('says within 5 s that Redis takes no keys or is gone, and that it is back', async () => {
    const port = await freePort();
    const redis = () => spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], { stdio: 'ignore' });
    const cli = (...words) => spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim();
    let running = redis();
    const answers = async () => {
      for (let i = 0; cli('PING') !== 'PONG'; ++i) {
        assert.ok(i < 100, 'Redis does not start');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const end = async () => {
      if (running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await gone;
    };
    try {
      await answers();
      const server = await serve(['--dev', '--data', place('with-redis')], {
        LATCHKEY_REDIS_URL: `redis://127.0.0.1:${port}`,
        LATCHKEY_REDIS_PREFIX: 'studio-a:',
      });
      try {
        assert.equal((await ready(server)).status, 200);
        assert.equal((await signUp(server, 'ada@example.com')).status, 200);
        assert.deepEqual(cli('KEYS', '*').split('\n').filter((key) => !key.startsWith('studio-a:')), []);
        cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
        assert.equal((await until(server, 503)).text, 'redis failed\n');
        cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
        await until(server, 200);
        await end();
        assert.equal((await until(server, 503)).text, 'redis failed\n');
        // The PING of `/readyz` may see it before the watch, which counts for the metric.
        for (let i = 0; (await metricOf(server, 'latchkey_redis_up')) !== 0; ++i) {
          assert.ok(i < 100, 'the metric still says that Redis is up');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        running = redis();
        await answers();
        await until(server, 200);
      } finally {
        await server.stop();
      }
    } finally {
      await end();
    }
  });
});

function freePort() {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

describe('a database that was copied without its log', () => {
  const start = (data) => run(['serve', '--dev', '--port', '0', '--data', data]);

  test('is not taken for a fresh installation', () => {
    const data = place('hollow');
    mkdirSync(data);
    const file = join(data, 'latchkey.db');
    // What such a copy was: the first page of a database in WAL mode, and no table.
    spawnSync('sqlite3', [file, 'PRAGMA journal_mode = WAL; CREATE TABLE t (a); DROP TABLE t; VACUUM;']);
    assert.ok(statSync(file).size > 0);
    const before = readFileSync(file);
    for (const refused of [start(data), run(['user', 'list', '--data', data])]) {
      assert.match(refused.err, /latchkey\.db is a database without any table, as a copy of it without its log is: .* move the file away to begin anew\./);
      assert.equal(refused.status, 1);
    }
    assert.match(run(['doctor', '--dev', '--port', '0', '--data', data]).out, /^FAIL {2}store {6}\S*latchkey\.db is a database without any table/m);
    assert.ok(readFileSync(file).equals(before));
  });

  test('leaves a log that is missed', () => {
    const data = place('orphan');
    mkdirSync(data);
    writeFileSync(join(data, 'latchkey.db-wal'), 'x');
    const refused = start(data);
    assert.match(refused.err, /latchkey\.db is missing, but its log \S*latchkey\.db-wal is there/);
    assert.equal(refused.status, 1);
    assert.ok(!existsSync(join(data, 'latchkey.db')));
  });

  test('has its tables from the first moment on', async () => {
    const data = place('copied');
    const server = await serve(['--dev', '--data', data]);
    const copy = place('the-copy');
    mkdirSync(copy);
    try {
      copyFileSync(join(data, 'latchkey.db'), join(copy, 'latchkey.db'));
    } finally {
      await server.stop();
    }
    const tables = spawnSync('sqlite3', [join(copy, 'latchkey.db'), '.tables'], { encoding: 'utf8' }).stdout;
    assert.match(tables, /\bsession_revocation|\baccount\b/);
  });

  test('is told from an empty file and from the database of another program', async () => {
    for (const [name, sql, told] of [
      ['touched', '', /warning: \S*latchkey\.db is empty: this is a new installation/],
      ['foreign', 'CREATE TABLE note (text TEXT);', /warning: \S*latchkey\.db has no table of Latchkey: this is a new installation beside the tables there/],
    ]) {
      const data = place(name);
      mkdirSync(data);
      writeFileSync(join(data, 'latchkey.db'), '');
      if (sql !== '') spawnSync('sqlite3', [join(data, 'latchkey.db'), sql]);
      const server = await serve(['--dev', '--data', data]);
      await server.stop();
      assert.match(server.output.err, told);
    }
  });
});

test('tables that this version does not know are refused', () => {
  const data = place('newer');
  run(['user', 'add', 'ada@example.com', '--data', data, '--role', 'owner']);
  spawnSync('sqlite3', [join(data, 'latchkey.db'), "INSERT INTO latchkey_migration VALUES ('passkeys', 1, 'first')"]);
  for (const refused of [run(['serve', '--port', '0', '--data', data, '--dev']), run(['user', 'list', '--data', data])]) {
    assert.match(refused.err, /has the tables "passkeys", which this version of Latchkey does not know: update this program/);
    assert.equal(refused.status, 1);
  }
  assert.match(run(['doctor', '--port', '0', '--data', data], { env: { LATCHKEY_SECRET: secret } }).out, /^FAIL {2}store .* does not know/m);
});
