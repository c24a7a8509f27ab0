// SPDX-License-Identifier: Apache-2.0
/** What the signed-in person may do, as a store: capabilities from the server, answers from the core, no own rule. */
import { loadCore } from './core.js';
import { createStore } from './store.js';

/** How often a core that failed is loaded again for the same person. */
const TRAP_LIMIT = 3;

/** @typedef {import('./index.js').PermissionsSnapshot} PermissionsSnapshot */
/** @typedef {import('./index.js').LatchkeyError} Failure */

/**
 * @param {object} parts
 * @param {import('./query.js').Query<import('./index.js').Capabilities>} parts.capabilities
 * @param {import('./index.js').AuthClientOptions} parts.options
 * @param {(error: Failure) => void} parts.report
 */
export function createPermissionModel({ capabilities, options, report }) {
  /** @type {import('./index.js').Core | null} */
  let core = null;
  /** @type {Promise<void> | null} */
  let coreLoading = null;
  /** @type {Failure | null} */
  let failure = null;
  /** @type {import('./index.js').PermissionSet | null} */
  let set = null;
  /** @type {unknown[]} */
  let compiledFrom = [];
  let traps = 0;
  let disposed = false;

  /** Loads the core; a failure is told once and tried again with the next answer of the server. */
  function load() {
    coreLoading ??= loadCore({ wasm: options.wasm })
      .then(
        (loaded) => {
          core = loaded;
          failure = null;
        },
        (error) => {
          failure = error;
          report(error);
        },
      )
      .then(() => {
        coreLoading = null;
        update();
      });
    return coreLoading;
  }

  /** A core that has failed denies everything; a fresh one may know better. */
  function recover() {
    if (!core?.failed) return;
    core = null;
    if (traps++ < TRAP_LIMIT) void load();
  }

  function update() {
    if (disposed) return;
    const { data, status } = capabilities.store.get();
    const user = data?.user ?? null;
    const access = data?.access ?? null;
    const isOpen = user !== null && access === null && data?.capabilities?.rbac === false;
    const isLoading = status === 'pending' || (user !== null && !core && !failure);
    const from = [JSON.stringify([user?.id, access]), isOpen, isLoading, core, failure];
    if (from.every((item, index) => item === compiledFrom[index])) return;
    if (from[0] !== compiledFrom[0]) traps = 0;
    compiledFrom = from;

    const former = set;
    // Without RBAC a person holds everything, and still the core says what that means.
    /** @type {{set?: import('./index.js').PermissionSet, error?: Failure | null}} */
    const compiled = user && core ? compile(core, isOpen ? ['*'] : (access?.permissions ?? [])) : { error: failure };
    set = compiled.set ?? null;
    const [roles, permissions] = [access?.roles, access?.permissions].map(listOrNone);
    publish(snapshotOf({ set, recover, isOpen, isLoading, user, roles, permissions, error: compiled.error }));
    former?.dispose();
  }

  /**
   * One grant that makes no sense denies all: what it was meant to say is unknown.
   * @param {import('./index.js').Core} loaded
   * @param {readonly string[]} grants
   * @returns {{set?: import('./index.js').PermissionSet, error?: Failure}}
   */
  function compile(loaded, grants) {
    try {
      return { set: loaded.permissions(grants, { aliases: options.aliases }) };
    } catch (cause) {
      const error = /** @type {Failure} */ (cause);
      report(error);
      recover();
      return { error };
    }
  }

  const initial = snapshotOf({ recover, isLoading: true });
  const { set: publish, store } = createStore(initial, () => void capabilities.touch());
  capabilities.listen(({ data, isFetching }) => {
    update();
    if (data?.user && !isFetching && !core) void load();
  });

  return {
    store,
    load,
    /** Resolves when the answers are those for the capabilities that are there; rejects when there is no core. */
    async settled() {
      if (!core) await load();
      if (failure) throw failure;
    },
    dispose() {
      disposed = true;
      set?.dispose();
      publish(snapshotOf({ recover, isLoading: false }));
    },
  };
}

/** @type {import('./index.js').Explanation} */
const unknownPerson = Object.freeze({ allowed: false, code: 'ERR_LATCHKEY_UNAUTHENTICATED' });

/** A string would answer `includes` as well. @param {readonly string[] | undefined} value */
const listOrNone = (value) => (Array.isArray(value) ? value : []);

/**
 * The snapshot's functions belong to it: those of an older snapshot answer no, because its set is disposed of.
 * @param {object} state
 * @param {import('./index.js').PermissionSet | null} [state.set]
 * @param {() => void} state.recover
 * @param {boolean} state.isLoading
 * @param {boolean} [state.isOpen] nobody restricts this person
 * @param {import('./index.js').User | null} [state.user]
 * @param {readonly string[]} [state.roles]
 * @param {readonly string[]} [state.permissions]
 * @param {Failure | null} [state.error]
 * @returns {PermissionsSnapshot}
 */
function snapshotOf({
  set = null, recover, isLoading, isOpen = false, user = null, roles = [], permissions = [], error = null,
}) {
  /** @param {boolean | undefined} answer */
  const answered = (answer) => {
    if (!answer) recover();
    return answer === true;
  };
  const hasPermission = (/** @type {string} */ required) => answered(set?.covers(required));
  /** @param {string} action @returns {(namespace: string) => boolean} */
  const can = (action) => (namespace) =>
    // A colon would turn the action into the name of a resource.
    typeof namespace === 'string' && !namespace.includes(':') && hasPermission(`${namespace}:${action}`);

  return Object.freeze({
    roles,
    permissions,
    isLoading,
    isAuthenticated: user !== null,
    rbacEnabled: user !== null && !isOpen,
    error,
    hasPermission,
    hasAllPermissions: (/** @type {readonly string[]} */ required) => answered(set?.all(required)),
    hasAnyPermission: (/** @type {readonly string[]} */ required) => answered(set?.any(required)),
    // The empty list is covered by every set that can still answer.
    hasRole: (/** @type {string} */ role) => answered(set?.all([])) && (isOpen || roles.includes(role)),
    canEdit: can('write'),
    canDelete: can('delete'),
    canExecute: can('execute'),
    explain(/** @type {string} */ required) {
      const answer = set?.explain(required) ?? unknownPerson;
      answered(answer.allowed);
      return answer;
    },
  });
}
