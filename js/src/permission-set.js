// SPDX-License-Identifier: Apache-2.0
/** Compiled grants: asked through the core, with the core's own answers remembered in front of it. */
import { ALLOWED, REPEATED } from './boundary.js';
import { invalidArgument } from './invalid-argument.js';
import { isText, isTooLong, isWellFormed, toJson } from './json.js';

/** Enough for every permission of an application; a program that asks for endless resources starts over. */
const MEMO_LIMIT = 4096;

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
    /** @type {Map<unknown, boolean>} */
    memo: new Map(),
    /** How often the core was asked since the memo was empty. */
    asked: 0,
  };
  // Held by the closures below, so it lives as long as any of them, also when only `covers` was kept.
  forgotten.register(set, { boundary, id: set.id }, set);

  /** @param {unknown} required */
  function ask(required) {
    if (typeof required !== 'string' || set.id === 0) return false;
    const answer = boundary.covers(set.id, required);
    const allowed = (answer & ALLOWED) !== 0;
    if (set.asked++ === MEMO_LIMIT) {
      set.asked = 1;
      set.memo.clear();
    }
    if (answer & REPEATED) set.memo.set(required, allowed);
    return allowed;
  }

  /** @param {unknown} required */
  const covers = (required) => boundary.alive && (set.memo.get(required) ?? ask(required));

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
      set.memo.clear();
    },
  });
}
