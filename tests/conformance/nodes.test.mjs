// Several nodes as an operator runs them: one secret, one database, one Redis. The Redis is the test's own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cookieOf, environment, folder, json, license, run, secret, serve } from './executable.mjs';

const password = 'correct horse battery';
// After so many milliseconds nothing is waited for any longer.
const patience = 20_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a Redis answers there, and has read what it kept. */
const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (is) => (socket.destroy(), resolve(is));
    socket.setTimeout(500, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (bytes) => end(bytes.toString().startsWith('+PONG')));
  });

/** How many milliseconds pass until it comes true. */
async function timeUntil(condition) {
  const start = performance.now();
  while (!(await condition())) {
    assert.ok(performance.now() - start < patience, 'it never came true');
    await sleep(10);
  }
  return performance.now() - start;
}

/** A Redis that writes down each change before it answers, so that a sign-out outlives it. */
class Redis {
  constructor(dir, port) {
    mkdirSync(dir);
    Object.assign(this, { dir, port });
  }
  async start() {
    const options = ['--port', this.port, '--bind', '127.0.0.1', '--dir', this.dir, '--save', ''];
    options.push('--appendonly', 'yes', '--appendfsync', 'always');
    this.child = spawn('redis-server', options.map(String), { env: environment(), stdio: 'ignore' });
    this.ended = new Promise((resolve, reject) => this.child.once('exit', resolve).once('error', reject));
    await Promise.race([timeUntil(() => answers(this.port)), this.ended]);
    assert.ok(await answers(this.port), 'redis-server does not start');
  }
  async kill() {
    this.child?.kill('SIGKILL');
    await this.ended;
  }
  pause = () => this.child.kill('SIGSTOP');
  resume = () => this.child.kill('SIGCONT');
}

function signIn(node, email, as = password) {
  const body = JSON.stringify({ email, password: as });
  return fetch(`${node.origin}/api/auth/credentials/sign-in`, { method: 'POST', headers: json, body });
}
const signOut = (node, cookie) => fetch(`${node.origin}/api/auth/logout`, { method: 'POST', headers: { cookie } });
/** What a guarded route answers to the session. */
async function statusOf(node, cookie) {
  return (await fetch(`${node.origin}/api/auth/sessions`, { headers: { cookie } })).status;
}

async function enter(node, email) {
  const answer = await signIn(node, email);
  assert.equal(answer.status, 200);
  return cookieOf(answer);
}

/** Asks both nodes for a session and for a sign-in: each must refuse in time, and say that it lives. */
async function refuseInTime(nodes, cookie, email) {
  for (const node of nodes) {
    for (const ask of [
      () => statusOf(node, cookie),
      async () => (await signIn(node, email)).status,
      async () => (await fetch(`${node.origin}/readyz`)).status,
    ]) {
      const start = performance.now();
      assert.equal(await ask(), 503);
      assert.ok(performance.now() - start < 2_000, `503 took ${performance.now() - start} ms`);
    }
    assert.equal((await fetch(`${node.origin}/healthz`)).status, 200);
  }
}

/** From the return of Redis: the sessions count again, by themselves. */
async function healInTime(nodes, cookie) {
  for (const node of nodes) {
    const ms = await timeUntil(async () => (await statusOf(node, cookie)) === 200);
    assert.ok(ms < 5_000, `healing took ${ms} ms`);
  }
}

for (const kind of ['cookie', 'redis']) {
  describe(`two nodes on one Redis, session.provider ${kind}`, () => {
    const data = join(folder, `nodes-${kind}`);
    const nodes = [];
    let redis;
    let ended;
    before(async () => {
      redis = new Redis(join(folder, `redis-${kind}`), await freePort());
      await redis.start();
      for (const email of ['ada@example.com', 'bob@example.com']) {
        const added = run(['user', 'add', email, '--password-stdin', '--data', data], { input: `${password}\n` });
        assert.equal(added.status, 0, added.err);
      }
      for (let i = 0; i < 2; ++i) {
        nodes.push(
          await serve(['--data', data], {
            LATCHKEY_SECRET: secret,
            MASTRA_EE_LICENSE: license,
            LATCHKEY_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
            LATCHKEY_SESSION_PROVIDER: kind,
          }),
        );
      }
    });
    after(async () => {
      for (const node of nodes) await node.stop();
      await redis?.kill();
    });

    test('[SS-20] a sign-out at one is refused by the other within a second', async () => {
      for (const [here, there] of [nodes, nodes.toReversed()]) {
        const cookie = await enter(here, 'ada@example.com');
        assert.equal(await statusOf(there, cookie), 200);
        assert.equal((await signOut(here, cookie)).status, 200);
        const ms = await timeUntil(async () => (await statusOf(there, cookie)) === 401);
        assert.ok(ms < 1_000, `it took ${ms} ms`);
        assert.equal(await statusOf(here, cookie), 401);
        assert.equal(await statusOf(there, cookie), 401);
        ended = cookie;
      }
    });

    test('[CR-09][CR-10] guesses at both count together, and a right password at one counts for both', async () => {
      const guess = async (node, as = 'wrong') => (await signIn(node, 'bob@example.com', as)).status;
      const guessAtBoth = () => Promise.all(nodes.map((node) => guess(node)));
      assert.deepEqual(await guessAtBoth(), [401, 401]);
      assert.equal(await guess(nodes[0], password), 200);
      for (let i = 0; i < 5; ++i) assert.deepEqual(await guessAtBoth(), [401, 401]);
      for (const node of nodes) {
        const refused = await signIn(node, 'bob@example.com');
        assert.equal(refused.status, 429);
        assert.equal((await refused.json()).code, 'ERR_LATCHKEY_THROTTLED');
        const seconds = Number(refused.headers.get('retry-after'));
        assert.ok(seconds > 600 && seconds <= 900, `${seconds}`);
      }
      assert.ok(await enter(nodes[1], 'ada@example.com'));
    });

    for (const [what, stop, goOn] of [
      ['hangs', () => redis.pause(), () => redis.resume()],
      ['is killed', () => redis.kill(), () => redis.start()],
    ]) {
      test(`[NS-05] when Redis ${what}, both refuse within 2 s, and heal within 5 s of its return`, async () => {
        const cookie = await enter(nodes[0], 'ada@example.com');
        for (const node of nodes) assert.equal(await statusOf(node, cookie), 200);
        await stop();
        await refuseInTime(nodes, cookie, 'ada@example.com');
        await goOn();
        await healInTime(nodes, cookie);
        assert.ok(await enter(nodes[1], 'ada@example.com'));
        // What was over, or used up, is so still.
        for (const node of nodes) {
          assert.equal(await statusOf(node, ended), 401);
          assert.equal((await signIn(node, 'bob@example.com')).status, 429);
        }
      });
    }
  });
}
