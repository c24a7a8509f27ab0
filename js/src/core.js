// SPDX-License-Identifier: Apache-2.0
/** What needs no client: the entry `latchkey/core`. The rest of the package takes it as a module, never by its parts. */
export { definePermissions } from './define-permissions.js';
export { LatchkeyError } from './error.js';
export { ERROR_CODES } from './error_codes.js';
export { loadCore } from './load-core.js';
