// SPDX-License-Identifier: Apache-2.0
/** One request to the server, ending in parsed JSON or in a LatchkeyError. */
import { LatchkeyError } from './core.js';
import { errorOfResponse } from './response-error.js';
import { isTooLong, parseJson } from './json.js';

/** A server that says nothing for this long cannot be reached. */
const TIMEOUT_MS = 30_000;

/** @typedef {(path: string, route?: Route) => Promise<any>} Transport */
/**
 * @typedef {object} Route
 * @property {object} [body] sent as JSON with POST
 * @property {boolean} [post] POST without a body
 * @property {AbortSignal} [signal]
 * @property {Record<number, import('./index.js').ErrorCode>} [codes] what a status means here, where none is named
 * @property {string} [sentence] the message when the server gives none
 * @property {(answer: any) => boolean} [accepts] whether the JSON is what the documentation promises
 */

/** @param {import('./environment.js').Environment} environment @returns {Transport} */
export const createTransport = (environment) => (path, route = {}) => send(environment, path, route);

/**
 * @param {import('./environment.js').Environment} environment
 * @param {string} path
 * @param {Route} route
 */
async function send({ root, checkRoot, fetch, clock }, path, route) {
  checkRoot();
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = clock.setTimeout(abort, TIMEOUT_MS);
  route.signal?.addEventListener('abort', abort);
  if (route.signal?.aborted) abort();
  let response;
  let text;
  try {
    response = await fetch(root + path, {
      ...methodAndBody(route),
      credentials: 'include',
      cache: 'no-store',
      signal: controller.signal,
    });
    text = await response.text();
  } catch (cause) {
    throw new LatchkeyError('ERR_LATCHKEY_NETWORK', 'The server could not be reached', { cause });
  } finally {
    clock.clearTimeout(timer);
    route.signal?.removeEventListener('abort', abort);
  }
  const answer = read(text);
  if (!response.ok) throw errorOfResponse(response, answer, { ...route, nowMs: clock.now() });
  if (answer === undefined || !(route.accepts ?? isObject)(answer)) {
    throw new LatchkeyError('ERR_LATCHKEY_RESPONSE_INVALID', 'The server did not answer with the documented JSON', {
      status: response.status,
    });
  }
  return answer;
}

/** @param {Route} route @returns {RequestInit} */
function methodAndBody({ body, post }) {
  const accept = { accept: 'application/json' };
  if (!body) return { method: post ? 'POST' : 'GET', headers: accept };
  return { method: 'POST', headers: { ...accept, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The JSON of an answer; undefined when it isn't any. @param {string} text */
function read(text) {
  if (isTooLong(text)) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
