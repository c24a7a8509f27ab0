// SPDX-License-Identifier: Apache-2.0
/** What Emscripten's JavaScript makes of the WebAssembly module (see bindings/README.md). Internal: never exported. */
declare module 'latchkey-core' {
  // made from calls.def: types
  export type TaggedCall =
    | 'compilePermissions'
    | 'explain'
    | 'rolePermissions'
    | 'routePermission'
    | 'license'
    | 'licenseSignature'
    | 'capabilities'
    | 'setCookie'
    | 'jarCreate'
    | 'jarStore'
    | 'jarHeader'
    | 'jarRelease'
    | 'auditMatches'
    | 'auditCsv'
    | 'auditLine'
    | 'auditLeaf';

  export type TextCall =
    | 'parseCookies'
    | 'parseSessionToken'
    | 'safeReturnPath';

  export type NumberCall =
    | 'compileGrants';

  export interface PlainExports {
    _latchkey_scratch(): number;
    _latchkey_covers(id: number, length: number): number;
    _latchkey_header_room(): number;
    _latchkey_find_cookie(headerLength: number, nameLength: number): number;
    _latchkey_release(id: number): number;
    _latchkey_live(): number;
  }
  // end of what is made

  export type WasmModule = Record<TaggedCall | TextCall, (argument: string) => string> &
    Record<NumberCall, (argument: string) => number> &
    PlainExports;

  /** Resolves when the module is ready; `receive` may be called at once, before `instantiateWasm` returns. */
  export default function createModule(settings: {
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void): object;
  }): Promise<WasmModule>;
}
