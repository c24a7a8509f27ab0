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
import type { LatchkeyError, Requirable } from './core.js';
import type { PlatformFetch, PlatformUrl } from './platform.js';
import type { Explanation, WasmSource } from './rules.js';

export * from './core.js';

// ---------------------------------------------------------------------------------------------------- What servers say

/** A person. */
export interface User {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  readonly avatarUrl?: string;
  /** What the server's host keeps beside; absent when there is nothing. */
  readonly metadata?: Readonly<Record<string, unknown>>;
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
  /** What `get` gave before anything was known: what a server renders, and what a page hydrates with. */
  initial(): T;
  /** Calls back at once with the value, and then at each change. Returns what ends it. */
  subscribe(listener: (value: T) => void): () => void;
}

/** The state of a question to the server, with the names of TanStack Query. */
export interface QuerySnapshot<T> {
  /**
   * The last answer, kept when asking again fails (`error` then says why, such as a server that is not reached or that
   * can't judge the session); undefined until there is one, and after a 401.
   */
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
  /** The one-time code that a server shows its operator while nobody is owner: the account becomes owner. */
  readonly setupCode?: string;
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
  /** True for an empty list and a signed-in person. */
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
  /**
   * The server's origin (an absolute URL), when it isn't the page's. It has to be of the same site as the page, because the
   * session cookie is `SameSite=Lax`; see `ERR_LATCHKEY_SESSION_NOT_KEPT`. Without it a client can be made anywhere, but outside a
   * page each request is refused with `ERR_LATCHKEY_ARGUMENT_INVALID`, unless `fetch` is one's own.
   */
  readonly baseURL?: string | PlatformUrl;
  /** `/api` when left out. */
  readonly apiPrefix?: string;
  /** The global `fetch` when left out. */
  readonly fetch?: PlatformFetch;
  /** See {@link LoadCoreOptions.wasm}. */
  readonly wasm?: WasmSource;
  /** Namespace aliases for grants: see {@link PermissionSetOptions.aliases}. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  /** The application's vocabulary: narrows what may be asked to what exists. For types alone. */
  readonly permissions?: { readonly list: readonly P[] };
  /** Goes to an address; `location.assign` when left out. Outside a page single sign-on is refused without one. */
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
    /**
     * Resolves when the stores show the person; rejects with `ERR_LATCHKEY_SESSION_NOT_KEPT` when the server then knows no
     * session of theirs. A server that can't be asked by then leaves its error in the stores. The same action as
     * `useCredentialsLogin`.
     */
    email(credentials: Credentials): Promise<SignedIn>;
    /** Goes to the identity provider; back to `returnTo` afterwards, or to the present page. */
    sso(options?: { readonly returnTo?: string }): Promise<void>;
  };
  readonly signUp: {
    /** Resolves and rejects as `signIn.email` does. The same action as `useCredentialsSignup`. */
    email(account: NewAccount): Promise<SignedIn>;
  };
  /**
   * Clears the stores at once, ends the session at the server and in all tabs, and follows where the server leads. When it
   * fails the stores show the person again; with `ERR_LATCHKEY_SESSION_NOT_ENDED` when the server still does afterwards.
   */
  signOut(): Promise<void>;
  /**
   * Extends the session. Rejects when it is over, or did not come back (`ERR_LATCHKEY_SESSION_NOT_KEPT`), and then nobody is
   * signed in any more.
   */
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

/** Makes a client. Synchronous: what it needs is loaded in the background. An option that there is not is refused. */
export function createAuthClient<const P extends string = string>(options?: AuthClientOptions<P>): AuthClient<P>;
