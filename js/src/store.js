// SPDX-License-Identifier: Apache-2.0
import { atom } from 'nanostores';

/**
 * A store over a nanostores atom. `onSubscribe` runs before each new listener gets its first value.
 * @template T
 * @param {T} initial
 * @param {() => void} [onSubscribe]
 */
export function createStore(initial, onSubscribe) {
  const state = atom(initial);
  return {
    set: (/** @type {T} */ value) => state.set(value),
    /** For the client itself: called on changes only, and not counted as a subscriber. */
    listen: (/** @type {(value: T) => void} */ listener) => state.listen((value) => listener(/** @type {T} */ (value))),
    /** The public face. @type {import('./index.js').Store<T>} */
    store: Object.freeze({
      get: () => state.value,
      initial: () => initial,
      subscribe(/** @type {(value: T) => void} */ listener) {
        onSubscribe?.();
        return state.subscribe((value) => {
          try {
            listener(/** @type {T} */ (value));
          } catch (error) {
            // A listener's failure is its owner's: it must not stop the others, nor the client.
            queueMicrotask(() => {
              throw error;
            });
          }
        });
      },
    }),
  };
}
