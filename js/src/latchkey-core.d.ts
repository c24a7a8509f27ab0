// SPDX-License-Identifier: Apache-2.0
/** The WebAssembly build as its glue presents it (see bindings/README.md). Internal: never exported. */
declare module 'latchkey-core' {
  export type ColdCall =
    | 'compilePermissions'
    | 'explain'
    | 'rolePermissions'
    | 'routePermission'
    | 'license'
    | 'capabilities'
    | 'parseCookies'
    | 'cookie'
    | 'setCookie'
    | 'parseSessionToken'
    | 'safeReturnPath'
    | 'licenseSignature'
    | 'jarCreate'
    | 'jarStore'
    | 'jarHeader'
    | 'jarRelease'
    | 'auditMatches'
    | 'auditCsv'
    | 'auditLine'
    | 'auditLeaf';

  /** Text in, `{"ok":true,"value":…}` or `{"ok":false,"error":…}` out. */
  export type WasmModule = Record<ColdCall, (argument: string) => string> & {
    _latchkey_scratch(): number;
    _latchkey_covers(id: number, length: number): number;
    _latchkey_release(id: number): void;
    _latchkey_live(): number;
  };

  export default function createModule(settings: {
    instantiateWasm(
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object;
  }): Promise<WasmModule>;
}
