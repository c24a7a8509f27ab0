// SPDX-License-Identifier: Apache-2.0
/**
 * The rules without the client, `latchkey/core`: for servers and tools, where nobody signs in. All of it is exported by
 * `latchkey` as well; in Node this entry is the smaller one to load, and both share one core.
 * @module
 */
import type { ErrorCode } from './error_codes.js';

export { ERROR_CODES } from './error_codes.js';
export type { ErrorCode } from './error_codes.js';
export type { Access, Capabilities, SsoLogin, User } from './index.js';
export * from './rules.js';

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
export class LatchkeyError extends Error {
  constructor(code: ErrorCode, message: string, details?: LatchkeyErrorDetails);
  readonly name: 'LatchkeyError';
  readonly code: ErrorCode;
  readonly cause?: unknown;
}
export interface LatchkeyError extends Omit<LatchkeyErrorDetails, 'cause'> {}

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
