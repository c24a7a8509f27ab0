// SPDX-License-Identifier: Apache-2.0
/** Where the core's module is looked for, and what happens when it is not there: bundlers move scripts and files apart. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = fileURLToPath(new URL('../../js/dist/', import.meta.url));
const module = join(dist, 'latchkey.wasm');
const html = '<!doctype html><title>Not the module</title>';
const beside = 'new URL("./latchkey.wasm",import.meta.url)';

/** The built files in a folder of their own. */
function copyOfDist(t) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

/** Puts another expression in place of the one by which the module is found, as bundlers do. */
function findBy(folder, entry, expression) {
  const file = join(folder, entry);
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(beside));
  writeFileSync(file, text.replace(beside, () => expression));
}

/** By a module of its own, because one that has compiled the core once asks no source again. */
async function load(folder, entry = 'core.node.js', options = undefined) {
  const { loadCore } = await import(`${pathToFileURL(join(folder, entry))}?${Math.random()}`);
  return loadCore(options);
}

const decides = (core) => {
  const set = core.permissions(['agents:*']);
  return set.covers('agents:read') && !set.covers('tools:read');
};

async function serve(t, answer) {
  const server = createServer((request, response) => answer(request.url, response));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

for (const entry of ['core.node.js', 'index.js']) {
  test(`${entry} loads the core when a page stands in place of the module, or nothing`, async (t) => {
    const folder = copyOfDist(t);
    writeFileSync(join(folder, 'latchkey.wasm'), html);
    assert.ok(decides(await load(folder, entry)));
    rmSync(join(folder, 'latchkey.wasm'));
    assert.ok(decides(await load(folder, entry)));
  });

  test(`${entry} loads the core when a development server answers with its page`, async (t) => {
    const asked = [];
    const address = await serve(t, (url, response) => {
      asked.push(url);
      response.setHeader('content-type', 'text/html').end(html);
    });
    const folder = copyOfDist(t);
    findBy(folder, entry, `new URL("${address}/deps/latchkey.wasm")`);
    assert.ok(decides(await load(folder, entry)));
    assert.deepEqual(asked, ['/deps/latchkey.wasm']);
  });

  test(`${entry} loads the core in a bundle for a server, where the module has the address that pages have`, async (t) => {
    const folder = copyOfDist(t);
    // What webpack makes of it: something that only looks like a URL.
    const path = '{toString:()=>"/_next/static/media/latchkey.1.wasm"}';
    findBy(folder, entry, `Object.assign(Object.create(URL.prototype),${path})`);
    assert.ok(decides(await load(folder, entry)));
    const other = copyOfDist(t);
    findBy(other, entry, '"/_next/static/media/latchkey.1.wasm"');
    assert.ok(decides(await load(other, entry)));
  });
}

test('reads no second copy of the module where the first is in its place', async (t) => {
  const folder = copyOfDist(t);
  writeFileSync(join(folder, 'core-bytes.js'), 'throw new Error("read");');
  assert.ok(decides(await load(folder)));
});

test('without any copy it says why the first could not be had', async (t) => {
  const folder = copyOfDist(t);
  rmSync(join(folder, 'latchkey.wasm'));
  rmSync(join(folder, 'core-bytes.js'));
  const failure = await load(folder).then(() => null, (error) => error);
  assert.equal(failure.code, 'ERR_LATCHKEY_CORE_LOAD');
  assert.equal(failure.cause.code, 'ENOENT');
});

test('what was asked for by name is not replaced by another copy', async (t) => {
  const folder = copyOfDist(t);
  const refused = { code: 'ERR_LATCHKEY_CORE_LOAD' };
  await assert.rejects(load(folder, 'core.node.js', { wasm: join(folder, 'nowhere.wasm') }), refused);
  await assert.rejects(load(folder, 'core.node.js', { wasm: new Response(html) }), refused);
});

test('in Node a path is one of the file system, from the root or from the working directory', async () => {
  for (const wasm of [module, relative(process.cwd(), module), pathToFileURL(module).href]) {
    assert.ok(decides(await load(dist, 'core.node.js', { wasm })), wasm);
  }
  // A drive is no protocol: nothing is fetched from there.
  const failure = await load(dist, 'core.node.js', { wasm: 'C:\\nowhere\\latchkey.wasm' }).then(() => null, (error) => error);
  assert.equal(failure.cause.code, 'ENOENT');
});

for (const [what, globals] of [
  ['a worker', (address) => ({ location: { href: `${address}/scripts/worker.js` } })],
  ['a page', (address) => ({ document: { baseURI: `${address}/scripts/page` }, location: { href: 'http://127.0.0.1:1/' } })],
]) {
  test(`in ${what} a path is one of its server`, async (t) => {
    const asked = [];
    const address = await serve(t, (url, response) => {
      asked.push(url);
      response.setHeader('content-type', 'application/wasm').end(readFileSync(module));
    });
    const given = globals(address);
    Object.assign(globalThis, given);
    t.after(() => {
      for (const name of Object.keys(given)) delete globalThis[name];
    });
    assert.ok(decides(await load(dist, 'core.node.js', { wasm: '/assets/latchkey.wasm' })));
    assert.ok(decides(await load(dist, 'core.node.js', { wasm: 'latchkey.wasm' })));
    assert.deepEqual(asked, ['/assets/latchkey.wasm', '/scripts/latchkey.wasm']);
  });
}
