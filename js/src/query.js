// SPDX-License-Identifier: Apache-2.0
/** A GET kept in a store: one flight at a time, late answers ignored, data kept through failures other than 401. */
import { sleep } from './environment.js';
import { createStore } from './store.js';

/** New subscribers within this time are content with what is there. */
const FRESH_MS = 60_000;
/** Focus, visibility and network events come in bursts. */
const SETTLED_MS = 5_000;
const RETRIES = 3;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;

/** @typedef {import('./index.js').LatchkeyError} LatchkeyError */
/**
 * @template T
 * @typedef {import('./index.js').QuerySnapshot<T>} QuerySnapshot
 */
/**
 * @template T
 * @typedef {ReturnType<typeof createQuery<T>>} Query
 */

/**
 * @template T
 * @param {object} settings
 * @param {import('./index.js').Clock} settings.clock
 * @param {(signal: AbortSignal) => Promise<T>} settings.load
 * @param {(error: LatchkeyError) => boolean} settings.isWorthRetrying
 * @param {(data: T | undefined) => T | undefined} settings.withoutPerson what remains when the person has gone
 * @param {() => void} settings.onUse called when somebody asks for the data
 */
export function createQuery({ clock, load, isWorthRetrying, withoutPerson, onUse }) {
  /**
   * The one that may write; an older flight finds another object here.
   * @type {{abort(): void, end: Promise<QuerySnapshot<T>>} | null}
   */
  let flight = null;
  let used = false;
  let disposed = false;
  /** When the last answer came; undefined when it must not be relied on. @type {number | undefined} */
  let answeredAt;

  const { set, store, listen } = createStore(
    freeze({ data: undefined, error: null, status: 'pending', isFetching: false }),
    () => void touch(),
  );

  /**
   * @param {Pick<QuerySnapshot<T>, 'data' | 'error' | 'status' | 'isFetching'>} state
   * @returns {QuerySnapshot<T>}
   */
  function freeze({ data, error, status, isFetching }) {
    const [isPending, isSuccess, isError] = [status === 'pending', status === 'success', status === 'error'];
    return /** @type {QuerySnapshot<T>} */ (
      Object.freeze({ data, error, status, isPending, isFetching, isSuccess, isError, refetch })
    );
  }

  /** @param {T | undefined} data @param {LatchkeyError | null} [error] */
  function show(data, error = null) {
    const status = error ? 'error' : data === undefined ? 'pending' : 'success';
    set(freeze({ data, error, status, isFetching: flight !== null }));
  }

  /** @param {number} milliseconds */
  const isOlderThan = (milliseconds) => answeredAt === undefined || clock.now() - answeredAt >= milliseconds;

  /** Makes sure that there is an answer which is not older than a minute, or one on its way. */
  function touch() {
    onUse();
    if (!flight && isOlderThan(FRESH_MS)) void refetch();
    return flight?.end ?? Promise.resolve(store.get());
  }

  /** Asks the server now. A flight under way is given up: it may have left before whatever made the caller ask. */
  function refetch() {
    if (disposed) return Promise.resolve(store.get());
    used = true;
    flight?.abort();
    const controller = new AbortController();
    const mine = { abort: () => controller.abort(), end: /** @type {any} */ (null) };
    flight = mine;
    mine.end = fly(mine, controller.signal);
    set(freeze({ ...store.get(), isFetching: true }));
    return mine.end;
  }

  /** @param {typeof flight} mine @param {AbortSignal} signal @returns {Promise<QuerySnapshot<T>>} */
  async function fly(mine, signal) {
    const outcome = await attempt(signal);
    if (flight !== mine) return flight ? flight.end : store.get();
    flight = null;
    if (outcome.error === null) {
      answeredAt = clock.now();
      show(sameOrNew(outcome.data));
    } else {
      answeredAt = undefined; // the next occasion tries again
      const { data } = store.get();
      const kept = outcome.error.status === 401 ? withoutPerson(undefined) : data;
      show(kept, outcome.error);
    }
    return store.get();
  }

  /** @param {AbortSignal} signal @returns {Promise<{data: T, error: null} | {error: LatchkeyError}>} */
  async function attempt(signal) {
    for (let retries = 0; ; retries++) {
      try {
        return { data: await load(signal), error: null };
      } catch (cause) {
        const error = /** @type {LatchkeyError} */ (cause);
        if (signal.aborted || retries === RETRIES || !isWorthRetrying(error)) return { error };
        await sleep(clock, Math.min(FIRST_DELAY_MS * 2 ** retries, LONGEST_DELAY_MS), signal);
        if (signal.aborted) return { error };
      }
    }
  }

  /** Data that says the same stays the same object, so that nothing downstream is computed again. @param {T} data */
  function sameOrNew(data) {
    const known = store.get().data;
    return JSON.stringify(known) === JSON.stringify(data) ? /** @type {T} */ (known) : data;
  }

  return {
    store,
    listen,
    refetch,
    touch,

    /**
     * Asks again if this query is in use; `onlyIfSettled`, not when the last answer is seconds old.
     * @param {{onlyIfSettled?: boolean}} [options]
     */
    wake({ onlyIfSettled = false } = {}) {
      if (!used || (onlyIfSettled && (flight || !isOlderThan(SETTLED_MS)))) return Promise.resolve(store.get());
      return refetch();
    },

    /**
     * Removes the person at once, and whatever answer is on its way. Returns what puts the data back, unless there is other
     * data by then.
     */
    clear() {
      flight?.abort();
      flight = null;
      answeredAt = undefined;
      const former = store.get().data;
      const data = withoutPerson(former);
      show(data);
      return () => {
        if (store.get().data === data) show(former);
      };
    },

    dispose() {
      disposed = true;
      flight?.abort();
      flight = null;
    },
  };
}
