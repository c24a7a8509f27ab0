// SPDX-License-Identifier: Apache-2.0
/** What the WebAssembly module exports and imports (see bindings/README.md). Internal: never exported. */

/** Takes the argument's text and leaves the answer's: how many bytes that one has. */
type ColdFunction = () => number;

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

export type CoreExports = Record<ColdCall, ColdFunction> & {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  argument(size: number): number;
  answer(): number;
  scratch(): number;
  compileGrants(): number;
  covers(id: number, length: number): number;
  release(id: number): void;
  live(): number;
};

export interface CoreImports extends WebAssembly.Imports {
  env: {
    /** The value of the JSON number at an address, which a zero byte ends. */
    latchkey_number(address: number): number;
  };
}
