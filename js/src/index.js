// SPDX-License-Identifier: Apache-2.0
export { createAuthClient } from './client.js';
export { definePermissions } from './define-permissions.js';
export { LatchkeyError } from './error.js';
export { ERROR_CODES } from './error_codes.js';
export { loadCore } from './load-core.js';
