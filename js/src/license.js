// SPDX-License-Identifier: Apache-2.0
/** Licenses: the core reads them, the platform checks their signatures. */
import { bytesOf } from './bytes.js';
import { LatchkeyError } from './error.js';
import { invalidArgument } from './invalid-argument.js';
import { checkText, toJson } from './json.js';

/** Raw Ed25519 keys (RFC 8032) have this length. */
const KEY_BYTES = 32;

/** @param {any} key */
const isPublicKey = (key) =>
  key instanceof Uint8Array
    ? key.length === KEY_BYTES
    : typeof CryptoKey === 'function' && // a page without TLS has none
      key instanceof CryptoKey &&
      key.algorithm.name === 'Ed25519' &&
      key.type === 'public' &&
      key.usages.includes('verify');

/** @param {unknown} nowMs @returns {asserts nowMs is number} */
function checkTime(nowMs) {
  if (!Number.isSafeInteger(nowMs)) throw invalidArgument('nowMs must be an integer, as of Date.now()');
}

/** An environment variable that isn't set is undefined: no license, which is an answer and no misuse. @param {unknown} text */
const checkLicense = (text) => checkText(text ?? '', 'text');

/**
 * @param {import('./boundary.js').Boundary['call']} call
 * @returns {import('./index.js').Core['license']}
 */
export function createLicenseReader(call) {
  /** @param {object} facts */
  const read = (facts) => call('license', toJson(facts, 'text'));

  /** @param {unknown} given @param {{nowMs: unknown, publicKey: unknown}} options */
  async function readSigned(given, { nowMs, publicKey }) {
    // First, so that a wrong key is noticed with any text, not only with the first signed one.
    if (!isPublicKey(publicKey)) {
      throw invalidArgument('publicKey must be 32 raw bytes or an Ed25519 CryptoKey', 'publicKey');
    }
    checkTime(nowMs);
    const text = checkLicense(given);
    // Who gives a key wants a signature: other forms of a license don't count then.
    const facts = { text, nowMs, accepted: ['signed'] };
    const parts = call('licenseSignature', text);
    if (!parts) return read(facts);
    return read({ ...facts, signatureHolds: await holds(parts, /** @type {Uint8Array | CryptoKey} */ (publicKey)) });
  }

  /** @param {any} given @param {any} options */
  return function license(given, options) {
    if (typeof options === 'object' && options && 'publicKey' in options) return readSigned(given, options);
    const nowMs = options?.nowMs;
    checkTime(nowMs);
    return read({ text: checkLicense(given), nowMs });
  };
}

/** @param {{message: string, signature: string}} parts @param {Uint8Array | CryptoKey} publicKey */
async function holds({ message, signature }, publicKey) {
  try {
    const key =
      publicKey instanceof Uint8Array
        ? await crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify'])
        : publicKey;
    return await crypto.subtle.verify('Ed25519', key, bytesOf(signature), new TextEncoder().encode(message));
  } catch (cause) {
    throw new LatchkeyError('ERR_LATCHKEY_CRYPTO_FAILED', 'The signature of the license could not be checked', { cause });
  }
}
