// SPDX-License-Identifier: Apache-2.0
/** The error that a server's answer stands for. */
import { ERROR_CODES, LatchkeyError } from './core.js';

/** @typedef {import('./index.js').ErrorCode} ErrorCode */

/** @param {number} status @returns {ErrorCode} */
function codeOfStatus(status) {
  switch (status) {
    case 401: return 'ERR_LATCHKEY_UNAUTHENTICATED';
    case 403: return 'ERR_LATCHKEY_FORBIDDEN';
    case 404: return 'ERR_LATCHKEY_NOT_FOUND';
    case 405: return 'ERR_LATCHKEY_METHOD_NOT_ALLOWED';
    case 413: return 'ERR_LATCHKEY_BODY_TOO_LARGE';
    case 414: return 'ERR_LATCHKEY_URI_TOO_LONG';
    case 415: return 'ERR_LATCHKEY_CONTENT_TYPE';
    case 429: return 'ERR_LATCHKEY_THROTTLED';
    case 431: return 'ERR_LATCHKEY_HEADERS_TOO_LARGE';
    case 502: case 503: case 504: return 'ERR_LATCHKEY_UNAVAILABLE';
    default: return status >= 500 ? 'ERR_LATCHKEY_INTERNAL' : 'ERR_LATCHKEY_REQUEST_INVALID';
  }
}

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
 * Retry-After in seconds, from either of its two forms (RFC 9110 §10.2.3).
 * @param {string | null} text
 * @param {number} nowMs
 */
function readRetryAfter(text, nowMs) {
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
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
