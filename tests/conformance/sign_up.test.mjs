// Who may make an account: `serve --no-sign-up` and LATCHKEY_SIGN_UP.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { cookieOf, executable, folder, json, license, run, secret, serve } from './executable.mjs';

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

// Nobody becomes owner by being first: the operator hands the code on, or signs up with it.
describe('the set-up code', () => {
  const env = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
  // No \b behind the code: it may end with "-".
  const code = /sign up (?:with "setupCode": "|at \S+\/signup#setup=)([\w-]{20})(?![\w-]).* to become it, once and within an hour/;
  const codeOf = (server) => code.exec(server.output.err)?.[1];

  async function signUpAs(server, name, setupCode) {
    const body = JSON.stringify({ email: `${name}@example.com`, password: 'correct horse battery', setupCode });
    const answer = await fetch(`${server.origin}/api/auth/credentials/sign-up`, { method: 'POST', headers: json, body });
    return { status: answer.status, answer: await answer.json(), cookie: cookieOf(answer) };
  }

  test('makes one owner, after strangers have signed up, and is not printed again', async () => {
    const data = join(folder, 'set up');
    const server = await serve(['--data', data], env);
    try {
      assert.match(server.output.err, /"[\w-]{20}" \(POST \/api\/auth\/credentials\/sign-up\) to .* or make an owner: latchkey user add EMAIL --role owner$/m);
      const printed = codeOf(server);
      assert.equal(typeof printed, 'string', server.output.err);
      assert.equal((await signUpAs(server, 'stranger')).status, 200);
      const wrong = await signUpAs(server, 'ada', 'x'.repeat(20));
      assert.equal(wrong.status, 400);
      assert.deepEqual(wrong.answer.issues.map(({ field }) => field), ['setupCode']);
      const taken = await signUpAs(server, 'stranger', printed);
      assert.equal(taken.answer.code, 'ERR_LATCHKEY_SIGN_UP_FAILED');

      const owner = await signUpAs(server, 'ada', printed);
      assert.equal(owner.status, 200);
      const me = await fetch(`${server.origin}/api/auth/me`, { headers: { cookie: owner.cookie } });
      assert.deepEqual((await me.json()).roles, ['owner']);
      assert.equal((await signUpAs(server, 'bob', printed)).status, 400);
    } finally {
      await server.stop();
    }
    assert.deepEqual(run(['user', 'list', '--data', data]).out.match(/\w+@example\.com|\b(?:owner|viewer)\b/g), [
      'stranger@example.com', 'viewer', 'ada@example.com', 'owner',
    ]);
    const again = await serve(['--data', data], env);
    await again.stop();
    assert.equal(codeOf(again), undefined);
    assert.doesNotMatch(again.output.err, /owner/);
  });

  test('is a new one at each start, and names what else there is', async () => {
    const data = join(folder, 'two starts');
    const printed = [];
    for (let start = 0; start < 2; start++) {
      const server = await serve(['--data', data], env);
      printed.push(codeOf(server));
      await server.stop();
    }
    assert.equal(new Set(printed).size, 2);
    const user = ['user', 'add', 'ada@example.com', '--password-stdin', '--data', data];
    assert.equal(run(user, { input: 'correct horse battery' }).status, 0);
    const server = await serve(['--data', data], env);
    try {
      assert.match(server.output.err, /or make an owner: latchkey user add EMAIL --role owner$/m);
      assert.equal((await signUpAs(server, 'bob', printed[1])).status, 400);
      // Whoever became owner by command leaves no place for another one.
      assert.equal(run(['user', 'role', 'ada@example.com', 'owner', '--data', data]).status, 0);
      assert.equal((await signUpAs(server, 'bob', codeOf(server))).status, 400);
    } finally {
      await server.stop();
    }
  });

  test('leads to the page of the demo studio where it is built, at the address that people use', async () => {
    // It lies beside the native build alone.
    const isBuilt = existsSync(join(dirname(executable), '../share/latchkey/studio'));
    for (const url of ['', 'https://studio.example.com/']) {
      const data = join(folder, 'page');
      const server = await serve(['--demo', '--data', data], { ...env, ...(url && { LATCHKEY_PUBLIC_URL: url }) });
      await server.stop();
      const origin = url ? 'https://studio.example.com' : server.origin;
      const printed = codeOf(server);
      const place = isBuilt ? `at ${origin}/signup#setup=${printed}` : `with "setupCode": "${printed}"`;
      assert.ok(server.output.err.includes(`sign up ${place} `), server.output.err);
    }
    // Over plain http from another machine no session would come of it.
    const server = await serve(['--demo', '--host', '0.0.0.0', '--data', join(folder, 'page')], env);
    await server.stop();
    assert.match(server.output.err, /sign up with "setupCode"/);
  });

  test('is made anew at SIGHUP, and not where no role makes an owner', async () => {
    const roles = join(folder, 'setup-roles.toml');
    const owner = '[owner]\npermissions = ["*"]\n[viewer]\npermissions = ["agents:read"]\n';
    const root = '[root]\npermissions = ["*"]\n[viewer]\npermissions = ["agents:read"]\n';
    writeFileSync(roles, owner);
    const server = await serve(['--data', join(folder, 'roles')], { ...env, LATCHKEY_ROLES_FILE: roles });
    const hangUp = async (text) => {
      const before = server.output.err.length;
      writeFileSync(roles, text);
      server.signal('SIGHUP');
      while (!/nobody is owner/.test(server.output.err.slice(before))) await setTimeout(20);
      return server.output.err.slice(before);
    };
    try {
      const first = codeOf(server);
      assert.match(await hangUp(root), /nobody is owner yet; make an owner: latchkey user add EMAIL --role root$/m);
      assert.equal((await signUpAs(server, 'ada', first)).status, 400);
      const second = code.exec(await hangUp(owner))[1];
      assert.equal((await signUpAs(server, 'ada', first)).status, 400);
      assert.equal((await signUpAs(server, 'ada', second)).status, 200);
    } finally {
      await server.stop();
    }
  });

  test('is not there where nobody may sign up', async () => {
    const server = await serve(['--no-sign-up', '--data', join(folder, 'closed')], env);
    await server.stop();
    assert.equal(codeOf(server), undefined);
    assert.match(server.output.err, /nobody is owner yet; make an owner: latchkey user add EMAIL --role owner$/m);
  });
});
