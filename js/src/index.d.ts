// SPDX-License-Identifier: Apache-2.0
/**
 * Studio authentication and authorization for browsers and Node.
 *
 * - `createAuthClient` signs people in and out and tells who they are and what they may do, as stores.
 * - `loadCore` gives the rules themselves: the same compiled core that decides in the server.
 *
 * One policy for failure: functions throw and promises reject with {@link LatchkeyError}, also for misuse of an
 * argument (`ERR_LATCHKEY_ARGUMENT_INVALID`). A denial is never an error: questions about permissions answer `false` to
 * whatever they are given.
 * @module
 */
import type { ErrorCode } from './error_codes.js';

export { ERROR_CODES } from './error_codes.js';
export type { ErrorCode } from './error_codes.js';

// ---------------------------------------------------------------------------------------------------------- Errors

/** What may be known about a failure beside its code and its sentence. A field that isn't known is absent. */
export interface LatchkeyErrorDetails {
  /** The HTTP status, when a server answered. */
  readonly status?: number;
  /** The field or setting at fault. */
  readonly field?: string;
  /** What the server says about the fields of a request body. */
  readonly issues?: readonly { readonly field: string; readonly message: string }[];
  /** Seconds after which another attempt makes sense. */
  readonly retryAfter?: number;
  /** Finds the request in the server's log. */
  readonly requestId?: string;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The only error of this package. Messages may change between versions; codes never do. */
export class LatchkeyError extends Error implements LatchkeyErrorDetails {
  constructor(code: ErrorCode, message: string, details?: LatchkeyErrorDetails);
  readonly name: 'LatchkeyError';
  readonly code: ErrorCode;
  readonly status?: number;
  readonly field?: string;
  readonly issues?: readonly { readonly field: string; readonly message: string }[];
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly cause?: unknown;
}

// ------------------------------------------------------------------------------------------------------------ Core

/** Where the WebAssembly comes from: its bytes, its address, an answer of `fetch`, or the compiled module. */
export type WasmSource =
  | ArrayBuffer
  | ArrayBufferView
  | URL
  | string
  | Response
  | WebAssembly.Module
  | PromiseLike<ArrayBuffer | ArrayBufferView | URL | string | Response | WebAssembly.Module>;

export interface LoadCoreOptions {
  /** Only needed where the `.wasm` file doesn't lie beside the module, as with some bundlers. */
  readonly wasm?: WasmSource;
}

/**
 * Loads the core; there is nothing else to set up. All calls share one core, and the first one's `wasm` counts.
 * After a failure (`ERR_LATCHKEY_CORE_LOAD`) the next call tries again. A core that has failed while it ran answers no
 * from then on, and the next call gives a fresh one.
 */
export function loadCore(options?: LoadCoreOptions): Promise<Core>;

/**
 * The rules. Every function is pure: it depends on its arguments alone. Objects that it returns are frozen.
 *
 * A string argument is at most 1 MiB and well formed (no lone surrogates), otherwise `ERR_LATCHKEY_ARGUMENT_INVALID` is
 * thrown, unless the function has a "no" of its own to answer with.
 */
export interface Core {
  /**
   * Compiles grants, once, to be asked many times; 4 MiB of JSON at most, which is room for 100,000. An invalid grant fails
   * the whole set with `ERR_LATCHKEY_GRANT_INVALID` and the grant in `field`.
   */
  permissions(grants: readonly (string | RoleGrant)[], options?: PermissionSetOptions): PermissionSet;

  /** The grants of these roles, inherited ones included, without repetition. Unknown roles have none. */
  rolePermissions(roleIds: readonly string[], options?: RolePermissionsOptions): string[];

  /** The permission that a route needs when it declares none; null when none can be derived. */
  routePermission(method: string, path: string): string | null;

  /** Reads a license text. No text (`undefined`) is an answer too: invalid, with `ERR_LATCHKEY_LICENSE_REQUIRED`. */
  license(text: string | null | undefined, options: LicenseOptions): License;

  /** The documented answer of `GET /auth/capabilities`, from the facts about provider, license and person. */
  capabilities(facts: CapabilityFacts): Capabilities;

  /** The pairs of a Cookie header in order; null is an empty one. Refused above 16 KiB or 100 pairs. */
  parseCookies(header: string | null | undefined): readonly (readonly [name: string, value: string])[];

  /** The value of the first cookie of this name, or null. */
  cookie(header: string | null | undefined, name: string): string | null;

  /** A Set-Cookie line. What a browser would not keep is refused (`ERR_LATCHKEY_COOKIE_INVALID`, `…_TOO_LARGE`). */
  setCookie(name: string, value: string, attributes?: CookieAttributes): string;

  /** Takes a sealed session cookie apart, without opening it; null for anything malformed. */
  parseSessionToken(text: string | null | undefined): SessionToken | null;

  /** The path itself when it stays on this origin; `/` for anything else. */
  safeReturnPath(text: string | null | undefined): string;
}

/** A grant and the role that gives it. */
export interface RoleGrant {
  readonly grant: string;
  readonly role: string;
}

export interface PermissionSetOptions {
  /** A grant on a name stands for grants on these namespaces: `{stored: ['stored-agents', …]}`. */
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
  /** The same answer with its reason. */
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

/** What a license may enable. */
export type LicenseFeature = 'user' | 'session' | 'sso' | 'rbac' | 'acl' | 'audit';

export interface License {
  readonly valid: boolean;
  readonly tier?: string;
  readonly features: readonly LicenseFeature[];
  /** Milliseconds since 1970 at which it is over. */
  readonly expiresAt?: number;
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
  readonly salt: Uint8Array;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
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
  readonly license: { readonly valid: boolean; readonly features?: readonly LicenseFeature[] };
  /** Development mode or Mastra Cloud: everything is on without a license. */
  readonly exempt?: boolean;
  readonly user?: User;
  readonly access?: Access;
  readonly roles?: readonly RoleDefinition[];
  readonly nowMs?: number;
}

// ---------------------------------------------------------------------------------------------------- What servers say

/** A person. */
export interface User {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  readonly avatarUrl?: string;
}

/** A person with their access, where the server knows roles. */
export interface CurrentUser extends User {
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
}

/** What a person may do. */
export interface Access {
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The button for single sign-on. */
export interface SsoLogin {
  readonly provider: string;
  readonly text: string;
  readonly icon?: string;
  readonly description?: string;
  readonly url: string;
}

/** What a sign-in page has to offer. */
export type Login =
  | { readonly type: 'sso'; readonly description?: string; readonly sso: SsoLogin }
  | { readonly type: 'credentials'; readonly signUpEnabled: boolean }
  | { readonly type: 'both'; readonly signUpEnabled: boolean; readonly description?: string; readonly sso: SsoLogin };

/** Which features the server has and is licensed for. */
export interface CapabilityFlags {
  readonly user: boolean;
  readonly session: boolean;
  readonly sso: boolean;
  readonly credentials?: boolean;
  readonly rbac: boolean;
  readonly acl: boolean;
  readonly audit?: boolean;
  readonly fga?: boolean;
}

/** The answer of `GET /auth/capabilities`. What follows `login` is there when somebody is signed in. */
export interface Capabilities {
  /** False when the server knows no authentication. */
  readonly enabled: boolean;
  /** Null when there is no way to sign in. */
  readonly login: Login | null;
  readonly user?: User;
  readonly capabilities?: CapabilityFlags;
  /** Null without RBAC, or when roles could not be found. */
  readonly access?: Access | null;
  /** For callers that hold `*`: the roles they may view the studio as. */
  readonly availableRoles?: readonly { readonly id: string; readonly name: string }[];
}

// ---------------------------------------------------------------------------------------------------------- Stores

/**
 * A value that changes. The snapshot is immutable, and the same object until something changes.
 * `get` looks and does nothing else; `subscribe` makes sure that there is something to see.
 */
export interface Store<T> {
  get(): T;
  /** Calls back at once with the value, and then at each change. Returns what ends it. */
  subscribe(listener: (value: T) => void): () => void;
}

/** The state of a question to the server, with the names of TanStack Query. */
export interface QuerySnapshot<T> {
  /** The last answer, kept when asking again fails; undefined until there is one, and after a 401. */
  readonly data: T | undefined;
  readonly error: LatchkeyError | null;
  readonly status: 'pending' | 'success' | 'error';
  /** Nothing is known yet. */
  readonly isPending: boolean;
  /** A request is on its way. */
  readonly isFetching: boolean;
  readonly isSuccess: boolean;
  readonly isError: boolean;
  /** Asks the server now. Never rejects: resolves to the snapshot that came of it. */
  refetch(): Promise<QuerySnapshot<T>>;
}

/** The state of an action. The latest call owns it. */
export interface MutationSnapshot<V, T> {
  readonly data: T | undefined;
  readonly error: LatchkeyError | null;
  readonly isPending: boolean;
  readonly isSuccess: boolean;
  readonly isError: boolean;
  /** Starts it; how it ends is in the snapshot alone. */
  mutate(variables: V): void;
  /** Starts it; rejects with the error that is in the snapshot too. */
  mutateAsync(variables: V): Promise<T>;
  /** Forgets how it ended. */
  reset(): void;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface NewAccount extends Credentials {
  readonly name?: string;
}

/** Who has signed in. A token that a server sends along is not passed on: the session is the cookie's alone. */
export interface SignedIn {
  readonly user: User;
}

export interface AuthActionsSnapshot {
  /** Single sign-on: asks the server for the provider's address and goes there. */
  login(options?: { readonly returnTo?: string }): Promise<void>;
  /** See {@link AuthClient.signOut}. */
  logout(): Promise<void>;
  signIn(credentials: Credentials): Promise<SignedIn>;
  signUp(account: NewAccount): Promise<SignedIn>;
  /** See {@link AuthClient.refresh}. */
  refresh(): Promise<void>;
  readonly isLoggingIn: boolean;
  readonly isLoggingOut: boolean;
  /** How the last of these actions failed; null when it didn't. */
  readonly error: LatchkeyError | null;
}

/**
 * What the signed-in person may do, according to the core. Every check is false while anything is still loading and for
 * a stranger. Where the server has no RBAC every valid permission and every role is true for a signed-in person.
 */
export interface PermissionsSnapshot<P extends string = string> {
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly isLoading: boolean;
  readonly isAuthenticated: boolean;
  readonly rbacEnabled: boolean;
  /** Why nothing can be answered: the core could not be loaded, or the server sent a grant that makes no sense. */
  readonly error: LatchkeyError | null;
  hasPermission(required: Requirable<P>): boolean;
  hasAllPermissions(required: readonly Requirable<P>[]): boolean;
  hasAnyPermission(required: readonly Requirable<P>[]): boolean;
  hasRole(role: string): boolean;
  /** `<namespace>:write` */
  canEdit(namespace: string): boolean;
  /** `<namespace>:delete` */
  canDelete(namespace: string): boolean;
  /** `<namespace>:execute` */
  canExecute(namespace: string): boolean;
  explain(required: Requirable<P>): Explanation;
}

// ---------------------------------------------------------------------------------------------------------- Client

/** Time, replaceable in tests. */
export interface Clock {
  now(): number;
  setTimeout(action: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** How tabs tell each other that something changed. A hint carries nothing: whoever gets one asks the server. */
export interface TabHints {
  send(): void;
  /** Returns what ends it. */
  listen(refetch: () => void): () => void;
}

export interface AuthClientOptions<P extends string = string> {
  /** The server's origin, when it isn't the page's. */
  readonly baseURL?: string | URL;
  /** `/api` when left out. */
  readonly apiPrefix?: string;
  /** The global `fetch` when left out. */
  readonly fetch?: typeof fetch;
  /** See {@link LoadCoreOptions.wasm}. */
  readonly wasm?: WasmSource;
  /** Namespace aliases for grants: see {@link PermissionSetOptions.aliases}. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  /** The application's vocabulary: narrows what may be asked to what exists. For types alone. */
  readonly permissions?: { readonly list: readonly P[] };
  /** Goes to an address; `location.assign` when left out. */
  readonly navigate?: (url: string) => void;
  readonly clock?: Clock;
  /** Calls back when the person returns to the page or the network returns; returns what ends it. */
  readonly attention?: (wake: () => void) => () => void;
  /** BroadcastChannel when left out, or storage events where there is none. */
  readonly hints?: TabHints;
}

/** What happens to the person, in this tab or another. */
export interface AuthEvents {
  /** Somebody has signed in. Not told for a session that was there from the start. */
  'signed-in': User;
  /** The person has signed out, or the session is over. */
  'signed-out': undefined;
  /** The person or their access is another than before; also once at the start. */
  changed: User | null;
  /** Something failed that nobody was waiting for, such as loading the core. */
  error: LatchkeyError;
}

/**
 * A connection to the server's authentication. It does nothing until it is used, apart from loading the core in a page.
 * The stores are named like the documented hooks; each call gives the same store. An application has one client.
 */
export interface AuthClient<P extends string = string> {
  useAuthCapabilities(): Store<QuerySnapshot<Capabilities>>;
  /** `data` is null when nobody is signed in. */
  useCurrentUser(): Store<QuerySnapshot<CurrentUser | null>>;
  useAuthActions(): Store<AuthActionsSnapshot>;
  usePermissions(): Store<PermissionsSnapshot<P>>;
  useCredentialsLogin(): Store<MutationSnapshot<Credentials, SignedIn>>;
  useCredentialsSignup(): Store<MutationSnapshot<NewAccount, SignedIn>>;

  /** The present answers of `usePermissions`, without a subscription. See `ready`. */
  readonly permissions: {
    has(required: Requirable<P>): boolean;
    hasAll(required: readonly Requirable<P>[]): boolean;
    hasAny(required: readonly Requirable<P>[]): boolean;
    hasRole(role: string): boolean;
    canEdit(namespace: string): boolean;
    canDelete(namespace: string): boolean;
    canExecute(namespace: string): boolean;
    explain(required: Requirable<P>): Explanation;
  };

  readonly signIn: {
    /** Resolves when the stores show the person. The same action as `useCredentialsLogin`. */
    email(credentials: Credentials): Promise<SignedIn>;
    /** Goes to the identity provider; back to `returnTo` afterwards, or to the present page. */
    sso(options?: { readonly returnTo?: string }): Promise<void>;
  };
  readonly signUp: {
    /** Resolves when the stores show the person. The same action as `useCredentialsSignup`. */
    email(account: NewAccount): Promise<SignedIn>;
  };
  /** Clears the stores at once, ends the session at the server and in all tabs, and follows where the server leads. */
  signOut(): Promise<void>;
  /** Extends the session. Rejects when it is over, and then nobody is signed in any more. */
  refresh(): Promise<void>;
  /** Asks the server who is signed in. */
  getSession(): Promise<CurrentUser | null>;
  /** Resolves when `permissions` answers for the person who is signed in. */
  ready(): Promise<void>;
  /** Returns what ends it. */
  on<E extends keyof AuthEvents>(event: E, listener: (detail: AuthEvents[E]) => void): () => void;
  /** Ends everything: requests, listeners, the compiled permissions. Every check is false afterwards. */
  dispose(): void;
}

/** Makes a client. Synchronous: what it needs is loaded in the background. */
export function createAuthClient<const P extends string = string>(options?: AuthClientOptions<P>): AuthClient<P>;

// ------------------------------------------------------------------------------------------------------- Vocabulary

/** What may be asked for: a permission, on one resource or on any. */
export type Requirable<P extends string> = string extends P ? string : P | `${P}:${string}`;

/** A vocabulary: namespaces and their actions. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

/** Every permission of a vocabulary. */
export type PermissionOf<V extends Vocabulary> = { [N in keyof V & string]: `${N}:${V[N][number]}` }[keyof V & string];

/** Every pattern that may be granted in a vocabulary, resources left out. */
export type PatternOf<V extends Vocabulary> =
  | '*'
  | '*:*'
  | PermissionOf<V>
  | `${keyof V & string}:*`
  | `*:${V[keyof V & string][number]}`;

export interface PermissionVocabulary<V extends Vocabulary> {
  /** All permissions, in order. */
  readonly list: readonly PermissionOf<V>[];
  /** Each by its parts: `names.agents.read` is `'agents:read'`. */
  readonly names: { readonly [N in keyof V & string]: { readonly [A in V[N][number]]: `${N}:${A}` } };
}

/** Declares the permissions of an application once, so that a misspelt one does not compile. */
export function definePermissions<const V extends Vocabulary>(vocabulary: V): PermissionVocabulary<V>;
