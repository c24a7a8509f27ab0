// SPDX-License-Identifier: Apache-2.0
/** A program that must compile with the language's own declarations alone: neither a page's nor Node's. */
import { LatchkeyError, createAuthClient, loadCore, type AuditEvent, type Bytes, type PermissionSet } from 'latchkey';

export async function rules(wasm: Uint8Array, event: AuditEvent): Promise<PermissionSet> {
  const core = await loadCore({ wasm: Promise.resolve(wasm) });
  const leaf: Bytes = core.auditLeaf(event);
  const { valid } = await core.license('lk1.', { nowMs: 0, publicKey: leaf.subarray(0, 32) });
  const jar = core.cookieJar();
  jar.store('a=1', 'https://studio.example/');
  return core.permissions(valid ? core.rolePermissions(['viewer']) : []);
}

export const client = createAuthClient({ baseURL: 'https://studio.example', fetch: async () => ({}) as never });
client.on('error', (error) => error instanceof LatchkeyError && error.code);
