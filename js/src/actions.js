// SPDX-License-Identifier: Apache-2.0
/**
 * What a person can do about being signed in. Every action ends in one refetch and in a hint to the other tabs, and fails
 * when the server's answer to that refetch contradicts it.
 */
import { LatchkeyError, loadCore } from './core.js';
import { checkText } from './json.js';
import { createMutation } from './mutation.js';
import { createStore } from './store.js';
import { isObject } from './transport.js';

/** @typedef {import('./index.js').AuthActionsSnapshot} AuthActionsSnapshot */
/** @typedef {import('./index.js').LatchkeyError} Failure */

/** @param {any} answer */
const isSignedIn = (answer) => isObject(answer) && typeof answer.user?.id === 'string';

/**
 * The members of a request's body: an e-mail address, a password and what is there of the optional ones.
 * @param {Record<string, any>} values
 * @param {readonly string[]} [optional]
 */
function textsOf(values, optional = []) {
  /** @type {Record<string, string>} */
  const texts = {};
  for (const name of ['email', 'password', ...optional]) {
    const value = values?.[name];
    if (value !== undefined || !optional.includes(name)) texts[name] = checkText(value, name);
  }
  return texts;
}

/** Only the web: a server's answer must not run a script or open a file. @param {unknown} address */
function webAddress(address) {
  try {
    const url = new URL(/** @type {string} */ (address), globalThis.location?.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The person of an answer. A token beside it (a Mastra server sends one) is dropped: the session is the cookie's alone.
 * @param {{user: import('./index.js').User}} answer
 */
const onlyUser = ({ user }) => Object.freeze({ user });

/**
 * @param {object} parts
 * @param {import('./environment.js').Environment} parts.environment
 * @param {import('./transport.js').Transport} parts.request
 * @param {import('./session.js').Session} parts.session
 * @param {ReturnType<typeof import('./session.js').watchPerson>} parts.person
 * @param {() => void} parts.begin throws when the client is disposed of
 * @param {() => Promise<unknown>} parts.renew the one refetch
 * @param {import('./index.js').WasmSource} [parts.wasm]
 */
export function createActions({ environment, request, session, person, begin, renew, wasm }) {
  const running = { isLoggingIn: 0, isLoggingOut: 0 };

  /** @param {Failure | null} error @returns {AuthActionsSnapshot} */
  const snapshotOf = (error) =>
    Object.freeze({
      ...functions,
      isLoggingIn: running.isLoggingIn > 0,
      isLoggingOut: running.isLoggingOut > 0,
      error,
    });

  /**
   * Shows an action in the store while it runs.
   * @template {unknown[]} A
   * @template T
   * @param {(...args: A) => Promise<T>} action
   * @param {keyof typeof running} [flag]
   * @returns {(...args: A) => Promise<T>}
   */
  const shown = (action, flag) => async (...args) => {
    begin();
    if (flag) running[flag]++;
    set(snapshotOf(null));
    /** @type {Failure | null} */
    let failure = null;
    try {
      return await action(...args);
    } catch (error) {
      failure = /** @type {Failure} */ (error);
      throw error;
    } finally {
      if (flag) running[flag]--;
      set(snapshotOf(failure));
    }
  };

  let latest = 0;

  /**
   * What tells who is signed in; undefined when the server has not said so, or when something else happened since the action
   * began, which may be the reason.
   */
  function beginAction() {
    const mine = ++latest;
    return () => (mine === latest ? session.present() : undefined);
  }

  /**
   * Throws when the server knows nobody, or another person than the one whose session it has just given.
   * @param {ReturnType<typeof session.present>} found
   * @param {string} [id]
   */
  function mustBeKept(found, id = found?.id) {
    if (found === undefined || (found && found.id === id)) return;
    throw new LatchkeyError(
      'ERR_LATCHKEY_SESSION_NOT_KEPT',
      'The session cookie did not come back: serve page and API on the same site',
    );
  }

  /** @param {string} path @param {import('./transport.js').Route & {body: object}} route */
  async function enter(path, route) {
    const findPerson = beginAction();
    const answer = await request(path, { ...route, accepts: isSignedIn });
    person.expect();
    environment.hints.send();
    await renew();
    mustBeKept(findPerson(), answer.user.id);
    return onlyUser(answer);
  }

  const signInEmail = createMutation(
    shown((/** @type {import('./index.js').Credentials} */ credentials) =>
      enter('/auth/credentials/sign-in', {
        body: textsOf(credentials),
        codes: { 401: 'ERR_LATCHKEY_CREDENTIALS_INVALID', 404: 'ERR_LATCHKEY_NOT_CONFIGURED' },
        sentence: 'Invalid email or password',
      }), 'isLoggingIn'),
  );

  const signUpEmail = createMutation(
    shown((/** @type {import('./index.js').NewAccount} */ account) =>
      enter('/auth/credentials/sign-up', {
        body: textsOf(account, ['name', 'setupCode']),
        codes: {
          400: 'ERR_LATCHKEY_SIGN_UP_FAILED',
          403: 'ERR_LATCHKEY_SIGN_UP_DISABLED',
          404: 'ERR_LATCHKEY_NOT_CONFIGURED',
        },
        sentence: 'Failed to create account',
      }), 'isLoggingIn'),
  );

  const signInSso = shown(async (/** @type {{returnTo?: string}} */ { returnTo } = {}) => {
    environment.checkNavigate();
    const { pathname = '/', search = '', hash = '' } = globalThis.location ?? {};
    const core = await loadCore({ wasm });
    const path = core.safeReturnPath(returnTo ?? pathname + search + hash);
    const { url } = await request(`/auth/sso/login?redirect_uri=${encodeURIComponent(path)}`, {
      codes: { 404: 'ERR_LATCHKEY_NOT_CONFIGURED' },
    });
    const address = webAddress(url);
    if (!address) throw new LatchkeyError('ERR_LATCHKEY_RESPONSE_INVALID', 'The server named no address to sign in at');
    environment.navigate(address);
  }, 'isLoggingIn');

  const signOut = shown(async () => {
    const findPerson = beginAction();
    const former = session.present();
    const restore = session.clear();
    try {
      const answer = await session.holdDuring(request('/auth/logout', { post: true }));
      environment.hints.send();
      const address = answer.redirectTo && webAddress(answer.redirectTo);
      if (address) environment.navigate(address);
    } catch (error) {
      // The session is still there, and the page must show that, also when the next question fails as well.
      if (/** @type {Failure} */ (error).status !== 401) restore();
      throw error;
    } finally {
      await renew();
    }
    const found = findPerson();
    if (found && (!former || found.id === former.id)) {
      throw new LatchkeyError('ERR_LATCHKEY_SESSION_NOT_ENDED', 'The person is still signed in');
    }
  }, 'isLoggingOut');

  const refresh = shown(async () => {
    const findPerson = beginAction();
    try {
      const codes = /** @type {const} */ ({ 401: 'ERR_LATCHKEY_SESSION_EXPIRED', 404: 'ERR_LATCHKEY_NOT_CONFIGURED' });
      await request('/auth/refresh', { post: true, codes });
    } catch (error) {
      if (/** @type {Failure} */ (error).status === 401) session.clear();
      throw error;
    } finally {
      await renew();
    }
    mustBeKept(findPerson());
  });

  const functions = {
    login: signInSso,
    logout: signOut,
    signIn: signInEmail.mutateAsync,
    signUp: signUpEmail.mutateAsync,
    refresh,
  };
  const { set, store } = createStore(snapshotOf(null));
  return { ...functions, actions: store, signInStore: signInEmail.store, signUpStore: signUpEmail.store, interrupt: () => latest++ };
}
