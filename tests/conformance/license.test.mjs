// SPDX-License-Identifier: Apache-2.0
// A license that is valid and yet has not what the server needs.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, run, secret } from './executable.mjs';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');

/** A license for these features, signed with a key of the test's own. */
function signed(features) {
  const message = `lk1.${Buffer.from(JSON.stringify({ features })).toString('base64url')}`;
  return `${message}.${sign(null, Buffer.from(message), privateKey).toString('base64url')}`;
}

test('a license without a feature that the server needs is refused by the name of its variable', () => {
  const keyFile = join(folder, 'own.key');
  const file = join(folder, 'own.toml');
  writeFileSync(keyFile, `${publicKey.export({ format: 'jwk' }).x}\n`);
  writeFileSync(file, `[license]\naccept = ["signed"]\npublic_key_file = "${keyFile}"\n`);
  const serve = ['serve', '--port', '0', '--data', join(folder, 'unlicensed'), '--config', file];
  const refused = run(serve, { env: { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: signed(['user', 'session']) } });
  assert.equal(refused.status, 1);
  assert.match(refused.err, /The license in MASTRA_EE_LICENSE has no 'rbac', which the server needs\./);
  assert.match(run(['license', 'verify', signed(['rbac']), '--config', file]).out, /^valid/);
});
