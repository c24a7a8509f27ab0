// SPDX-License-Identifier: Apache-2.0
/** A program that must compile with Node's declarations, and without a page's. */
import { createHash, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createAuthClient, type AuditEvent } from 'latchkey';
import { LatchkeyError, definePermissions, loadCore, type PermissionSet } from 'latchkey/core';

export async function rules(event: AuditEvent, key: webcrypto.CryptoKey): Promise<string> {
  const core = await loadCore({ wasm: readFile(new URL('latchkey.wasm', import.meta.url)) });
  await loadCore({ wasm: new URL('latchkey.wasm', import.meta.url) });
  await loadCore({ wasm: fetch('https://studio.example/latchkey.wasm') });
  const { valid } = await core.license(process.env.LICENSE, { nowMs: Date.now(), publicKey: key });
  const digest = await webcrypto.subtle.digest('SHA-256', core.auditLeaf(event));
  core.cookieJar().store('a=1', new URL('https://studio.example/'));
  return valid ? createHash('sha256').update(core.auditLeaf(event)).digest('hex') : String(digest.byteLength);
}

export const client = createAuthClient({
  baseURL: new URL('https://studio.example'),
  fetch: (input, init) => fetch(input, { ...init, redirect: 'error' }),
});

export const { names } = definePermissions({ agents: ['read'] });
export const refusal = (set: PermissionSet, error: unknown) =>
  !set.covers(names.agents.read) && error instanceof LatchkeyError && error.code;
