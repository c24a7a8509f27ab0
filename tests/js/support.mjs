// SPDX-License-Identifier: Apache-2.0
/** Time, servers and tabs under the control of a test. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets everything that is ready happen. */
export async function settle() {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

/** A clock that stands still until it is advanced. */
export function manualClock() {
  let time = 1_000_000;
  let timers = [];
  return {
    now: () => time,
    setTimeout(action, milliseconds) {
      const timer = { action, at: time + milliseconds };
      timers.push(timer);
      return timer;
    },
    clearTimeout(timer) {
      timers = timers.filter((other) => other !== timer);
    },
    pending: () => timers.length,
    async advance(milliseconds) {
      await settle();
      const end = time + milliseconds;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        time = next.at;
        timers = timers.filter((timer) => timer !== next);
        next.action();
        await settle();
      }
      time = end;
    },
  };
}

export const json = (body, { status = 200, headers = {} } = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/**
 * A server as a function. `routes` maps 'GET /auth/me' to an answer: a body, a Response, or a function that gives either.
 * Routes may be replaced while the test runs; `calls` is what was asked.
 */
export function fakeServer(routes) {
  const calls = [];
  const fetch = async (url, options) => {
    const path = String(url).replace(/^.*?\/api/, '');
    const key = `${options.method} ${path.replace(/\?.*/, '')}`;
    calls.push({ key, url: String(url), ...options });
    let answer = routes[key];
    if (answer === undefined) answer = json({ error: 'Not Found' }, { status: 404 });
    if (typeof answer === 'function') answer = await answer({ url: String(url), ...options });
    if (options.signal?.aborted) throw options.signal.reason;
    return answer instanceof Response ? answer.clone() : json(answer);
  };
  return { fetch, calls, routes, count: (key) => calls.filter((call) => call.key === key).length };
}

/** Answers when the test says so; unless `deaf`, an abort ends it as it would end a real request. */
export function gate({ deaf = false } = {}) {
  const waiting = [];
  return {
    handler: ({ signal }) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        if (!deaf) signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    release: (index, answer) => waiting[index](answer),
    count: () => waiting.length,
  };
}

/** Tabs that can hear each other; each gets one pair of `hints`. */
export function connectedTabs() {
  const tabs = new Set();
  return () => {
    const mine = { refetch: () => {} };
    return {
      send() {
        for (const tab of tabs) if (tab !== mine) tab.refetch();
      },
      listen(refetch) {
        mine.refetch = refetch;
        tabs.add(mine);
        return () => void tabs.delete(mine);
      },
    };
  };
}

export const person = { id: 'u-1', email: 'ada@example.com', name: 'Ada' };
export const login = { type: 'credentials', signUpEnabled: true };
const flags = { user: true, session: true, sso: false, credentials: true, rbac: true, acl: false, audit: false, fga: false };

export const stranger = () => ({ enabled: true, login });

export const signedIn = (permissions = ['agents:read'], { roles = ['viewer'], user = person } = {}) => ({
  enabled: true,
  login,
  user,
  capabilities: flags,
  access: { roles, permissions },
});

export const signedInWithoutRbac = () => ({ ...signedIn(), capabilities: { ...flags, rbac: false }, access: null });

/** All values that a store takes, the present one first. */
export function record(store) {
  const values = [];
  const stop = store.subscribe((value) => values.push(value));
  return { values, stop };
}
