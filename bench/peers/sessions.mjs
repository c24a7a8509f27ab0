// SPDX-License-Identifier: Apache-2.0
// Sealing and opening a session of about 200 bytes with others' libraries; ours is native and measured in
// session_bench.cpp. Each gets its key in the form that costs it least. Prints JSON.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { printJson, takeTurns } from '../harness.mjs';

const secret = 'Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy';
const createdAt = Date.now();

/** As long as the one in session_bench.cpp. */
const session = {
  id: 'i'.repeat(27),
  userId: 'u'.repeat(32),
  createdAt,
  expiresAt: createdAt + 86_400_000,
  metadata: { device: 'a browser on a desk' },
};

const derive = (salt) => Buffer.from(hkdfSync('sha256', secret, salt, 'session', 32));
const oneKey = derive('');

/** Salt (none with one key for all), IV, tag, ciphertext. */
function sealWith(keyOf, saltBytes) {
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(salt), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()]);
  return Buffer.concat([salt, iv, cipher.getAuthTag(), text]).toString('base64url');
}

function openWith(keyOf, saltBytes, token) {
  const bytes = Buffer.from(token, 'base64url');
  const [salt, rest] = [bytes.subarray(0, saltBytes), bytes.subarray(saltBytes)];
  const decipher = createDecipheriv('aes-256-gcm', keyOf(salt), rest.subarray(0, 12));
  decipher.setAuthTag(rest.subarray(12, 28));
  return JSON.parse(decipher.update(rest.subarray(28), undefined, 'utf8') + decipher.final('utf8'));
}

const isOpen = (opened) => opened.userId === session.userId && opened.expiresAt > createdAt;

const nodeCrypto = (name, keyOf, saltBytes) => [
  { name: `seal/${name}`, expect: 2, make: () => (calls) => {
    let done = 0;
    for (let i = 0; i < calls; i++) if (sealWith(keyOf, saltBytes).length > 200) done++;
    return done;
  } },
  { name: `open/${name}`, expect: 2, make: () => {
    const token = sealWith(keyOf, saltBytes);
    return (calls) => {
      let done = 0;
      for (let i = 0; i < calls; i++) if (isOpen(openWith(keyOf, saltBytes, token))) done++;
      return done;
    };
  } },
];

/** Both directions of an asynchronous library. */
const pair = (name, load) => [
  { name: `seal/${name}`, expect: 2, make: async () => {
    const { seal } = await load();
    return async (calls) => {
      let done = 0;
      for (let i = 0; i < calls; i++) if ((await seal()).length > 200) done++;
      return done;
    };
  } },
  { name: `open/${name}`, expect: 2, make: async () => {
    const { seal, open } = await load();
    const token = await seal();
    return async (calls) => {
      let done = 0;
      for (let i = 0; i < calls; i++) if (isOpen(await open(token))) done++;
      return done;
    };
  } },
];

async function jose() {
  const { EncryptJWT, jwtDecrypt } = await import('jose');
  // A key object is imported once; bytes would be imported by every call.
  const key = await crypto.subtle.importKey('raw', oneKey, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const header = { alg: 'dir', enc: 'A256GCM' };
  return {
    seal: () => new EncryptJWT(session).setProtectedHeader(header).setIssuedAt().setExpirationTime('1d').encrypt(key),
    open: async (token) => (await jwtDecrypt(token, key)).payload,
  };
}

async function ironSession() {
  const { sealData, unsealData } = await import('iron-session');
  const options = { password: secret, ttl: 86_400 };
  return { seal: () => sealData(session, options), open: (token) => unsealData(token, options) };
}

printJson(await takeTurns([
  ...nodeCrypto('node:crypto', () => oneKey, 0),
  ...nodeCrypto('node:crypto, key per token', derive, 32),
  ...pair('jose', jose),
  ...pair('iron-session', ironSession),
], { roundMs: 40 }));
