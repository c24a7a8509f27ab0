// SPDX-License-Identifier: Apache-2.0
/** Calls into one WebAssembly instance. Whatever fails inside ends it: from then on the answer to everything is no. */
import { LatchkeyError } from './error.js';
import { isWellFormed, parseJson } from './json.js';

/** The bits of what `covers` answers. */
export const ALLOWED = 1;
export const REPEATED = 2;

/** The scratch buffer's size; a permission that can be valid is shorter. */
const SCRATCH_BYTES = 512;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @typedef {Awaited<ReturnType<typeof openBoundary>>} Boundary */

/**
 * At once, where that is allowed: a turn with other threads costs more than the instance. On the main thread of a page
 * browsers may refuse that.
 * @param {WebAssembly.Module} compiled
 */
async function instantiate(compiled) {
  /** @type {import('./latchkey-core.js').CoreImports} */
  const imports = {
    env: {
      latchkey_number(address) {
        const bytes = new Uint8Array(core.memory.buffer, address);
        return Number(decoder.decode(bytes.subarray(0, bytes.indexOf(0))));
      },
    },
  };
  const { exports } = globalThis.document
    ? await WebAssembly.instantiate(compiled, imports)
    : new WebAssembly.Instance(compiled, imports);
  const core = /** @type {import('./latchkey-core.js').CoreExports} */ (exports);
  core._initialize();
  return core;
}

/**
 * @param {WebAssembly.Module} compiled
 * @param {() => void} onTrap called once, when the instance has failed
 */
export async function openBoundary(compiled, onTrap) {
  const core = await instantiate(compiled);
  // The hot one by a name of its own: a look-up among the exports would cost more than the look-up of the permission.
  const { memory, covers } = core;
  const address = core.scratch();
  let scratch = new Uint8Array(memory.buffer, address, SCRATCH_BYTES);

  const boundary = {
    alive: true,

    /**
     * The value that a cold call answers with.
     * @param {import('./latchkey-core.js').ColdCall} name
     * @param {string} argument
     * @returns {any}
     */
    call(name, argument) {
      if (!boundary.alive) throw trapError();
      const { ok, value, error } = parseJson(attempt(() => exchange(name, argument)));
      if (!ok) throw new LatchkeyError(error.code, error.message, { field: error.field });
      return value;
    },

    /**
     * The id of a compiled set of grants, one a line; 0 for what `compilePermissions` would refuse.
     * @param {string} lines
     * @returns {number}
     */
    compileGrants(lines) {
      if (!boundary.alive) throw trapError();
      return attempt(() => {
        pass(lines);
        return core.compileGrants();
      });
    },

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

    /** @param {number} id */
    release(id) {
      if (!boundary.alive) return;
      try {
        core.release(id);
      } catch {
        trap();
      }
    },

    /** How many compiled sets are not released, for tests. */
    live: () => (boundary.alive ? core.live() : 0),
  };

  /** @param {string} argument */
  function pass(argument) {
    const bytes = encoder.encode(argument);
    const from = core.argument(bytes.length);
    // Looked at anew after each call: memory that has grown lies elsewhere.
    new Uint8Array(memory.buffer).set(bytes, from);
  }

  /** @param {import('./latchkey-core.js').ColdCall} name @param {string} argument */
  function exchange(name, argument) {
    pass(argument);
    const size = core[name]();
    return decoder.decode(new Uint8Array(memory.buffer, core.answer(), size));
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
      if (scratch.length === 0) scratch = new Uint8Array(memory.buffer, address, SCRATCH_BYTES);
      return outcome;
    } catch (cause) {
      trap();
      throw trapError(cause);
    }
  }

  return boundary;
}
