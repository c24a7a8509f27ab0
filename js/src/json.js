// SPDX-License-Identifier: Apache-2.0
/** What may cross the boundaries: texts that are well formed and bounded, JSON that cannot reach a prototype. */
import { invalidArgument } from './invalid-argument.js';

/** What one text may measure, in MiB of UTF-8. */
const TEXT_LIMIT = 1;

const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** A lone surrogate would swallow its neighbour on the way to UTF-8. @param {string} text */
export const isWellFormed = (text) => (text.isWellFormed ? text.isWellFormed() : !/\p{Surrogate}/u.test(text));

/** @param {string} text @param {number} [limit] in MiB */
export function isTooLong(text, limit = TEXT_LIMIT) {
  const bytes = limit << 20;
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || new TextEncoder().encode(text).length > bytes;
}

/** @param {unknown} value @returns {value is string} */
export const isText = (value) => typeof value === 'string' && !isTooLong(value) && isWellFormed(value);

/** @param {unknown} value @param {string} name @returns {string} */
export function checkText(value, name) {
  if (typeof value !== 'string') throw invalidArgument(`${name} must be a string`);
  if (isTooLong(value)) throw invalidArgument(`${name} is over 1 MiB`);
  if (!isWellFormed(value)) throw invalidArgument(`${name} holds a lone surrogate`);
  return value;
}

/**
 * JSON for the core. Every string is checked here, because JSON.stringify would hide a lone surrogate in an escape.
 * @param {unknown} value
 * @param {string} name
 * @param {number} [limit] in MiB
 */
export function toJson(value, name, limit = TEXT_LIMIT) {
  let text;
  try {
    text = JSON.stringify(value, (key, item) => {
      if (!isWellFormed(key) || (typeof item === 'string' && !isWellFormed(item))) throw new Error('a lone surrogate');
      return item;
    });
  } catch (cause) {
    throw invalidArgument(`${name} cannot be written as JSON: ${/** @type {Error} */ (cause).message}`);
  }
  if (text === undefined) throw invalidArgument(`${name} is missing`);
  if (isTooLong(text, limit)) throw invalidArgument(`${name} is over ${limit} MiB`);
  return text;
}

/**
 * Parses JSON into frozen objects without the three keys through which a prototype can be reached.
 * @param {string} text
 * @returns {any}
 */
export const parseJson = (text) =>
  JSON.parse(text, (key, value) => (DANGEROUS_KEYS.has(key) ? undefined : Object.freeze(value)));
