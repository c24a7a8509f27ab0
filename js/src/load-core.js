// SPDX-License-Identifier: Apache-2.0
/** Finding, compiling and keeping the one instance of the core. */
import { LatchkeyError } from './error.js';
import { invalidArgument } from './invalid-argument.js';

/** @typedef {import('./index.js').Core} Core */
/** @typedef {import('./index.js').WasmSource} WasmSource */

/** @type {Promise<Core> | null} */
let loading = null;
/** Kept so that a fresh instance after a trap needs no second download. @type {WebAssembly.Module | null} */
let compiled = null;

/**
 * @param {import('./index.js').LoadCoreOptions} [options]
 * @returns {Promise<Core>}
 */
export function loadCore(options) {
  loading ??= start(options?.wasm);
  return loading;
}

/** @param {WasmSource | undefined} source @returns {Promise<Core>} */
function start(source) {
  const forget = () => {
    if (loading === mine) loading = null;
  };
  const mine = (async () => {
    try {
      const [module, { createCore }] = await Promise.all([compiled ?? compile(source), import('./create-core.js')]);
      compiled = module;
      return await createCore(module, forget);
    } catch (cause) {
      forget();
      compiled = null; // it may be the reason
      if (cause instanceof LatchkeyError) throw cause;
      throw new LatchkeyError('ERR_LATCHKEY_CORE_LOAD', 'The WebAssembly core could not be loaded', { cause });
    }
  })();
  return mine;
}

/** @param {WasmSource} [given] @returns {Promise<WebAssembly.Module>} */
async function compile(given) {
  // Bundlers find the file by exactly this expression.
  const source = await (given ?? new URL('./latchkey.wasm', import.meta.url));
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return WebAssembly.compile(/** @type {BufferSource} */ (source));
  }
  if (source instanceof URL || typeof source === 'string') return compileUrl(source);
  // Last, because the first look at `Response` costs Node some 20 ms.
  if (source instanceof Response) return compileResponse(source);
  throw invalidArgument('wasm must be bytes, a URL, a Response or a WebAssembly.Module');
}

/** @param {URL | string} address */
async function compileUrl(address) {
  const url = new URL(address, globalThis.document?.baseURI);
  if (url.protocol !== 'file:') return compileResponse(await fetch(url));
  return compileFile(url);
}

/**
 * fetch reads no file: URLs in Node. Asking for the file and for its compilation in one go takes half the time of waiting
 * for either in turns with other threads.
 * @param {URL} url
 */
async function compileFile(url) {
  // The names are no literals, so that a bundle for browsers stays free of the module; older Nodes can but import it.
  const { process } = /** @type {any} */ (globalThis);
  const name = ['node', 'fs'].join(':');
  const { readFileSync } =
    process?.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
  return new WebAssembly.Module(readFileSync(url));
}

/** @param {Response} response */
async function compileResponse(response) {
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${response.url || 'latchkey.wasm'}`);
  // Streaming demands the right media type; a server that sends another costs speed and nothing else.
  const canStream = response.headers.get('content-type')?.startsWith('application/wasm');
  return canStream ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
