// SPDX-License-Identifier: Apache-2.0
/**
 * The six hooks for React, and two components over them. Put one `AuthProvider` above everything that uses them.
 * On a server, and while a page hydrates, each hook gives the state before the first answer (`Store.initial`).
 * @module
 */
import type { FunctionComponent, ReactNode } from 'react';
import type {
  AuthActionsSnapshot,
  AuthClient,
  Capabilities,
  Credentials,
  CurrentUser,
  MutationSnapshot,
  NewAccount,
  PermissionsSnapshot,
  QuerySnapshot,
  SignedIn,
} from './index.js';

export interface AuthProviderProps {
  /** Made once, outside of components. */
  readonly client: AuthClient<any>;
  readonly children?: ReactNode;
}

/** Gives the client to the components below. */
export const AuthProvider: FunctionComponent<AuthProviderProps>;

/** What the server offers, and who is signed in with which access. */
export function useAuthCapabilities(): QuerySnapshot<Capabilities>;
/** Who is signed in; `data` is null when nobody is. */
export function useCurrentUser(): QuerySnapshot<CurrentUser | null>;
/** Signing in and out. */
export function useAuthActions(): AuthActionsSnapshot;
/** What the person may do. */
export function usePermissions(): PermissionsSnapshot;
/** Signing in with e-mail and password. */
export function useCredentialsLogin(): MutationSnapshot<Credentials, SignedIn>;
/** Creating an account with e-mail and password. */
export function useCredentialsSignup(): MutationSnapshot<NewAccount, SignedIn>;

export interface AuthRequiredProps {
  /** Shown to a signed-in person, or when the server knows no authentication. */
  readonly children?: ReactNode;
  /** Shown until the server has answered. */
  readonly loading?: ReactNode;
  /** Shown to a stranger. */
  readonly signedOut?: ReactNode;
  /** Shown when the server can't be reached. */
  readonly unavailable?: ReactNode;
}

/** Shows its children to those who are signed in, and never anything protected before that is known. */
export const AuthRequired: FunctionComponent<AuthRequiredProps>;

export interface CanProps {
  readonly permission?: string;
  /** All of these; an empty list asks for nothing, as if the attribute were not there. */
  readonly all?: readonly string[];
  /** One of these at least; an empty list is never granted. */
  readonly any?: readonly string[];
  readonly role?: string;
  readonly children?: ReactNode;
  /** Shown instead when the answer is no. */
  readonly denied?: ReactNode;
}

/** Shows its children when the core says so: to everything that is given, and never when nothing is. */
export const Can: FunctionComponent<CanProps>;
