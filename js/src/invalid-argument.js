// SPDX-License-Identifier: Apache-2.0
import { LatchkeyError } from './error.js';

/** @param {string} message @param {string} [field] */
export const invalidArgument = (message, field) => new LatchkeyError('ERR_LATCHKEY_ARGUMENT_INVALID', message, { field });
