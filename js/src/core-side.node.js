// SPDX-License-Identifier: Apache-2.0
/** As core-side.js, in one file with the rest: another would take longer to load than to read. */
import * as side from './create-core.js';

export const coreSide = () => side;
