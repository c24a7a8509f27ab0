// SPDX-License-Identifier: Apache-2.0
/** @typedef {import('./index.js').ErrorCode} ErrorCode */

/**
 * The one error of this package: everything that throws or rejects does it with this. Misuse of an argument is one too
 * (`ERR_LATCHKEY_ARGUMENT_INVALID`), so that callers need one `instanceof` and one `switch`.
 */
class DetailedError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {import('./index.js').LatchkeyErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    super(message);
    this.code = code;
    // Absent rather than undefined, so that an error prints and compares as what is known about it.
    for (const [name, value] of Object.entries(details)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: name !== 'cause' });
    }
  }
}
// Of the prototype for `error.name`, of the class for what a console prints; minifying would change the latter.
for (const named of [DetailedError, DetailedError.prototype]) {
  Object.defineProperty(named, 'name', { value: 'LatchkeyError' });
}

/** Declared with its details, which are defined one by one. */
export const LatchkeyError = /** @type {typeof import('./index.js').LatchkeyError} */ (
  /** @type {unknown} */ (DetailedError)
);
