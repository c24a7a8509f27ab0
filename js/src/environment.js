// SPDX-License-Identifier: Apache-2.0
/** What a client takes from its surroundings; each part can be injected. Nothing is touched before it is used. */
import { invalidArgument } from './invalid-argument.js';
import { isObject } from './transport.js';

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

const OPTIONS = [
  'baseURL', 'apiPrefix', 'fetch', 'wasm', 'aliases', 'permissions', 'navigate', 'clock', 'attention', 'hints',
];

/** A misspelt option would be an option left out. @param {unknown} options */
function checkNames(options) {
  if (!isObject(options)) throw invalidArgument('the options must be an object');
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue;
    const meant = OPTIONS.filter((known) => known.toLowerCase() === name.toLowerCase());
    const hint = meant.length ? `did you mean ${meant}?` : `there are ${OPTIONS.join(', ')}`;
    throw invalidArgument(`there is no option ${name}; ${hint}`, name);
  }
}

/** The address without slashes at its end; empty for the page's own. @param {unknown} baseURL */
function readBase(baseURL = '') {
  if (typeof baseURL !== 'string' && !(baseURL instanceof URL)) {
    throw invalidArgument('baseURL must be a string or a URL', 'baseURL');
  }
  const base = String(baseURL).trim().replace(/\/+$/, '');
  if (base && !isWebAddress(base)) {
    throw invalidArgument('baseURL must be an absolute URL, such as https://studio.example', 'baseURL');
  }
  return base;
}

/** @param {string} text */
function isWebAddress(text) {
  try {
    return /^https?:\/\//i.test(text) && new URL(text).host !== '';
  } catch {
    return false;
  }
}

/** @param {AuthClientOptions} options */
export function readEnvironment(options) {
  checkNames(options);
  const { apiPrefix, clock = systemClock } = options;
  const base = readBase(options.baseURL);
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw invalidArgument('fetch must be a function');
  }
  return {
    root: base + normalisePrefix(apiPrefix),
    /**
     * Throws where a request would lead nowhere. Asked before each one and not at the construction, because a server that
     * renders pages makes clients, too. A `fetch` of one's own may know where a path leads.
     */
    checkRoot() {
      if (!base && !options.fetch && !globalThis.location) {
        throw invalidArgument('baseURL is needed outside a page', 'baseURL');
      }
    },
    /** Throws where there is nothing that could go to an address. */
    checkNavigate() {
      if (!options.navigate && !globalThis.location) throw invalidArgument('navigate is needed outside a page', 'navigate');
    },
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
