// SPDX-License-Identifier: Apache-2.0
/** The table of what crosses between core and JS, bindings/calls.def, beside all that has to agree with it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asItShouldBe, calls, made, plainExports } from '../../bindings/calls.mjs';

const root = new URL('../../', import.meta.url);
const built = (name) => new URL(`build/wasm/bin/${name}`, root);

/** The module as Emscripten presents it. */
async function openModule() {
  const { default: createModule } = await import(built('latchkey-core.js'));
  const compiled = new WebAssembly.Module(readFileSync(built('latchkey-core.wasm')));
  return createModule({
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(compiled, imports);
      receive(instance);
      return instance.exports;
    },
  });
}

/** What Emscripten and Embind put into every module, and what it was given. */
const theirs = ['instantiateWasm', 'run', 'count_emval_handles', 'get_first_emval', 'BindingError', 'InternalError', 'UnboundTypeError'];

test('the built module binds and exports what the table says, and nothing else', async () => {
  const module = await openModule();
  const names = Object.keys(module).filter((name) => typeof module[name] === 'function' && !theirs.includes(name));
  const bound = names.filter((name) => !name.startsWith('_'));
  assert.deepEqual(bound.sort(), calls.map(({ name }) => name).sort());
  const exported = names.filter((name) => name.startsWith('_latchkey_'));
  assert.deepEqual(exported.sort(), plainExports.map(({ exported: name }) => name).sort());
});

test('each call answers in the form that the table says', async () => {
  const module = await openModule();
  for (const { name, answer } of calls) {
    const given = module[name]('');
    assert.equal(typeof given, answer === 'number' ? 'number' : 'string', name);
    if (answer === 'tagged') assert.equal(typeof JSON.parse(given).ok, 'boolean', name);
  }
  for (const { exported, parameters } of plainExports) {
    const given = module[exported](...parameters.split(', ').filter(Boolean).map(() => 0));
    assert.ok(given === undefined || Number.isInteger(given), exported);
  }
});

for (const name of Object.keys(made)) {
  test(`${name.replace(/^\.\.\//, '')} says what the table says`, () => {
    assert.equal(readFileSync(new URL(`bindings/${name}`, root), 'utf8'), asItShouldBe(name));
  });
}
