// SPDX-License-Identifier: Apache-2.0
/** Calls into one WebAssembly instance. Whatever fails inside ends it: from then on the answer to everything is no. */
import createModule from 'latchkey-core';
import { LatchkeyError } from './error.js';
import { isWellFormed, parseJson } from './json.js';

/** The scratch buffer's size; a permission that can be valid is shorter. */
const SCRATCH_BYTES = 512;

const encoder = new TextEncoder();

/** @typedef {Awaited<ReturnType<typeof openBoundary>>} Boundary */

/** @param {WebAssembly.Module} compiled */
async function instantiate(compiled) {
  /** @type {WebAssembly.Instance | undefined} */
  let instance;
  const module = await new Promise((resolve, reject) => {
    const settings = {
      /** @type {Parameters<typeof createModule>[0]['instantiateWasm']} */
      instantiateWasm(imports, receive) {
        WebAssembly.instantiate(compiled, imports)
          .then((created) => {
            instance = created;
            receive(created, compiled);
          })
          .catch(reject); // the glue would wait for ever
        return {};
      },
    };
    createModule(settings).then(resolve, reject);
  });
  // Found by its type: an optimised build renames its exports.
  const memory = Object.values(/** @type {WebAssembly.Instance} */ (/** @type {unknown} */ (instance)).exports).find(
    (item) => item instanceof WebAssembly.Memory,
  );
  if (!memory) throw new Error('the module exports no memory');
  return { module: /** @type {import('latchkey-core').WasmModule} */ (module), memory };
}

/**
 * @param {WebAssembly.Module} compiled
 * @param {() => void} onTrap called once, when the instance has failed
 */
export async function openBoundary(compiled, onTrap) {
  const { module, memory } = await instantiate(compiled);
  const address = module._latchkey_scratch();
  let scratch = new Uint8Array(memory.buffer, address, SCRATCH_BYTES);

  const boundary = {
    alive: true,

    /**
     * The value that a cold call answers with.
     * @param {import('latchkey-core').ColdCall} name
     * @param {string} argument
     * @returns {any}
     */
    call(name, argument) {
      if (!boundary.alive) throw trapError();
      const answer = attempt(() => module[name](argument));
      const { ok, value, error } = parseJson(answer);
      if (!ok) throw new LatchkeyError(error.code, error.message, { field: error.field });
      return value;
    },

    /** Whether the compiled set covers a text. Never throws. @param {number} id @param {string} required */
    covers(id, required) {
      const { length } = required;
      if (!boundary.alive || length > SCRATCH_BYTES) return false;
      if (scratch.byteLength === 0) scratch = new Uint8Array(memory.buffer, address, SCRATCH_BYTES); // memory has grown
      let size = 0;
      while (size < length) {
        const unit = required.charCodeAt(size);
        if (unit > 127) break;
        scratch[size++] = unit;
      }
      if (size < length) {
        if (!isWellFormed(required)) return false;
        const { read, written } = encoder.encodeInto(required, scratch);
        if (read !== length) return false;
        size = written;
      }
      try {
        return module._latchkey_covers(id, size) === 1;
      } catch {
        trap();
        return false;
      }
    },

    /** @param {number} id */
    release(id) {
      if (!boundary.alive) return;
      try {
        module._latchkey_release(id);
      } catch {
        trap();
      }
    },

    /** How many compiled sets are not released, for tests. */
    live: () => (boundary.alive ? module._latchkey_live() : 0),
  };

  function trap() {
    if (!boundary.alive) return;
    boundary.alive = false;
    onTrap();
  }

  /** @param {unknown} [cause] */
  const trapError = (cause) =>
    new LatchkeyError('ERR_LATCHKEY_CORE_TRAP', 'The WebAssembly core has failed; load it again', { cause });

  // Core never throws, so anything that comes out (a trap, a stack overflow, an abort) leaves it in an unknown state.
  /** @param {() => string} action */
  function attempt(action) {
    try {
      return action();
    } catch (cause) {
      trap();
      throw trapError(cause);
    }
  }

  return boundary;
}
