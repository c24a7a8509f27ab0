// SPDX-License-Identifier: Apache-2.0
export { createAuthClient } from './client.js';
export { ERROR_CODES, LatchkeyError, definePermissions, loadCore } from './core.js';
