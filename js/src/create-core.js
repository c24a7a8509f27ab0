// SPDX-License-Identifier: Apache-2.0
/** The core's functions as JS sees them. They translate; every decision is the core's. */
import { bytesOf } from './bytes.js';
import { openBoundary } from './boundary.js';
import { createCookieJar } from './cookie-jar.js';
import { invalidArgument } from './invalid-argument.js';
import { checkText, isText, toJson } from './json.js';
import { createLicenseReader } from './license.js';
import { createPermissionSet } from './permission-set.js';

/** A page of events may be this big, in MiB of JSON. */
const EVENTS_LIMIT = 4;

const encoder = new TextEncoder();

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A line of cookies; no name has a `=`. @param {string} line @returns {readonly [string, string]} */
function pairOf(line) {
  const equals = line.indexOf('=');
  return Object.freeze([line.slice(0, equals), line.slice(equals + 1)]);
}

/** A header that isn't there is an empty one: `headers.get('cookie')` is null for it. @param {unknown} header */
const checkHeader = (header) => checkText(header ?? '', 'header');

/**
 * For questions that have a "no" of their own: a failed core says no instead of throwing.
 * @template T
 * @param {() => T} ask
 * @param {T} no
 */
function answerOr(ask, no) {
  try {
    return ask();
  } catch {
    return no;
  }
}

/**
 * @param {WebAssembly.Module} compiled
 * @param {() => void} onTrap
 * @returns {Promise<import('./index.js').Core>}
 */
export async function createCore(compiled, onTrap) {
  const boundary = await openBoundary(compiled, onTrap);
  const { call } = boundary;

  /** @type {import('./index.js').Core} */
  const core = {
    get failed() {
      return !boundary.alive;
    },

    permissions: (grants, options) => createPermissionSet(boundary, grants, options),

    rolePermissions(roles, options) {
      if (!Array.isArray(roles)) throw invalidArgument('roleIds must be an array');
      const { definitions, mapping } = options ?? {};
      return call('rolePermissions', toJson({ roles, definitions, mapping }, 'roles'));
    },

    routePermission(method, path) {
      const facts = { method: checkText(method, 'method'), path: checkText(path, 'path') };
      return call('routePermission', toJson(facts, 'path'));
    },

    license: createLicenseReader(call),

    capabilities: (facts) => call('capabilities', toJson(facts, 'facts')),

    parseCookies(header) {
      const answer = boundary.text('parseCookies', checkHeader(header));
      if (answer.startsWith('{')) return boundary.valueOf(answer);
      return Object.freeze(answer.split('\n').slice(1).map(pairOf));
    },

    cookie: (header, name) => boundary.cookie(checkHeader(header), checkText(name, 'name')),

    setCookie(name, value, attributes) {
      const cookie = { name: checkText(name, 'name'), value: checkText(value, 'value'), attributes };
      return call('setCookie', toJson(cookie, 'attributes'));
    },

    cookieJar: () => createCookieJar(boundary),

    parseSessionToken(text) {
      const fields = isText(text) ? answerOr(() => boundary.text('parseSessionToken', text), '') : '';
      if (!fields) return null;
      const [version, keyId, salt, iv, ciphertext, tag] = fields.split(' ');
      return Object.freeze({
        version: Number(version),
        keyId: hexOf(bytesOf(keyId)),
        salt: bytesOf(salt),
        iv: bytesOf(iv),
        ciphertext: bytesOf(ciphertext),
        tag: bytesOf(tag),
      });
    },

    safeReturnPath: (text) => (isText(text) ? answerOr(() => boundary.text('safeReturnPath', text), '/') : '/'),

    auditMatches: (event, filter) => call('auditMatches', toJson({ event, filter }, 'event')),
    auditCsv: (events) => call('auditCsv', toJson({ events }, 'events', EVENTS_LIMIT)),
    auditLine: (event) => call('auditLine', toJson({ event }, 'event')),
    auditLeaf: (event) => encoder.encode(call('auditLeaf', toJson({ event }, 'event'))),
  };
  return Object.freeze(core);
}
