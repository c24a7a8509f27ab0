// SPDX-License-Identifier: Apache-2.0
/** The rules: what `loadCore` gives. */
import type { Access, Capabilities, ErrorCode, SsoLogin, User } from './index.js';
import type { PlatformKey, PlatformModule, PlatformResponse, PlatformUrl } from './platform.js';

/** Where the WebAssembly comes from: its bytes, its address, an answer of `fetch`, or the compiled module. */
export type WasmSource = WasmPlace | PromiseLike<WasmPlace>;

/** What a {@link WasmSource} is in the end. */
export type WasmPlace = ArrayBuffer | ArrayBufferView | PlatformUrl | string | PlatformResponse | PlatformModule;

/** Bytes that every function for bytes takes, WebCrypto's included: they lie in memory that is shared with nobody. */
export type Bytes = Uint8Array & { readonly buffer: ArrayBuffer };

export interface LoadCoreOptions {
  /**
   * Only needed for a module from another place: bundlers are no reason. A path is one of the page or of the worker; in Node,
   * where there is neither, one of the file system. What is given is not replaced by another copy when it can't be had.
   */
  readonly wasm?: WasmSource;
}

/**
 * Loads the core; there is nothing else to set up. All calls share one core, and the first one's `wasm` counts.
 * After a failure (`ERR_LATCHKEY_CORE_LOAD`) the next call tries again. A core that has failed while it ran answers no
 * from then on, and the next call gives a fresh one.
 */
export function loadCore(options?: LoadCoreOptions): Promise<Core>;

/**
 * The rules. A function's answer depends on its arguments alone, with one exception: a cookie jar remembers, and its time
 * is the present unless it is given one. Objects that are returned are frozen.
 *
 * A string argument is at most 1 MiB and well formed (no lone surrogates), otherwise `ERR_LATCHKEY_ARGUMENT_INVALID` is
 * thrown, unless the function has a "no" of its own to answer with.
 */
export interface Core {
  /**
   * Whether this core has failed while it ran. From then on it answers no where it can and throws
   * `ERR_LATCHKEY_CORE_TRAP` elsewhere, and `loadCore` gives a fresh one. That is not meant to happen; a program that keeps
   * a core for long may want to ask.
   */
  readonly failed: boolean;

  /**
   * Compiles grants, once, to be asked many times; 4 MiB of JSON at most, which is room for 100,000. An invalid grant fails
   * the whole set with `ERR_LATCHKEY_GRANT_INVALID` and the grant in `field`.
   */
  permissions(grants: readonly (string | RoleGrant)[], options?: PermissionSetOptions): PermissionSet;

  /** The grants of these roles, inherited ones included, without repetition. Unknown roles have none. */
  rolePermissions(roleIds: readonly string[], options?: RolePermissionsOptions): readonly string[];

  /**
   * The permission that a route needs when it declares none, from its method (any case) and its path below the prefix.
   *
   * The first segment is the namespace as it stands, known or not: `GET /nonsense` needs `nonsense:read`, which none but a
   * grant with `*` for its namespace covers, unless somebody was granted it. `/stored/<family>` is `stored-<family>`,
   * `/.well-known` is `a2a`. GET and HEAD read, PUT and PATCH write, DELETE deletes, POST executes, publishes or writes, and
   * any other method reads. Null for the method `ALL` or an empty one, for a path without a segment, and for a first segment
   * that is no namespace (`:id`, `a b`): such a route has to declare what it needs.
   */
  routePermission(method: string, path: string): string | null;

  /**
   * Reads a license text. No text (`undefined`) is an answer too: invalid, with `ERR_LATCHKEY_LICENSE_REQUIRED`. Of the
   * documented license nothing but its length can be checked: any 32 characters or more are one. A signed license (`lk1.…`)
   * is valid only where the vendor's public key is given.
   */
  license(text: string | null | undefined, options: LicenseOptions): License;
  /**
   * The same with a vendor's Ed25519 key: then only signed licenses count. It resolves later, because the platform's
   * cryptography (WebCrypto) does; where that knows no Ed25519 it rejects with `ERR_LATCHKEY_CRYPTO_FAILED`. Misuse is a
   * rejection here, too: a key that is none is refused whatever the text.
   */
  license(text: string | null | undefined, options: SignedLicenseOptions): Promise<License>;

  /** The documented answer of `GET /auth/capabilities`, from the facts about provider, license and person. */
  capabilities(facts: CapabilityFacts): Capabilities;

  /** The pairs of a Cookie header in order; null is an empty one. Refused above 16 KiB or 100 pairs. */
  parseCookies(header: string | null | undefined): readonly (readonly [name: string, value: string])[];

  /** The value of the first cookie of this name, or null. */
  cookie(header: string | null | undefined, name: string): string | null;

  /** A Set-Cookie line. What a browser would not keep is refused (`ERR_LATCHKEY_COOKIE_INVALID`, `…_TOO_LARGE`). */
  setCookie(name: string, value: string, attributes?: CookieAttributes): string;

  /**
   * An empty jar that keeps cookies as a browser does (RFC 6265 §5), for programs that are none: 50 cookies of a domain and
   * 3,000 in all, beyond which the oldest go. Ports are ignored: what `localhost:3000` set is sent to `localhost:4111`. There
   * is no list of public suffixes: a cookie for `com` is refused, one that a site below `co.uk` sets for `co.uk` is kept.
   */
  cookieJar(): CookieJar;

  /** Takes a sealed session cookie apart, without opening it; null for anything malformed. */
  parseSessionToken(text: string | null | undefined): SessionToken | null;

  /** The path itself when it stays on this origin; `/` for anything else. */
  safeReturnPath(text: string | null | undefined): string;

  /**
   * Whether a filter lets an event through, as the server's own stores decide. `ERR_LATCHKEY_AUDIT_FILTER_INVALID` names
   * a member whose value no event could have.
   *
   * This and the other audit functions read what `JSON.stringify` makes of an event: a Date is its text, a member that is
   * undefined isn't there, and NaN is null.
   */
  auditMatches(event: AuditEvent, filter: AuditFilter): boolean;

  /** CSV after RFC 4180, guarded against formulas; without events the header line. Up to 4 MiB of events at once. */
  auditCsv(events: readonly AuditEvent[]): string;

  /** One line for people: `[audit] <time> ✓ user:ada@example.com agents:create on agent:a1 (12ms)`. */
  auditLine(event: AuditEvent): string;

  /**
   * The bytes whose SHA-256 is the event's leaf in the audit log's hash chain and Merkle tree: 0, then the event as
   * canonical JSON (RFC 8785).
   */
  auditLeaf(event: AuditEvent): Bytes;
}

/** A grant and the role that gives it. */
export interface RoleGrant {
  readonly grant: string;
  readonly role: string;
}

export interface PermissionSetOptions {
  /**
   * A grant on a name stands for grants on these namespaces: `{stored: ['stored-agents', …]}`. Names and namespaces are
   * words, never `*`; others are `ERR_LATCHKEY_ARGUMENT_INVALID`.
   */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

/** Compiled grants. Nothing here throws: what isn't a valid permission is not covered. */
export interface PermissionSet {
  /** Whether one of the grants covers this permission. */
  covers(required: string): boolean;
  /** Whether all are covered; true for an empty list. */
  all(required: readonly string[]): boolean;
  /** Whether one at least is covered; false for an empty list. */
  any(required: readonly string[]): boolean;
  /** The same answer with its reason; after `dispose` that is `ERR_LATCHKEY_DISPOSED`. */
  explain(required: string): Explanation;
  /** Gives the memory back. From then on nothing is covered. A set that is merely forgotten is released later. */
  dispose(): void;
}

/** Why a permission is covered or not. */
export interface Explanation {
  readonly allowed: boolean;
  /** The grant that allows it; otherwise the nearest miss, if there is one. */
  readonly grant?: string;
  /** The role of that grant, when known. */
  readonly role?: string;
  /** Why not; absent when allowed. */
  readonly code?: ErrorCode;
}

/** A role as an operator defines it. */
export interface RoleDefinition {
  readonly id: string;
  readonly name?: string;
  readonly permissions: readonly string[];
  /** Roles whose grants it has as well. */
  readonly inherits?: readonly string[];
}

export interface RolePermissionsOptions {
  /** Definitions, or the name of a preset; `latchkey` when left out. */
  readonly definitions?: readonly RoleDefinition[] | 'latchkey' | 'mastra';
  /** The grants of an identity provider's roles; `_default` covers those not named. */
  readonly mapping?: Readonly<Record<string, readonly string[]>>;
}

export interface LicenseOptions {
  /** The time, as of `Date.now()`. */
  readonly nowMs: number;
}

export interface SignedLicenseOptions extends LicenseOptions {
  /** The vendor's Ed25519 key: its 32 bytes, or what WebCrypto imported to verify with. */
  readonly publicKey: Uint8Array | PlatformKey;
}

/** What a license may enable. */
export type LicenseFeature = 'user' | 'session' | 'sso' | 'rbac' | 'acl' | 'audit';

export interface License {
  readonly valid: boolean;
  readonly tier?: string;
  /** Whom it was made out to. */
  readonly customer?: string;
  readonly features: readonly LicenseFeature[];
  /** When it is over, in ISO 8601. */
  readonly expiresAt?: string;
  readonly reason?: ErrorCode;
}

export interface CookieAttributes {
  /** Seconds; 0 deletes the cookie. Left out: until the browser closes. */
  readonly maxAge?: number;
  /** `/` when left out. */
  readonly path?: string;
  readonly domain?: string;
  /** True when left out. */
  readonly httpOnly?: boolean;
  /** True when left out. */
  readonly secure?: boolean;
  /** `lax` when left out. */
  readonly sameSite?: 'lax' | 'strict' | 'none';
}

/** The parts of a sealed session cookie (AES-256-GCM). */
export interface SessionToken {
  readonly version: number;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  readonly salt: Bytes;
  readonly iv: Bytes;
  readonly ciphertext: Bytes;
  readonly tag: Bytes;
}

/** Cookies of one program. Times default to the present; `nowMs` is milliseconds since 1970. */
export interface CookieJar {
  /**
   * Stores what a response from `url` set; false when the line is refused (not readable, for another domain, Secure over
   * plain http, a broken `__Host-` promise). One Set-Cookie line: `headers.getSetCookie()` gives them one by one.
   */
  store(setCookieLine: string, url: string | PlatformUrl, nowMs?: number): boolean;
  /** The Cookie header for a request to `url`; empty when there is nothing to send. */
  header(url: string | PlatformUrl, nowMs?: number): string;
  /** Gives the memory back. From then on it is empty and stores nothing. One that is merely forgotten is released later. */
  dispose(): void;
}

/** Who acted. */
export interface AuditActor {
  readonly type: 'user' | 'system' | 'apikey';
  readonly id: string;
  readonly email?: string;
  readonly ip?: string;
  readonly userAgent?: string;
}

/** What happened, as `GET /audit` tells it. A member beyond these is refused, because no hash would cover it. */
export interface AuditEvent {
  readonly id?: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly timestamp: string;
  readonly seq?: number;
  readonly actor: AuditActor;
  readonly action: string;
  readonly resource?: { readonly type: string; readonly id: string; readonly name?: string };
  readonly outcome: 'success' | 'failure' | 'denied';
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Milliseconds. */
  readonly duration?: number;
  readonly requestId?: string;
  readonly sessionHash?: string;
}

/** Which events are meant. Everything that is set must fit; an empty text doesn't filter. */
export interface AuditFilter {
  readonly actorId?: string;
  readonly actorType?: AuditActor['type'] | '';
  /** An action, or what it begins with and a `*`: `agents:*`, `auth.*`. */
  readonly action?: string;
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly outcome?: AuditEvent['outcome'] | '';
  /** The first and the last instant; a date alone means all of that day in UTC. */
  readonly startDate?: string;
  readonly endDate?: string;
}

/** What decides the capabilities: see `core.capabilities`. */
export interface CapabilityFacts {
  /** Null when no provider is configured. */
  readonly provider: null | {
    readonly user?: boolean;
    readonly session?: boolean;
    readonly sso?: SsoLogin;
    readonly credentials?: { readonly signUpEnabled: boolean };
    readonly rbac?: boolean;
    readonly acl?: boolean;
    readonly audit?: boolean;
  };
  /** As `core.license` gives it; over from `expiresAt` on, by `nowMs`. */
  readonly license: { readonly valid: boolean; readonly features?: readonly LicenseFeature[]; readonly expiresAt?: string };
  /** Development mode or Mastra Cloud: everything is on without a license. */
  readonly exempt?: boolean;
  readonly user?: User;
  readonly access?: Access;
  readonly roles?: readonly RoleDefinition[];
  readonly nowMs?: number;
}
