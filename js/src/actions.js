// SPDX-License-Identifier: Apache-2.0
/** What a person can do about being signed in. Every action ends in one refetch and in a hint to the other tabs. */
import { LatchkeyError, loadCore } from './core.js';
import { checkText } from './json.js';
import { createMutation } from './mutation.js';
import { createStore } from './store.js';
import { isObject } from './transport.js';

/** @typedef {import('./index.js').AuthActionsSnapshot} AuthActionsSnapshot */
/** @typedef {import('./index.js').LatchkeyError} Failure */

/** @param {any} answer */
const isSignedIn = (answer) => isObject(answer) && typeof answer.user?.id === 'string';

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

  /** @param {Failure | null} error */
  const publish = (error) =>
    set(
      Object.freeze({
        ...functions,
        isLoggingIn: running.isLoggingIn > 0,
        isLoggingOut: running.isLoggingOut > 0,
        error,
      }),
    );

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
    publish(null);
    /** @type {Failure | null} */
    let failure = null;
    try {
      return await action(...args);
    } catch (error) {
      failure = /** @type {Failure} */ (error);
      throw error;
    } finally {
      if (flag) running[flag]--;
      publish(failure);
    }
  };

  /** @param {string} path @param {import('./transport.js').Route & {body: object}} route */
  async function enter(path, route) {
    const answer = await request(path, { ...route, accepts: isSignedIn });
    person.expect();
    environment.hints.send();
    await renew();
    return onlyUser(answer);
  }

  const signInEmail = createMutation(
    shown(async (/** @type {import('./index.js').Credentials} */ credentials) => {
      const { email, password } = credentials ?? {};
      return enter('/auth/credentials/sign-in', {
        body: { email: checkText(email, 'email'), password: checkText(password, 'password') },
        codes: { 401: 'ERR_LATCHKEY_CREDENTIALS_INVALID', 404: 'ERR_LATCHKEY_NOT_CONFIGURED' },
        sentence: 'Invalid email or password',
      });
    }, 'isLoggingIn'),
  );

  const signUpEmail = createMutation(
    shown(async (/** @type {import('./index.js').NewAccount} */ account) => {
      const { email, password, name, setupCode } = account ?? {};
      const body = {
        email: checkText(email, 'email'),
        password: checkText(password, 'password'),
        ...(name === undefined ? {} : { name: checkText(name, 'name') }),
        ...(setupCode === undefined ? {} : { setupCode: checkText(setupCode, 'setupCode') }),
      };
      return enter('/auth/credentials/sign-up', {
        body,
        codes: {
          400: 'ERR_LATCHKEY_SIGN_UP_FAILED',
          403: 'ERR_LATCHKEY_SIGN_UP_DISABLED',
          404: 'ERR_LATCHKEY_NOT_CONFIGURED',
        },
        sentence: 'Failed to create account',
      });
    }, 'isLoggingIn'),
  );

  const signInSso = shown(async (/** @type {{returnTo?: string}} */ { returnTo } = {}) => {
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
    session.clear();
    try {
      const answer = await session.holdDuring(request('/auth/logout', { post: true }));
      environment.hints.send();
      const address = answer.redirectTo && webAddress(answer.redirectTo);
      if (address) environment.navigate(address);
    } finally {
      // Also after a failure: if the person is still signed in, that is what the page must show.
      await renew();
    }
  }, 'isLoggingOut');

  const refresh = shown(async () => {
    try {
      const codes = /** @type {const} */ ({ 401: 'ERR_LATCHKEY_SESSION_EXPIRED', 404: 'ERR_LATCHKEY_NOT_CONFIGURED' });
      await request('/auth/refresh', { post: true, codes });
    } catch (error) {
      if (/** @type {Failure} */ (error).status === 401) session.clear();
      throw error;
    } finally {
      await renew();
    }
  });

  const functions = {
    login: signInSso,
    logout: signOut,
    signIn: signInEmail.mutateAsync,
    signUp: signUpEmail.mutateAsync,
    refresh,
  };
  const { set, store } = createStore(
    /** @type {AuthActionsSnapshot} */ (
      Object.freeze({ ...functions, isLoggingIn: false, isLoggingOut: false, error: null })
    ),
  );
  return { store, signInEmail, signUpEmail, signInSso, signOut, refresh };
}
