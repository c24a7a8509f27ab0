// SPDX-License-Identifier: Apache-2.0
import { createActions } from './actions.js';
import { LatchkeyError } from './core.js';
import { readEnvironment } from './environment.js';
import { invalidArgument } from './invalid-argument.js';
import { createPermissionModel } from './permission-model.js';
import { createSession, watchPerson } from './session.js';
import { createTransport } from './transport.js';

function createEvents() {
  /** @type {Map<string, Set<(detail: any) => void>>} */
  const listeners = new Map(['signed-in', 'signed-out', 'changed', 'error'].map((name) => [name, new Set()]));
  return {
    /** @param {string} event @param {unknown} [detail] */
    emit(event, detail) {
      for (const listener of listeners.get(event) ?? []) {
        // Later and apart: a listener must not break what it listens to, and finds the stores complete.
        queueMicrotask(() => listener(detail));
      }
    },
    /** @param {string} event @param {(detail: any) => void} listener */
    on(event, listener) {
      const set = listeners.get(event);
      if (!set) throw invalidArgument(`there is no event ${event}`);
      if (typeof listener !== 'function') throw invalidArgument('the listener must be a function');
      set.add(listener);
      return () => void set.delete(listener);
    },
  };
}

/**
 * @param {import('./index.js').AuthClientOptions} [options]
 * @returns {import('./index.js').AuthClient}
 */
export function createAuthClient(options = {}) {
  const environment = readEnvironment(options);
  const request = createTransport(environment);
  const { emit, on } = createEvents();
  let disposed = false;
  /** @type {(() => void)[] | null} what to call to stop listening; null until the client is used */
  let listening = null;

  /** The first use: from now on the client follows what happens around it. */
  function activate() {
    if (listening || disposed) return;
    void model.load();
    listening = [
      environment.attention(() => void session.wake({ onlyIfSettled: true })),
      // Whatever a tab says, the server is asked.
      environment.hints.listen(() => {
        act.interrupt();
        void session.wake();
      }),
    ];
  }

  function begin() {
    if (disposed) throw new LatchkeyError('ERR_LATCHKEY_DISPOSED', 'The client has been disposed of');
    activate();
  }

  const session = createSession(environment, request, activate);
  const { capabilities, currentUser } = session;
  const model = createPermissionModel({ capabilities, options, report: (error) => emit('error', error) });
  const person = watchPerson(session, emit);

  /** The one refetch after an action. It does not fail by itself: what it found is in the stores. */
  const renew = () => session.renew().then(model.settled).catch(() => {});
  const { wasm } = options;
  const act = createActions({ environment, request, session, person, begin, renew, wasm });

  async function ready() {
    begin();
    const { data, error } = await capabilities.touch();
    if (data === undefined && error) throw error;
    begin();
    await model.settled();
  }

  async function getSession() {
    begin();
    const { data, error } = await currentUser.refetch();
    begin(); // a disposed client has not heard the answer
    if (error) throw error;
    return data ?? null;
  }

  function dispose() {
    disposed = true;
    act.interrupt();
    for (const stop of listening ?? []) stop();
    listening = null;
    session.dispose();
    model.dispose();
  }

  // In a page the core is fetched while the page is built. A server that renders pages loads nothing unasked.
  if (globalThis.window) void model.load();

  const now = () => model.store.get();
  return Object.freeze({
    useAuthCapabilities: () => capabilities.store,
    useCurrentUser: () => currentUser.store,
    useAuthActions: () => act.actions,
    usePermissions: () => model.store,
    useCredentialsLogin: () => act.signInStore,
    useCredentialsSignup: () => act.signUpStore,
    permissions: Object.freeze({
      has: (/** @type {string} */ required) => now().hasPermission(required),
      hasAll: (/** @type {readonly string[]} */ required) => now().hasAllPermissions(required),
      hasAny: (/** @type {readonly string[]} */ required) => now().hasAnyPermission(required),
      hasRole: (/** @type {string} */ role) => now().hasRole(role),
      canEdit: (/** @type {string} */ namespace) => now().canEdit(namespace),
      canDelete: (/** @type {string} */ namespace) => now().canDelete(namespace),
      canExecute: (/** @type {string} */ namespace) => now().canExecute(namespace),
      explain: (/** @type {string} */ required) => now().explain(required),
    }),
    signIn: Object.freeze({ email: act.signIn, sso: act.login }),
    signUp: Object.freeze({ email: act.signUp }),
    signOut: act.logout,
    refresh: act.refresh,
    getSession,
    ready,
    on,
    dispose,
  });
}
