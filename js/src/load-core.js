// SPDX-License-Identifier: Apache-2.0
/** Finding, compiling and keeping the one instance of the core. */
import { coreSide } from './core-side.js';
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
      const [module, { createCore }] = await Promise.all([compiled ?? compile(source), coreSide()]);
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
  if (given !== undefined) return compileSource(await given);
  try {
    // Bundlers find the file by exactly this expression.
    return await compileSource(new URL('./latchkey.wasm', import.meta.url));
  } catch (cause) {
    // Development servers and server bundles move this script and not the file beside it.
    return compileText().catch(() => {
      throw cause;
    });
  }
}

/** The module from a script of its own, which every bundler takes along. */
async function compileText() {
  const { default: text } = await import('./core-bytes.js');
  const gzipped = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const bytes = new Blob([gzipped]).stream().pipeThrough(new DecompressionStream('gzip'));
  return WebAssembly.compile(await new Response(bytes).arrayBuffer());
}

/** @param {Awaited<WasmSource>} source @returns {Promise<WebAssembly.Module>} */
async function compileSource(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return WebAssembly.compile(/** @type {BufferSource} */ (source));
  }
  if (source instanceof URL || typeof source === 'string') return compileAddress(String(source));
  // After the others: asking for `Response` costs Node some 20 ms.
  if (source instanceof Response) return compileResponse(source);
  throw invalidArgument('wasm must be bytes, a URL, a Response or a WebAssembly.Module');
}

/** @param {string} address */
async function compileAddress(address) {
  const url = resolve(address);
  if (url === null || url.protocol === 'file:') return compileFile(url ?? address);
  return compileResponse(await fetch(url));
}

/**
 * An address as the page or the worker has it; null for a path of the file system, where there is neither.
 * @param {string} address
 */
function resolve(address) {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    const url = new URL(address, base);
    if (base || !/^[a-z]:$/.test(url.protocol)) return url; // no URL has a letter for its protocol, but a path may
  } catch (cause) {
    if (base) throw cause;
  }
  return null;
}

/**
 * fetch reads no file: URLs in Node. Asking for the file and for its compilation in one go takes half the time of waiting
 * for either in turns with other threads.
 * @param {URL | string} file
 */
async function compileFile(file) {
  // The names are no literals, so that a bundle for browsers stays free of the module; older Nodes can but import it.
  const { process } = /** @type {any} */ (globalThis);
  const name = ['node', 'fs'].join(':');
  const { readFileSync } =
    process?.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
  return new WebAssembly.Module(readFileSync(file));
}

/** @param {Response} response */
async function compileResponse(response) {
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${response.url || 'latchkey.wasm'}`);
  // Streaming demands the right media type; a server that sends another costs speed and nothing else.
  const canStream = response.headers.get('content-type')?.startsWith('application/wasm');
  return canStream ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
