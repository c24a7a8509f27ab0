// SPDX-License-Identifier: Apache-2.0
/** What needs no client: the entry `latchkey/core`. The client takes from here what has an identity or a state. */
export { definePermissions } from './define-permissions.js';
export { LatchkeyError } from './error.js';
export { ERROR_CODES } from './error_codes.js';
export { loadCore } from './load-core.js';
