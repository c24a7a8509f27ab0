// SPDX-License-Identifier: Apache-2.0
// What the pages need to know about the person, made of the client's stores: one immutable view, and one listener list.

/**
 * The phase a view is in:
 * - `loading`: nothing is known yet, so nothing but a skeleton may be painted;
 * - `unreachable`: it could not be found out, or the core could not be loaded; neither must look like "signed out";
 * - `open`: the server runs without authentication;
 * - `stranger`: nobody is signed in;
 * - `person`: `user`, `roles` and `grants` are set.
 */
function phaseOf(capabilities, permissions) {
  if (capabilities.data === undefined || capabilities.data === null) {
    return capabilities.isError ? 'unreachable' : 'loading';
  }
  if (!capabilities.data.enabled) return 'open';
  if (!capabilities.data.user) return 'stranger';
  if (permissions.isLoading) return 'loading';
  return hasCore(permissions) ? 'person' : 'unreachable';
}

// Without the core every answer is no. Somebody who may do everything must not be told that they may do nothing.
function hasCore(permissions) {
  return permissions.explain('studio:read').code !== 'ERR_LATCHKEY_UNAUTHENTICATED';
}

function viewOf(capabilities, permissions, coreError) {
  const data = capabilities.data ?? {};
  return Object.freeze({
    phase: phaseOf(capabilities, permissions),
    error: capabilities.error ?? coreError,
    login: data.login ?? null,
    user: data.user ?? null,
    roles: permissions.roles ?? [],
    grants: permissions.permissions ?? [],
  });
}

/** Two views that would paint the same: pages aren't rebuilt for a background refetch that found nothing new. */
function sameView(left, right) {
  return (
    left.phase === right.phase &&
    (left.phase !== 'unreachable' || left.error === right.error) &&
    JSON.stringify([left.login, left.user, left.roles, left.grants]) ===
      JSON.stringify([right.login, right.user, right.roles, right.grants])
  );
}

/** `{get, subscribe}` over the client's capabilities and permissions. */
export function createSession(client) {
  const capabilities = client.useAuthCapabilities();
  const permissions = client.usePermissions();
  const listeners = new Set();
  let coreError = null;
  let view = viewOf(capabilities.get(), permissions.get(), coreError);

  function update() {
    const next = viewOf(capabilities.get(), permissions.get(), coreError);
    if (sameView(view, next)) return;
    view = next;
    for (const listener of listeners) listener(view);
  }

  client.on('error', (error) => {
    coreError = error;
    update();
  });
  capabilities.subscribe(update);
  permissions.subscribe(update);

  return {
    get: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Asks the server again, for a retry button or after an answer that says the session is over. */
    refetch: () => capabilities.get().refetch(),
    /** The answer of the core; without authentication the server refuses nothing, so neither does the page. */
    may: (permission) => view.phase === 'open' || client.permissions.has(permission),
    explain: (permission) => (view.phase === 'open' ? { allowed: true } : client.permissions.explain(permission)),
  };
}
