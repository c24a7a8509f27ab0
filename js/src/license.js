// SPDX-License-Identifier: Apache-2.0
/** Licenses: the core reads them, the platform checks their signatures. */
import { bytesOf } from './bytes.js';
import { LatchkeyError, invalidArgument } from './error.js';
import { checkText, toJson } from './json.js';

/** @param {Uint8Array | CryptoKey} publicKey */
const keyOf = (publicKey) =>
  publicKey instanceof Uint8Array
    ? crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify'])
    : publicKey;

/**
 * @param {import('./boundary.js').Boundary['call']} call
 * @returns {import('./index.js').Core['license']}
 */
export function createLicenseReader(call) {
  /** @param {string} text @param {number} nowMs @param {boolean} [signatureHolds] */
  const read = (text, nowMs, signatureHolds) => call('license', toJson({ text, nowMs, signatureHolds }, 'text'));

  /** @param {string} text @param {number} nowMs @param {Uint8Array | CryptoKey} publicKey */
  async function readSigned(text, nowMs, publicKey) {
    const parts = call('licenseSignature', text);
    if (!parts) return read(text, nowMs);
    try {
      const message = new TextEncoder().encode(parts.message);
      const holds = await crypto.subtle.verify('Ed25519', await keyOf(publicKey), bytesOf(parts.signature), message);
      return read(text, nowMs, holds);
    } catch (cause) {
      if (cause instanceof LatchkeyError) throw cause;
      throw new LatchkeyError('ERR_LATCHKEY_CRYPTO_FAILED', 'The signature of the license could not be checked', { cause });
    }
  }

  /** @param {string | null | undefined} given @param {import('./index.js').LicenseOptions} options */
  function license(given, options) {
    const nowMs = options?.nowMs;
    if (!Number.isSafeInteger(nowMs)) throw invalidArgument('nowMs must be an integer, as of Date.now()');
    // An environment variable that isn't set is undefined: no license, which is an answer and no misuse.
    const text = checkText(given ?? '', 'text');
    if (!('publicKey' in options)) return read(text, nowMs);
    return readSigned(text, nowMs, /** @type {import('./index.js').SignedLicenseOptions} */ (options).publicKey);
  }
  return /** @type {import('./index.js').Core['license']} */ (license);
}
