// SPDX-License-Identifier: Apache-2.0
import { createStore } from './store.js';

/**
 * A POST whose progress is a store. The latest call owns the snapshot; each promise settles with its own outcome.
 * @template V, T
 * @param {(variables: V) => Promise<T>} run
 */
export function createMutation(run) {
  let latest = 0;

  /** @param {Partial<import('./index.js').MutationSnapshot<V, T>>} state */
  const freeze = (state) =>
    /** @type {import('./index.js').MutationSnapshot<V, T>} */ (
      Object.freeze({
        mutate, mutateAsync, reset,
        data: undefined, error: null, isPending: false, isSuccess: false, isError: false,
        ...state,
      })
    );

  /** @param {V} variables @returns {Promise<T>} */
  async function mutateAsync(variables) {
    const mine = ++latest;
    set(freeze({ isPending: true }));
    try {
      const data = await run(variables);
      if (mine === latest) set(freeze({ data, isSuccess: true }));
      return data;
    } catch (error) {
      if (mine === latest) set(freeze({ error: /** @type {any} */ (error), isError: true }));
      throw error;
    }
  }

  /** @param {V} variables */
  function mutate(variables) {
    mutateAsync(variables).catch(() => {}); // told in the snapshot
  }

  function reset() {
    latest++;
    set(freeze({}));
  }

  const { set, store } = createStore(freeze({}));
  return { store, mutateAsync };
}
