// SPDX-License-Identifier: Apache-2.0
/** Programs that must compile. Checked, never run. */
import {
  ERROR_CODES, LatchkeyError, createAuthClient, definePermissions, loadCore,
  type AuditEvent, type AuthClient, type Bytes, type Capabilities, type Core, type CurrentUser, type ErrorCode, type License,
  type PatternOf, type PermissionOf, type Store, type WasmSource,
} from 'latchkey';
import { AuthProvider, AuthRequired, Can, useCredentialsLogin, useCurrentUser, usePermissions } from 'latchkey/react';
import { createElement } from 'react';

const client = createAuthClient({ baseURL: 'https://studio.example', apiPrefix: '/api', wasm: new URL('https://cdn.example/latchkey.wasm') });

const stop: () => void = client.useCurrentUser().subscribe(({ data, isPending }) => {
  const name: string | undefined = data?.name;
  const pending: boolean = isPending;
  void [name, pending];
});
stop();

export const capabilities: Store<{ readonly data: Capabilities | undefined }> = client.useAuthCapabilities();

export async function signIn(): Promise<string> {
  try {
    const { user } = await client.signIn.email({ email: 'ada@example.com', password: 'correct horse' });
    return user.id;
  } catch (error) {
    if (error instanceof LatchkeyError && error.code === 'ERR_LATCHKEY_CREDENTIALS_INVALID') return error.message;
    if (error instanceof LatchkeyError && error.code === 'ERR_LATCHKEY_THROTTLED') return `in ${error.retryAfter ?? 0} s`;
    throw error;
  }
}

export const session: Promise<CurrentUser | null> = client.getSession();
client.on('signed-in', (user) => user.email?.toUpperCase());
client.on('signed-out', () => {});
client.on('changed', (user) => user?.id);
client.on('error', ({ code }) => code satisfies ErrorCode);

// Without a vocabulary any string may be asked; with one, what it holds, on any resource.
const any: boolean = client.permissions.has('anything:at-all');
const vocabulary = definePermissions({ agents: ['read', 'write'], audit: ['read'] });
type Permission = PermissionOf<{ agents: ['read', 'write']; audit: ['read'] }>;
const permissions: readonly Permission[] = vocabulary.list;
const write: 'agents:write' = vocabulary.names.agents.write;
const pattern: PatternOf<{ agents: ['read'] }>[] = ['*', '*:*', 'agents:*', '*:read', 'agents:read'];
const typed: AuthClient<Permission> = createAuthClient({ permissions: vocabulary });
const specific: boolean = typed.permissions.has('agents:read') && typed.permissions.hasAll(['audit:read', 'agents:read:a-1']);
export const results = [any, permissions, write, pattern, specific, ERROR_CODES.length];

export async function rules(): Promise<void> {
  const core: Core = await loadCore();
  const set = core.permissions(['agents:read', { grant: 'agents:*', role: 'admin' }], { aliases: { stored: ['stored-agents'] } });
  const allowed: boolean = set.covers('agents:read') && set.all(['a:b']) && set.any(['a:b']);
  const { grant, role, code } = set.explain('agents:read');
  set.dispose();
  const path: string = core.safeReturnPath(new URLSearchParams().get('return'));
  const cookie: string | null = core.cookie(new Headers().get('cookie'), 'mastra_session');
  const line: string = core.setCookie('a', 'b', { maxAge: 3600, sameSite: 'strict' });
  const keyId: string | undefined = core.parseSessionToken(cookie)?.keyId;
  const features: readonly string[] = core.license(undefined, { nowMs: Date.now() }).features;
  const route: string | null = core.routePermission('GET', '/agents');
  const grants: readonly string[] = core.rolePermissions(['viewer'], { definitions: 'mastra', mapping: { Engineering: ['agents:*'] } });
  const { login } = core.capabilities({ provider: { credentials: { signUpEnabled: true } }, license: { valid: true } });
  if (login?.type === 'both') void login.sso.url;
  void [allowed, grant, role, code, path, line, keyId, features, route, grants];
}

export async function bytes(core: Core, event: AuditEvent, key: CryptoKey): Promise<Bytes> {
  const leaf = core.auditLeaf(event);
  const digest: ArrayBuffer = await crypto.subtle.digest('SHA-256', leaf);
  const token = core.parseSessionToken('…');
  if (token) await crypto.subtle.decrypt({ name: 'AES-GCM', iv: token.iv, additionalData: token.salt }, key, token.ciphertext);
  const license: Promise<License> = core.license('lk1.…', { nowMs: 0, publicKey: key });
  const plain: Uint8Array = leaf;
  void [digest, license, plain, token?.tag.buffer.slice(0)];
  return leaf;
}

export const sources: WasmSource[] = [new URL('https://a.example/'), new Response(), fetch('/'), WebAssembly.compile(new ArrayBuffer(8))];

export function Page() {
  const { data: user } = useCurrentUser();
  const { hasPermission } = usePermissions();
  const { mutate, error } = useCredentialsLogin();
  if (!user) mutate({ email: 'a', password: 'b' });
  const children = hasPermission('agents:read') ? (user?.name ?? error?.issues?.[0]?.field) : null;
  const guarded = createElement(AuthRequired, { loading: 'wait', signedOut: 'sign in', unavailable: 'down' }, children);
  return createElement(AuthProvider, { client: typed }, guarded, createElement(Can, { permission: 'agents:write', denied: 'no' }, 'yes'));
}
