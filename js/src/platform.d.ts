// SPDX-License-Identifier: Apache-2.0
/**
 * What the package takes from the platform, for programs with the declarations of a browser (`lib: dom`), of Node
 * (`@types/node`) or of neither: a global that isn't declared stands for no value, and no declaration of ours fails.
 */

/** `URL`, where it is declared. */
export type PlatformUrl = typeof globalThis extends { URL: { prototype: infer U } } ? U : never;

/** `Response`, where it is declared. */
export type PlatformResponse = typeof globalThis extends { Response: { prototype: infer R } } ? R : never;

/** `WebAssembly.Module`, where it is declared. */
export type PlatformModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : never;

/** `typeof fetch`, where it is declared. */
export type PlatformFetch = typeof globalThis extends { fetch: infer F } ? F : (input: any, init?: any) => Promise<any>;

/** A `CryptoKey`, by what is asked of it: a page and Node declare it under different names. */
export interface PlatformKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}
