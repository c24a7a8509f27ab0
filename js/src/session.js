// SPDX-License-Identifier: Apache-2.0
/** Who is signed in, as the server says: its two questions, when they are asked again, and the events that follow. */
import { createQuery } from './query.js';
import { isObject } from './transport.js';

/** @typedef {import('./index.js').Capabilities} Capabilities */
/** @typedef {import('./index.js').CurrentUser} CurrentUser */
/** @typedef {ReturnType<typeof createSession>} Session */

/** @param {any} answer */
const isCapabilities = (answer) => isObject(answer) && typeof answer.enabled === 'boolean';

/** @param {any} answer */
const isUserOrNull = (answer) => answer === null || (isObject(answer) && typeof answer.id === 'string');

/** What a stranger may know. @param {Capabilities | undefined} data @returns {Capabilities | undefined} */
const publicPart = (data) => data && Object.freeze({ enabled: data.enabled, login: data.login });

/**
 * @param {import('./environment.js').Environment} environment
 * @param {import('./transport.js').Transport} request
 * @param {() => void} onUse
 */
export function createSession({ clock }, request, onUse) {
  /**
   * While a sign-out is on its way nothing is asked: the answer would still show the person.
   * @type {Promise<unknown> | null}
   */
  let signingOut = null;

  /** @type {import('./query.js').Query<Capabilities>} */
  const capabilities = createQuery({
    clock,
    onUse,
    async load(signal) {
      await signingOut;
      return request('/auth/capabilities', { signal, accepts: isCapabilities });
    },
    // A refusal stays one, and so does an answer that makes no sense.
    isWorthRetrying: ({ code, status = 500 }) => status >= 500 && code !== 'ERR_LATCHKEY_ARGUMENT_INVALID',
    withoutPerson: publicPart,
  });

  /** @type {import('./query.js').Query<CurrentUser | null>} */
  const currentUser = createQuery({
    clock,
    onUse,
    async load(signal) {
      await signingOut;
      try {
        return await request('/auth/me', { signal, accepts: isUserOrNull });
      } catch (error) {
        if (/** @type {any} */ (error).status === 401) return null;
        throw error;
      }
    },
    isWorthRetrying: ({ status }) => status === 503,
    withoutPerson: () => null,
  });

  /** @param {{onlyIfSettled?: boolean}} [options] */
  const wake = (options) => Promise.all([capabilities.wake(options), currentUser.wake(options)]);

  return {
    capabilities,
    currentUser,
    wake,
    /** After an action: what it changed, asked once. Capabilities always, since every permission hangs on them. */
    renew: () => Promise.all([capabilities.refetch(), currentUser.wake()]),
    /** Removes the person from the stores. Returns what shows them again. */
    clear() {
      const [restoreCapabilities, restoreUser] = [capabilities.clear(), currentUser.clear()];
      return () => {
        restoreCapabilities();
        restoreUser();
      };
    },
    /**
     * The person of the server's latest answer, null when it names none; undefined when there was no answer, or one of a
     * server that knows no authentication.
     */
    present() {
      const { data, error, status } = capabilities.store.get();
      if (error?.status === 401) return null;
      return status === 'success' && data?.enabled ? (data.user ?? null) : undefined;
    },
    /** @template T @param {Promise<T>} post @returns {Promise<T>} */
    async holdDuring(post) {
      const ended = post.catch(() => {});
      signingOut = ended;
      try {
        return await post;
      } finally {
        if (signingOut === ended) signingOut = null;
      }
    },
    dispose() {
      capabilities.dispose();
      currentUser.dispose();
    },
  };
}

/**
 * Tells what happens to the person, from what the server says and from nothing else, so that another tab's sign-out is
 * told like one's own. The first answer is no sign-in, unless it follows one.
 * @param {Session} session
 * @param {(event: string, detail?: unknown) => void} emit
 */
export function watchPerson({ capabilities }, emit) {
  /** Undefined until the server has said. @type {import('./index.js').User | null | undefined} */
  let person;
  let told = '';

  capabilities.listen(({ data, error }) => {
    if (data === undefined && error?.status !== 401) return;
    const former = person;
    person = data?.user ?? null;
    const tale = JSON.stringify([person, data?.access]);
    if (tale === told) return;
    told = tale;
    if (former && former.id !== person?.id) emit('signed-out');
    if (former !== undefined && person && former?.id !== person.id) emit('signed-in', person);
    emit('changed', person);
  });

  return {
    /** Before an own sign-in: whoever comes now has just come. */
    expect() {
      person ??= null;
    },
  };
}
