// SPDX-License-Identifier: Apache-2.0
/** What happens when the core can't be loaded, and when it fails while it runs. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAuthClient, loadCore } from 'latchkey';
import { fakeServer, settle, signedIn } from './support.mjs';

const bytes = await readFile(new URL(import.meta.resolve('latchkey/latchkey.wasm')));
const loadFailure = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_CORE_LOAD' };
const question = 'agents:read';

/** From here on every instance can be made to fail. */
const sabotage = { on: false, instances: 0, memory: null, checks: 0 };
function sabotaged({ exports }) {
  sabotage.instances++;
  const mine = sabotage.instances;
  const wrapped = Object.entries(exports).map(([name, item]) => {
    if (item instanceof WebAssembly.Memory) sabotage.memory = item;
    if (typeof item !== 'function') return [name, item];
    return [name, (...args) => {
      sabotage.checks++; // a question is one call; an optimised build renames them all
      if (sabotage.on === mine) throw new WebAssembly.RuntimeError('unreachable');
      return item(...args);
    }];
  });
  return { exports: Object.fromEntries(wrapped) };
}
const { Instance, instantiate } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  return sabotaged(new Instance(module, imports));
};

/** The instance in use fails at the next call. */
function trap(set) {
  sabotage.on = sabotage.instances;
  assert.equal(set.covers(`never:asked:${Math.random()}`), false);
}

test('tries again after a failure, from every kind of source', async () => {
  await assert.rejects(loadCore({ wasm: new Uint8Array([1, 2, 3]) }), loadFailure);
  await assert.rejects(loadCore({ wasm: new URL('./nowhere.wasm', import.meta.url) }), loadFailure);
  await assert.rejects(loadCore({ wasm: 'not an address' }), loadFailure);
  await assert.rejects(loadCore({ wasm: 7 }), { code: 'ERR_LATCHKEY_ARGUMENT_INVALID' });
  await assert.rejects(loadCore({ wasm: new Response('gone', { status: 404 }) }), loadFailure);
  const core = await loadCore({ wasm: bytes });
  assert.equal(core.permissions(['agents:*']).covers(question), true);
});

test('takes no instance at once in a page, where browsers may refuse that', async (t) => {
  await forgetCore();
  const { Instance: atOnce } = WebAssembly;
  WebAssembly.Instance = t.mock.fn();
  // Node's own fetch has an instance as well, which comes whenever it likes.
  const isOurs = (imports) => !('env' in imports);
  WebAssembly.instantiate = t.mock.fn(async (module, imports) => {
    const made = await instantiate(module, imports);
    return isOurs(imports) ? sabotaged(made) : made;
  });
  globalThis.document = {};
  t.after(() => {
    delete globalThis.document;
    Object.assign(WebAssembly, { Instance: atOnce, instantiate });
  });
  assert.equal((await loadCore({ wasm: bytes })).permissions(['agents:*']).covers(question), true);
  assert.equal(WebAssembly.Instance.mock.callCount(), 0);
  assert.equal(WebAssembly.instantiate.mock.calls.filter(({ arguments: [, imports] }) => isOurs(imports)).length, 1);
});

/** Gives up the present core, so that the next one comes from the next source. */
async function forgetCore() {
  const core = await loadCore();
  trap(core.permissions(['*']));
}

test('a core that fails says no to everything, and the next is a fresh one', async () => {
  const core = await loadCore();
  const set = core.permissions(['*']);
  assert.equal(core.failed, false);
  for (let time = 0; time < 3; time++) assert.equal(set.covers(question), true, 'and it is remembered');
  trap(set);
  assert.equal(core.failed, true);
  assert.equal(set.covers(question), false, 'also what was remembered');
  assert.equal(set.all([]), false);
  assert.equal(set.any([question]), false);
  assert.deepEqual(set.explain(question), { allowed: false, code: 'ERR_LATCHKEY_CORE_TRAP' });
  assert.equal(core.safeReturnPath('/agents'), '/');
  assert.equal(core.parseSessionToken('x'), null);
  const trapped = { name: 'LatchkeyError', code: 'ERR_LATCHKEY_CORE_TRAP' };
  assert.throws(() => core.permissions(['*']), trapped);
  assert.throws(() => core.routePermission('GET', '/agents'), trapped);
  assert.throws(() => core.capabilities({}), trapped);
  set.dispose();

  const fresh = await loadCore();
  assert.notEqual(fresh, core);
  assert.equal(fresh.failed, false);
  assert.equal(fresh.permissions(['*']).covers(question), true);
});

test('asks the core twice for what a program asks again and again, and remembers no more than that', async () => {
  const core = await loadCore();
  const [set, other] = [core.permissions(['agents:*']), core.permissions([])];
  const before = sabotage.checks;
  for (let round = 0; round < 10; round++) {
    for (const [action, allowed] of [['agents:publish', true], ['tools:publish', false]]) {
      assert.equal(set.covers(action), allowed);
      assert.equal(other.covers(action), false);
    }
  }
  assert.equal(sabotage.checks - before, 8);

  // Far more than are remembered at once.
  for (let index = 0; index < 20_000; index++) set.covers(`agents:publish:r${index}`);
  const then = sabotage.checks;
  for (let round = 0; round < 10; round++) assert.equal(set.covers('agents:publish'), true);
  assert.ok(sabotage.checks - then <= 3);
});

test('a failure in a cold call counts as well', async () => {
  const core = await loadCore();
  const set = core.permissions(['*']);
  sabotage.on = sabotage.instances;
  assert.throws(() => core.routePermission('GET', '/agents'), { code: 'ERR_LATCHKEY_CORE_TRAP' });
  sabotage.on = false;
  assert.equal(set.covers(question), false, 'an instance in an unknown state is not asked again');
});

test('releasing a cookie jar of a failed core never throws, also when the jar is merely forgotten', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const uncaught = t.mock.fn();
  process.on('uncaughtException', uncaught);
  t.after(() => process.off('uncaughtException', uncaught));

  const first = await loadCore();
  const jar = first.cookieJar();
  sabotage.on = sabotage.instances;
  jar.dispose();
  assert.throws(() => first.routePermission('GET', '/agents'), { code: 'ERR_LATCHKEY_CORE_TRAP' });

  const second = await loadCore();
  const set = second.permissions(['*']);
  second.cookieJar();
  sabotage.on = sabotage.instances;
  for (let round = 0; round < 200 && set.all([]); round++) {
    await settle();
    collect();
  }
  assert.equal(set.all([]), false, 'the forgotten jar was released, which ended this core');
  await settle();
  assert.equal(uncaught.mock.callCount(), 0);
  sabotage.on = false;
});

test('a client denies, and recovers with a fresh core', async (t) => {
  const server = fakeServer({ 'GET /auth/capabilities': signedIn(['agents:read']) });
  const client = createAuthClient({ fetch: server.fetch });
  t.after(() => client.dispose());
  await client.ready();
  assert.equal(client.permissions.has(question), true);
  const answers = [];
  client.usePermissions().subscribe(({ hasPermission }) => answers.push(hasPermission(question)));
  sabotage.on = sabotage.instances;
  assert.equal(client.permissions.has('agents:write'), false);
  assert.equal(client.permissions.has(question), false);
  await settle();
  await client.ready();
  await settle();
  assert.equal(client.permissions.has(question), true);
  assert.equal(answers.at(-1), true, 'and subscribers hear of it');
});

test('gives memory back', async () => {
  const core = await loadCore();
  const grants = Array.from({ length: 200 }, (_, index) => `namespace-${index}:read`);
  for (let round = 0; round < 20; round++) core.permissions(grants).dispose();
  const size = sabotage.memory.buffer.byteLength;
  for (let round = 0; round < 3000; round++) core.permissions(grants).dispose();
  assert.equal(sabotage.memory.buffer.byteLength, size);
});

test('keeps asking rightly when the memory has grown', async () => {
  const core = await loadCore();
  const first = core.permissions(['agents:read']);
  const size = sabotage.memory.buffer.byteLength;
  const sets = [];
  while (sabotage.memory.buffer.byteLength === size) {
    sets.push(core.permissions(Array.from({ length: 2000 }, (_, index) => `namespace-${index}:read`)));
  }
  assert.equal(first.covers('agents:read:after'), true);
  assert.equal(first.covers('agents:write:after'), false);
  for (const set of [first, ...sets]) set.dispose();

  // Also when it grew in another call, and for a refusal.
  const last = core.permissions(['agents:read']);
  const then = sabotage.memory.buffer.byteLength;
  assert.throws(() => core.auditCsv(['x'.repeat(3 << 20)]), { code: 'ERR_LATCHKEY_JSON_SHAPE' });
  assert.ok(sabotage.memory.buffer.byteLength > then);
  assert.equal(last.covers('agents:read:then'), true);
  assert.equal(last.covers('agents:write:then'), false);
});

/** By a package of its own, because one that has compiled the core once asks no source again. */
async function loadAfresh(wasm) {
  const { loadCore: loadAnother } = await import(`${import.meta.resolve('latchkey/core')}?${Math.random()}`);
  return loadAnother({ wasm });
}

test('loads over HTTP whatever the media type', async (t) => {
  let type = 'application/wasm';
  const server = createServer((request, response) => response.setHeader('content-type', type).end(bytes));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `http://127.0.0.1:${server.address().port}/latchkey.wasm`;
  for (type of ['application/wasm', 'application/octet-stream']) {
    const core = await loadAfresh(address);
    assert.equal(core.permissions([question]).covers(question), true);
  }
  const buffer = new Uint8Array(bytes).buffer;
  const sources = [new URL(address), fetch(address), new Response(bytes), buffer, WebAssembly.compile(bytes)];
  for (const wasm of sources) {
    assert.equal((await loadAfresh(wasm)).permissions([question]).covers(question), true);
  }
  server.closeAllConnections();
});
