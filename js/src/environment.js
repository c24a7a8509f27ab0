// SPDX-License-Identifier: Apache-2.0
/** What a client takes from its surroundings; each part can be injected. Nothing is touched before it is used. */
import { invalidArgument } from './error.js';

/** @typedef {import('./index.js').AuthClientOptions} AuthClientOptions */
/** @typedef {ReturnType<typeof readEnvironment>} Environment */

const CHANNEL = 'latchkey';
/** The whole vocabulary between tabs. It says that something changed, never what. */
const HINT = 'changed';

/** @param {string | undefined} text @returns {string} one leading slash, none trailing; empty for the root */
function normalisePrefix(text = '/api') {
  if (typeof text !== 'string') throw invalidArgument('apiPrefix must be a string');
  const trimmed = text.trim().replace(/^\/+|\/+$/g, '');
  return trimmed && `/${trimmed}`;
}

/** @param {AuthClientOptions} options */
export function readEnvironment(options) {
  const { baseURL = '', apiPrefix, clock = systemClock } = options;
  if (typeof baseURL !== 'string' && !(/** @type {unknown} */ (baseURL) instanceof URL)) {
    throw invalidArgument('baseURL must be a string or a URL');
  }
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw invalidArgument('fetch must be a function');
  }
  return {
    root: String(baseURL).trim().replace(/\/+$/, '') + normalisePrefix(apiPrefix),
    // Looked up at each call, so that what replaces the global fetch later is used too.
    fetch: options.fetch ?? ((/** @type {Parameters<typeof fetch>} */ ...request) => fetch(...request)),
    clock,
    navigate: options.navigate ?? ((/** @type {string} */ url) => globalThis.location?.assign(url)),
    attention: options.attention ?? windowAttention,
    hints: options.hints ?? tabHints(),
  };
}

/** @type {import('./index.js').Clock} */
const systemClock = {
  now: () => Date.now(),
  setTimeout: (action, milliseconds) => setTimeout(action, milliseconds),
  clearTimeout: (timer) => clearTimeout(/** @type {number} */ (timer)),
};

/**
 * Resolves after a time, or at once when the signal is aborted.
 * @param {import('./index.js').Clock} clock
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export const sleep = (clock, milliseconds, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });

/** Calls back when the person comes back to the page, or the network to the machine. @param {() => void} wake */
function windowAttention(wake) {
  const { window, document } = globalThis;
  if (!window?.addEventListener) return () => {};
  const seen = () => {
    if (document.visibilityState !== 'hidden') wake();
  };
  window.addEventListener('focus', seen);
  window.addEventListener('online', wake);
  document.addEventListener('visibilitychange', seen);
  return () => {
    window.removeEventListener('focus', seen);
    window.removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', seen);
  };
}

/** @returns {import('./index.js').TabHints} */
function tabHints() {
  /** @type {BroadcastChannel | undefined} */
  let channel;
  return {
    send() {
      if (!globalThis.window) return;
      if (channel) return channel.postMessage(HINT);
      try {
        // The event is the message; nothing stays behind.
        localStorage.setItem(CHANNEL, HINT);
        localStorage.removeItem(CHANNEL);
      } catch {
        // Storage may be forbidden. The other tabs then notice when they get the focus.
      }
    },
    listen(refetch) {
      const { window } = globalThis;
      if (!window?.addEventListener) return () => {};
      if (typeof BroadcastChannel === 'function') {
        const mine = (channel = new BroadcastChannel(CHANNEL));
        mine.onmessage = ({ data }) => {
          if (data === HINT) refetch();
        };
        return () => {
          mine.close();
          channel = undefined;
        };
      }
      const onStorage = (/** @type {StorageEvent} */ event) => {
        if (event.key === CHANNEL && event.newValue === HINT) refetch();
      };
      window.addEventListener('storage', onStorage);
      return () => window.removeEventListener('storage', onStorage);
    },
  };
}
