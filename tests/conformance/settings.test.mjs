// What `serve` refuses to start with, and whether the sentence says what to do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, license, run, secret, serve } from './executable.mjs';

const production = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
const start = (args, env) => run(['serve', '--port', '0', '--data', join(folder, 'settings'), ...args], { env });

describe('the public address', () => {
  test('is not taken with plain http, except for this machine', async () => {
    for (const url of ['http://studio.example.com', 'http://192.168.1.7:4111', 'http://127.0.0.1.example.com/']) {
      for (const [args, env] of [[[], production], [['--dev'], {}]]) {
        const refused = start(args, { ...env, LATCHKEY_PUBLIC_URL: url });
        assert.equal(refused.status, 1, url);
        assert.match(refused.err, /^latchkey: LATCHKEY_PUBLIC_URL is http:\/\/.*Put https in front of the server/);
      }
    }
    for (const url of ['http://localhost:4111', 'http://127.0.0.1:4111/', 'http://[::1]:4111', 'https://studio.example.com']) {
      const env = { ...production, LATCHKEY_PUBLIC_URL: url };
      const server = await serve(['--data', join(folder, 'public-url')], env);
      assert.equal((await server.stop()).status, 0, url);
      assert.equal(/without Secure/.test(server.output.err), url.startsWith('http:'), url);
    }
  });

  test('is named as it is set', () => {
    const refused = start([], { ...production, LATCHKEY_PUBLIC_URL: 'studio.example.com' });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /^latchkey: LATCHKEY_PUBLIC_URL: "studio\.example\.com" is no origin/);
  });
});
