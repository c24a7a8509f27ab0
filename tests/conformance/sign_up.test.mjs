// Who may make an account: `serve --no-sign-up` and LATCHKEY_SIGN_UP.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, json, run, serve } from './executable.mjs';

async function signUp(server) {
  const answers = [];
  for (const path of ['/api/auth/credentials/sign-up', '/api/auth/signup']) {
    const email = `a${answers.length}@example.com`;
    const body = JSON.stringify({ email, password: 'correct horse battery' });
    const answer = await fetch(server.origin + path, { method: 'POST', headers: json, body });
    answers.push(`${answer.status} ${(await answer.json()).code ?? 'signed up'}`);
  }
  const { login } = await (await fetch(`${server.origin}/api/auth/capabilities`)).json();
  return { answers, isShown: login.signUpEnabled };
}

async function tryOut(name, args, env) {
  const data = join(folder, name);
  const server = await serve(['--dev', '--data', data, ...args], env);
  try {
    return { ...(await signUp(server)), err: server.output.err, accounts: run(['user', 'list', '--data', data]).out };
  } finally {
    await server.stop();
  }
}

describe('sign-up', () => {
  for (const [name, args, env] of [
    ['an option', ['--no-sign-up'], {}],
    ['a variable', [], { LATCHKEY_SIGN_UP: 'off' }],
    ['an option, whatever the variable says', ['--no-sign-up'], { LATCHKEY_SIGN_UP: 'on' }],
  ]) {
    test(`is switched off by ${name}`, async () => {
      const { answers, isShown, err, accounts } = await tryOut(name, args, env);
      assert.deepEqual(answers, Array(2).fill('403 ERR_LATCHKEY_SIGN_UP_DISABLED'));
      assert.equal(isShown, false);
      assert.equal(accounts, '');
      assert.match(err, /make an owner: latchkey user add EMAIL --role owner/);
    });
  }

  test('is on unless it is switched off', async () => {
    for (const env of [{}, { LATCHKEY_SIGN_UP: 'on' }]) {
      const { answers, isShown } = await tryOut(`on ${Object.keys(env).length}`, [], env);
      assert.deepEqual(answers, Array(2).fill('200 signed up'));
      assert.equal(isShown, true);
    }
  });

  test('is never left on by a value that cannot be read', () => {
    for (const value of ['no', 'OFF', '0', 'o ff']) {
      const args = ['serve', '--dev', '--port', '0', '--data', join(folder, 'unread')];
      const refused = run(args, { env: { LATCHKEY_SIGN_UP: value } });
      assert.equal(refused.status, 2, value);
      assert.match(refused.err, /^latchkey: LATCHKEY_SIGN_UP: credentials\.sign_up must be true or false \(on or off\), not "/);
    }
  });
});
