// SPDX-License-Identifier: Apache-2.0
/** Programs that must not compile: an expectation that is not met is an error of its own. */
import { LatchkeyError, createAuthClient, definePermissions, loadCore } from 'latchkey';

const vocabulary = definePermissions({ agents: ['read', 'write'] });
const client = createAuthClient({ permissions: vocabulary });

// @ts-expect-error a misspelt permission
client.permissions.has('agents:raed');
// @ts-expect-error a namespace that is not in the vocabulary
client.permissions.hasAny(['workflows:read']);
// @ts-expect-error not a string
createAuthClient().permissions.has(7);
// @ts-expect-error an action that the namespace doesn't have
void vocabulary.names.agents.delete;
// @ts-expect-error the list is immutable
vocabulary.list.push('agents:read');
// @ts-expect-error an option that doesn't exist
createAuthClient({ baseUrl: '/' });
// @ts-expect-error a password is needed
void client.signIn.email({ email: 'a' });
// @ts-expect-error an event that doesn't exist
client.on('login', () => {});
// @ts-expect-error snapshots are immutable
client.useCurrentUser().get().data = null;
// @ts-expect-error data may be undefined
void client.useAuthCapabilities().get().data.enabled;
// @ts-expect-error no source at all
void loadCore({ wasm: null });
// @ts-expect-error a code that is not on the list
void new LatchkeyError('ERR_OTHER', 'no');

export async function rules() {
  const core = await loadCore();
  // @ts-expect-error a list of grants
  core.permissions('agents:read');
  // @ts-expect-error the time is a parameter
  core.license('text');
  // @ts-expect-error not a policy
  core.setCookie('a', 'b', { sameSite: 'Lax' });
  // @ts-expect-error what the core returns is frozen
  core.rolePermissions(['viewer']).push('agents:read');
  // @ts-expect-error a key is no text
  void core.license('text', { nowMs: 0, publicKey: '00' });
  // @ts-expect-error compiled permissions are asked, not read
  void core.permissions([]).grants;
}

export function read(error: LatchkeyError) {
  // @ts-expect-error codes are compared with codes that exist
  return error.code === 'ERR_LATCHKEY_WRONG_PASSWORD';
}
