// SPDX-License-Identifier: Apache-2.0
import { createAuthClient } from 'latchkey';
import { App } from './app.js';
import { startSearchKey } from './parts/search.js';
import { startTheme } from './parts/theme.js';
import { createSession } from './session.js';

// Loads in the background; the module lies beside this bundle as latchkey.wasm.
const client = createAuthClient();

startTheme();
startSearchKey();
new App({ client, session: createSession(client), root: document.getElementById('app') }).start();
