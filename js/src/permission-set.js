// SPDX-License-Identifier: Apache-2.0
/** Compiled grants: asked through the core, with the core's own answers remembered in front of it. */
import { ALLOWED, REPEATED } from './boundary.js';
import { invalidArgument } from './error.js';
import { isText, isTooLong, isWellFormed, toJson } from './json.js';

/** Enough for every permission of an application; a program that asks for endless resources starts over. */
const MEMO_LIMIT = 4096;

/** Words of 32 bits in the filter in front of the memo. An array this small lies within its owner's heap. */
const FILTER_WORDS = 16;

/**
 * The bit of the filter for a text, from its length and two characters near its end, where permissions differ most.
 * Looking for a text in a Map hashes all of it, which a text that nobody asked for twice needn't pay.
 * @param {string} text
 */
function bitOf(text) {
  const { length } = text;
  if (length < 4) return length;
  return ((length * 37) ^ (text.charCodeAt(length - 3) << 4) ^ text.charCodeAt(length - 1)) & (FILTER_WORDS * 32 - 1);
}

/** What all grants of a set may measure, in MiB of JSON: room for 100,000 of them. */
const GRANTS_LIMIT = 4;

/** A set that was dropped without dispose() still gives its memory back. */
const forgotten = new FinalizationRegistry(
  /** @param {{boundary: import('./boundary.js').Boundary, id: number}} held */
  ({ boundary, id }) => boundary.release(id),
);

/**
 * The grants as lines, which the core reads without JSON; null when they are anything but plain texts.
 * @param {readonly unknown[]} grants
 */
function toLines(grants) {
  for (const grant of grants) if (typeof grant !== 'string' || grant === '' || grant.includes('\n')) return null;
  const lines = grants.join('\n');
  return isTooLong(lines, GRANTS_LIMIT) || !isWellFormed(lines) ? null : lines;
}

/**
 * The id of the compiled grants. The way through JSON takes what the short one does not, and says why grants are refused.
 * @param {import('./boundary.js').Boundary} boundary
 * @param {readonly (string | import('./index.js').RoleGrant)[]} grants
 * @param {import('./index.js').PermissionSetOptions['aliases']} aliases
 * @returns {number}
 */
function compile(boundary, grants, aliases) {
  const lines = aliases === undefined ? toLines(grants) : null;
  const id = lines === null ? 0 : boundary.compileGrants(lines);
  return id || boundary.call('compilePermissions', toJson({ grants, aliases }, 'grants', GRANTS_LIMIT));
}

/** @param {import('./index.js').ErrorCode} code @returns {import('./index.js').Explanation} */
const denied = (code) => Object.freeze({ allowed: false, code });

/**
 * @param {import('./boundary.js').Boundary} boundary
 * @param {readonly (string | import('./index.js').RoleGrant)[]} grants
 * @param {import('./index.js').PermissionSetOptions} [options]
 * @returns {import('./index.js').PermissionSet}
 */
export function createPermissionSet(boundary, grants, options) {
  if (!Array.isArray(grants)) throw invalidArgument('grants must be an array');
  const set = {
    id: compile(boundary, grants, options?.aliases),
    /** @type {Map<string, boolean>} */
    memo: new Map(),
    /** One bit for each text in the memo, which several may share; a text whose bit is unset is not in it. */
    filter: new Int32Array(FILTER_WORDS),
    /** How often the core was asked since the memo was empty. */
    asked: 0,
  };
  // Held by the closures below, so it lives as long as any of them, also when only `covers` was kept.
  forgotten.register(set, { boundary, id: set.id }, set);

  function forget() {
    set.memo.clear();
    set.filter.fill(0);
  }

  /** @param {string} required @param {number} bit */
  function ask(required, bit) {
    if (set.id === 0) return false;
    const answer = boundary.covers(set.id, required);
    const allowed = (answer & ALLOWED) !== 0;
    if (set.asked++ === MEMO_LIMIT) {
      set.asked = 1;
      forget();
    }
    if (answer & REPEATED) {
      set.memo.set(required, allowed);
      set.filter[bit >> 5] |= 1 << bit;
    }
    return allowed;
  }

  /** @param {unknown} required */
  function covers(required) {
    if (typeof required !== 'string' || !boundary.alive) return false;
    const bit = bitOf(required);
    // A shift counts modulo 32.
    const known = (set.filter[bit >> 5] >> bit) & 1 ? set.memo.get(required) : undefined;
    return known ?? ask(required, bit);
  }

  return Object.freeze({
    covers,
    // Loops, because `every` would skip the holes of a sparse array.
    all(/** @type {readonly string[]} */ list) {
      if (!Array.isArray(list) || !boundary.alive || set.id === 0) return false;
      for (const required of list) if (!covers(required)) return false;
      return true;
    },
    any(/** @type {readonly string[]} */ list) {
      if (!Array.isArray(list)) return false;
      for (const required of list) if (covers(required)) return true;
      return false;
    },
    explain(/** @type {string} */ required) {
      if (set.id === 0) return denied('ERR_LATCHKEY_DISPOSED');
      if (!isText(required)) return denied('ERR_LATCHKEY_PERMISSION_INVALID');
      try {
        return boundary.call('explain', toJson({ set: set.id, required }, 'required'));
      } catch {
        return denied('ERR_LATCHKEY_CORE_TRAP');
      }
    },
    dispose() {
      if (set.id === 0) return;
      forgotten.unregister(set);
      boundary.release(set.id);
      set.id = 0;
      forget();
    },
  });
}
