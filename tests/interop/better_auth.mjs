// SPDX-License-Identifier: Apache-2.0
// One SQLite file for Better Auth and Latchkey: accounts that one makes can sign in at the other, however their passwords
// are typed, and a wrong password is wrong at both.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, failAll, install, installFor, run, startLatchkey } from './support.mjs';

/** Passwords whose code points differ from their normal form, beside plain ones. */
const passwords = [
  ['ASCII', 'correct horse battery'],
  ['composed letters', 'Gr\u00f6\u00dfe zw\u00f6lf \u00e9t\u00e9'],
  ['decomposed letters', 'Gro\u0308\u00dfe zwo\u0308lf e\u0301te\u0301'],
  ['full-width digits', 'harbour \uff11\uff12\uff13\uff14'],
  ['a no-break space', 'correct\u00a0horse battery'],
  ['a ligature', 'of\ufb01ce hours only'],
];

/** A password as another keyboard types it: the same text in another form. */
const otherForm = (text) => (text === text.normalize('NFKC') ? text.normalize('NFKD') : text.normalize('NFKC'));

const addressOf = (side, index) => `${side}-${index}@example.com`;

export async function runBetterAuth() {
  const lines = passwords.flatMap(([name]) => [
    `made by Latchkey, checked by Better Auth: ${name}`,
    `made by Better Auth, checked by Latchkey: ${name}`,
    `made by Latchkey, checked by Better Auth in another form: ${name}`,
    `made by Better Auth, checked by Latchkey in another form: ${name}`,
    `refused by both when wrong: ${name}`,
  ]);
  const installed = await installFor(lines, () => install('better-auth', ['better-auth@1', 'better-sqlite3@12']));
  if (!installed) return;
  let latchkey;
  try {
    latchkey = await startLatchkey([], { LATCHKEY_PASSWORD_FORMAT: 'better-auth' });
    const database = join(latchkey.data, 'latchkey.db');
    const program = fileURLToPath(new URL('better_auth_program.mjs', import.meta.url));
    /** Asks Better Auth, in a process whose packages are those of the folder. */
    const betterAuth = async (...steps) => {
      const { stdout } = await run(process.execPath, [program, installed.folder, database, JSON.stringify(steps)]);
      return JSON.parse(stdout.trim().split('\n').at(-1));
    };
    const post = async (path, body) => {
      const answer = await fetch(`${latchkey.address}/api/auth/credentials/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { user } = await answer.json();
      return answer.ok ? user.email : answer.status;
    };
    for (const [index, [name, password]] of passwords.entries()) {
      const [here, there] = ['here', 'there'].map((side) => addressOf(side, index));
      const typed = { here: { email: here, password }, there: { email: there, password } };
      const other = otherForm(password);
      const wrong = `${password}!`;
      const [first, second, third, fourth, fifth] = lines.slice(index * 5, index * 5 + 5);
      await check(first, async () => {
        assert.equal(await post('sign-up', { ...typed.here, name }), here);
        assert.equal(await post('sign-in', typed.here), here);
        assert.deepEqual(await betterAuth(['signIn', typed.here]), [here]);
      });
      await check(second, async () => {
        assert.deepEqual(await betterAuth(['signUp', { ...typed.there, name }], ['signIn', typed.there]), [there, there]);
        assert.equal(await post('sign-in', typed.there), there);
      });
      await check(third, async () => assert.deepEqual(await betterAuth(['signIn', { email: here, password: other }]), [here]));
      await check(fourth, async () => assert.equal(await post('sign-in', { email: there, password: other }), there));
      await check(fifth, async () => {
        for (const email of [here, there]) {
          assert.deepEqual(await betterAuth(['signIn', { email, password: wrong }]), [401]);
          assert.equal(await post('sign-in', { email, password: wrong }), 401);
        }
      });
    }
  } catch (error) {
    failAll(lines, error.message);
  } finally {
    await latchkey?.stop();
  }
}
