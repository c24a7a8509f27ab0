// SPDX-License-Identifier: Apache-2.0
'use client';
import { createContext, createElement, useContext, useSyncExternalStore } from 'react';

/** @typedef {import('./index.js').AuthClient} AuthClient */

const Context = createContext(/** @type {AuthClient | null} */ (null));

/** @param {import('./react.js').AuthProviderProps} props */
export const AuthProvider = ({ client, children }) => createElement(Context.Provider, { value: client }, children);

/**
 * A hook over a store of the client. The stores' functions need no `this`. A server renders the initial state, and a page
 * hydrates with it, whatever the client knows by then; React renders again with what is known.
 * @template T
 * @param {(client: AuthClient) => import('./index.js').Store<T>} choose
 * @returns {() => T}
 */
const hook = (choose) => () => {
  const client = useContext(Context);
  if (!client) throw new Error('latchkey/react: there is no <AuthProvider client={…}> above this component');
  const { get, initial, subscribe } = choose(client);
  return useSyncExternalStore(subscribe, get, initial);
};

export const useAuthCapabilities = hook((client) => client.useAuthCapabilities());
export const useCurrentUser = hook((client) => client.useCurrentUser());
export const useAuthActions = hook((client) => client.useAuthActions());
export const usePermissions = hook((client) => client.usePermissions());
export const useCredentialsLogin = hook((client) => client.useCredentialsLogin());
export const useCredentialsSignup = hook((client) => client.useCredentialsSignup());

/** @param {import('./react.js').AuthRequiredProps} props */
export function AuthRequired({ children = null, loading = null, signedOut = null, unavailable = null }) {
  const { data, error } = useAuthCapabilities();
  if (data) return data.user || !data.enabled ? children : signedOut;
  if (error) return error.status === 401 ? signedOut : unavailable;
  return loading;
}

/** @param {import('./react.js').CanProps} props */
export function Can({ permission, all, any, role, denied = null, children = null }) {
  const { hasPermission, hasAllPermissions, hasAnyPermission, hasRole } = usePermissions();
  // Asked for nothing, it grants nothing: a forgotten attribute or an empty list must not open what it should guard.
  const conditions = /** @type {const} */ ([
    [permission, hasPermission],
    // The core says yes to all of an empty list; to any of it, no.
    [Array.isArray(all) && all.length === 0 ? undefined : all, hasAllPermissions],
    [any, hasAnyPermission],
    [role, hasRole],
  ]);
  const asked = conditions.filter(([condition]) => condition !== undefined);
  const isGranted = asked.every(([condition, covers]) => covers(/** @type {any} */ (condition)));
  return asked.length > 0 && isGranted ? children : denied;
}
