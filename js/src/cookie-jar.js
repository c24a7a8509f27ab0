// SPDX-License-Identifier: Apache-2.0
/** A jar of cookies that lives in the core. */
import { invalidArgument } from './invalid-argument.js';
import { checkText, toJson } from './json.js';

/** @typedef {{boundary: import('./boundary.js').Boundary, id: number}} Held */

/** Never throws: nobody could catch what comes out of a finalizer. @param {Held} held */
function release({ boundary, id }) {
  try {
    boundary.call('jarRelease', `{"jar":${id}}`);
  } catch {
    // The core has failed, and its memory is gone with it.
  }
}

/** A jar that was dropped without dispose() still gives its memory back. */
const forgotten = new FinalizationRegistry(release);

/** @param {string | URL} address @param {number} nowMs */
function placeOf(address, nowMs) {
  if (!Number.isSafeInteger(nowMs)) throw invalidArgument('nowMs must be an integer, as of Date.now()');
  /** @type {URL} */
  let url;
  try {
    url = new URL(address);
  } catch {
    throw invalidArgument('url must be an absolute address');
  }
  return { host: url.hostname, path: url.pathname, secure: url.protocol === 'https:', nowMs };
}

/**
 * @param {import('./boundary.js').Boundary} boundary
 * @returns {import('./index.js').CookieJar}
 */
export function createCookieJar(boundary) {
  const jar = { id: /** @type {number} */ (boundary.call('jarCreate', '')) };
  forgotten.register(jar, { boundary, id: jar.id }, jar);

  return Object.freeze({
    store(/** @type {string} */ line, /** @type {string | URL} */ address, nowMs = Date.now()) {
      const place = placeOf(address, nowMs);
      if (jar.id === 0) return false;
      return boundary.call('jarStore', toJson({ jar: jar.id, line: checkText(line, 'setCookieLine'), ...place }, 'url'));
    },
    header(/** @type {string | URL} */ address, nowMs = Date.now()) {
      const place = placeOf(address, nowMs);
      return jar.id === 0 ? '' : boundary.call('jarHeader', toJson({ jar: jar.id, ...place }, 'url'));
    },
    dispose() {
      if (jar.id === 0) return;
      forgotten.unregister(jar);
      release({ boundary, id: jar.id });
      jar.id = 0;
    },
  });
}
