// SPDX-License-Identifier: Apache-2.0
/** Calls into one WebAssembly instance. Whatever fails inside ends it: from then on the answer to everything is no. */
import createModule from 'latchkey-core';
import { LatchkeyError } from './error.js';
import { isWellFormed, parseJson } from './json.js';

/** @typedef {import('latchkey-core').WasmModule} WasmModule */

/** The bits of what `covers` answers. */
export const ALLOWED = 1;
export const REPEATED = 2;

/** The scratch buffer's size; a permission that can be valid is shorter. */
const SCRATCH_BYTES = 512;

/** A Cookie header may have 16 KiB; one byte more stands for all that are longer. */
const HEADER_BYTES = 16 * 1024 + 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @typedef {Awaited<ReturnType<typeof openBoundary>>} Boundary */

/**
 * At once, where that is allowed: a turn with other threads costs more than the instance. On the main thread of a page
 * browsers may refuse that.
 * @param {WebAssembly.Module} compiled
 * @returns {Promise<{module: WasmModule, memory: WebAssembly.Memory}>}
 */
function instantiate(compiled) {
  return new Promise((resolve, reject) => {
    /** @type {WebAssembly.Memory} */
    let memory;
    createModule({
      instantiateWasm(imports, receive) {
        const take = (/** @type {WebAssembly.Instance} */ instance) => {
          // Found by its type: an optimised build renames its exports.
          const isMemory = (/** @type {unknown} */ item) => item instanceof WebAssembly.Memory;
          memory = /** @type {WebAssembly.Memory} */ (Object.values(instance.exports).find(isMemory));
          receive(instance);
          return instance.exports;
        };
        // A failure is told here, because Emscripten's JavaScript would wait for ever.
        try {
          if (!globalThis.document) return take(new WebAssembly.Instance(compiled, imports));
          WebAssembly.instantiate(compiled, imports).then(take).catch(reject);
        } catch (cause) {
          reject(cause);
        }
        return {};
      },
    }).then((module) => resolve({ module, memory }), reject);
  });
}

/**
 * @param {WebAssembly.Module} compiled
 * @param {() => void} onTrap called once, when the instance has failed
 */
export async function openBoundary(compiled, onTrap) {
  const { module, memory } = await instantiate(compiled);
  // The hot ones by names of their own: a look-up in the module would cost more than the look-up of the permission. They
  // are called once before, because Emscripten puts the export in place of its own function then.
  module._latchkey_covers(0, 0);
  module._latchkey_find_cookie(0, 0);
  const { _latchkey_covers: covers, _latchkey_find_cookie: findCookie } = module;
  const scratchAddress = module._latchkey_scratch();
  const headerAddress = module._latchkey_header_room();
  let scratch = new Uint8Array(memory.buffer, scratchAddress, SCRATCH_BYTES);
  /** Made when the first header comes. @type {Uint8Array} */
  let header = new Uint8Array();
  let name = header;

  const boundary = {
    alive: true,

    /**
     * The value that a call with a tagged answer gives.
     * @param {import('latchkey-core').TaggedCall} call
     * @param {string} argument
     * @returns {any}
     */
    call: (call, argument) => valueOf(exchange(call, argument)),

    /** The value of a tagged answer. */
    valueOf,

    /** The text that a call with no other answer gives. @param {import('latchkey-core').TextCall} call @param {string} argument */
    text: (call, argument) => exchange(call, argument),

    /**
     * The id of a compiled set of grants, one a line; 0 for what `compilePermissions` would refuse.
     * @param {string} lines
     */
    compileGrants: (lines) => exchange('compileGrants', lines),

    /**
     * ALLOWED when the compiled set covers a text, and REPEATED when it was probably asked before. Never throws.
     * @param {number} id
     * @param {string} required
     */
    covers(id, required) {
      const { length } = required;
      if (!boundary.alive || length > SCRATCH_BYTES) return 0;
      // A constant, which needn't be looked at again for each character; and no encodeInto, which takes 330 ns in Chromium.
      const bytes = scratch;
      let size = 0;
      while (size < length) {
        const unit = required.charCodeAt(size);
        if (unit > 127) break;
        bytes[size++] = unit;
      }
      if (size < length) {
        if (!isWellFormed(required)) return 0;
        const { read, written } = encoder.encodeInto(required, scratch);
        if (read !== length) return 0;
        size = written;
      }
      try {
        return covers(id, size);
      } catch {
        trap();
        return 0;
      }
    },

    /**
     * The value of the first cookie with a name; null when there is none. Both texts are well formed.
     * @param {string} text the header
     * @param {string} wanted
     */
    cookie(text, wanted) {
      if (!boundary.alive) throw trapError();
      if (header.length === 0) {
        header = new Uint8Array(memory.buffer, headerAddress, HEADER_BYTES);
        name = new Uint8Array(memory.buffer, headerAddress + HEADER_BYTES, HEADER_BYTES);
      }
      const size = write(text, header);
      const nameSize = write(wanted, name);
      const found = attempt(() => findCookie(size, nameSize));
      if (found < 0) return null;
      const [from, to] = [found >> 15, (found >> 15) + (found & 0x7fff)];
      // In ASCII a byte is a character.
      return size === text.length ? text.slice(from, to) : decoder.decode(header.subarray(from, to));
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

  /**
   * Writes a text into a buffer of HEADER_BYTES and says how long it is. What doesn't fit is as long as the buffer, which is
   * too long.
   * @param {string} text
   * @param {Uint8Array} buffer
   */
  function write(text, buffer) {
    const { read, written } = encoder.encodeInto(text, buffer);
    return read === text.length ? written : HEADER_BYTES;
  }

  /**
   * @template {import('latchkey-core').TaggedCall | import('latchkey-core').TextCall | import('latchkey-core').NumberCall} N
   * @param {N} call
   * @param {string} argument
   * @returns {ReturnType<WasmModule[N]>}
   */
  function exchange(call, argument) {
    if (!boundary.alive) throw trapError();
    return attempt(() => /** @type {any} */ (module[call](argument)));
  }

  /** @param {string} tagged @returns {any} */
  function valueOf(tagged) {
    const { ok, value, error } = parseJson(tagged);
    if (!ok) throw new LatchkeyError(error.code, error.message, { field: error.field });
    return value;
  }

  function trap() {
    if (!boundary.alive) return;
    boundary.alive = false;
    onTrap();
  }

  /** @param {unknown} [cause] */
  const trapError = (cause) =>
    new LatchkeyError('ERR_LATCHKEY_CORE_TRAP', 'The WebAssembly core has failed; load it again', { cause });

  // Core never throws, so anything that comes out (a trap, a stack overflow, an abort) leaves it in an unknown state.
  /** @template T @param {() => T} action @returns {T} */
  function attempt(action) {
    try {
      const outcome = action();
      // Memory that has grown lies elsewhere. Here alone, because the hot call takes none and would pay for each look.
      if (scratch.length === 0) scratch = new Uint8Array(memory.buffer, scratchAddress, SCRATCH_BYTES);
      return outcome;
    } catch (cause) {
      trap();
      throw trapError(cause);
    }
  }

  return boundary;
}
