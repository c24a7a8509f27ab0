// SPDX-License-Identifier: Apache-2.0
/** The error that a server's answer stands for. */
import { ERROR_CODES, LatchkeyError } from './core.js';

/** @typedef {import('./index.js').ErrorCode} ErrorCode */

/** @type {Record<number, string>} */
const CODES = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'CONTENT_TYPE',
  429: 'THROTTLED',
  431: 'HEADERS_TOO_LARGE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/** @param {number} status */
const codeOfStatus = (status) =>
  /** @type {ErrorCode} */ (`ERR_LATCHKEY_${CODES[status] ?? (status >= 500 ? 'INTERNAL' : 'REQUEST_INVALID')}`);

/** @param {unknown} value */
const sentence = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

/** The well-formed entries of `issues`; servers that send anything else send nothing. @param {unknown} list */
function readIssues(list) {
  if (!Array.isArray(list)) return undefined;
  const issues = list
    .filter((issue) => typeof issue?.field === 'string' && typeof issue.message === 'string')
    .map(({ field, message }) => Object.freeze({ field, message }));
  return issues.length ? Object.freeze(issues) : undefined;
}

/**
 * Retry-After in seconds, from either of its two forms (RFC 9110 §10.2.3). `Date.parse` reads even `1.5` as a date, and the
 * oldest of the three forms of a date, which is in GMT as well, as local time.
 * @param {string | null} text
 * @param {number} nowMs
 */
function readRetryAfter(text, nowMs) {
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text.includes(':') ? text.replace(/( GMT)?$/, ' GMT') : '');
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

/**
 * The error that an answer stands for. A server that names no code (a Mastra server) gets the one of its status, where
 * `codes` knows better than the status alone what it means for that route.
 * @param {Response} response
 * @param {any} body parsed JSON, or undefined
 * @param {{codes?: Record<number, ErrorCode>, sentence?: string, nowMs: number}} route
 */
export function errorOfResponse(response, body, { codes = {}, sentence: fallback, nowMs }) {
  const { status } = response;
  const issues = readIssues(body?.issues);
  const known = ERROR_CODES.find((code) => code === body?.code);
  // Issues say that the body was malformed, which is never what a route's own code for 400 means.
  const code = known ?? (issues ? undefined : codes[status]) ?? codeOfStatus(status);
  const message = sentence(body?.message) ?? sentence(body?.error) ?? fallback ?? 'The server refused the request';
  return new LatchkeyError(code, message, {
    status,
    field: sentence(body?.field) ?? issues?.[0]?.field,
    issues,
    retryAfter: readRetryAfter(response.headers.get('retry-after'), nowMs),
    requestId: sentence(body?.requestId) ?? sentence(response.headers.get('x-request-id')),
  });
}
