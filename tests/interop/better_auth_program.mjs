// SPDX-License-Identifier: Apache-2.0
// A program with Better Auth on an SQLite file that is there; its last line is what each step came to: the e-mail address
// of the person, or the status of the refusal.
//   node better_auth_program.mjs FOLDER DATABASE '[["signUp", {…}], ["signIn", {…}]]'

import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, database, steps] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { betterAuth } = await import(require.resolve('better-auth'));
const Database = require('better-sqlite3');

const auth = betterAuth({
  database: new Database(database),
  secret: 'a secret of these checks alone, which nothing else uses',
  baseURL: 'http://127.0.0.1:1',
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  telemetry: { enabled: false },
});
const actions = { signUp: auth.api.signUpEmail, signIn: auth.api.signInEmail };

const outcomes = [];
for (const [action, body] of JSON.parse(steps)) {
  try {
    outcomes.push((await actions[action]({ body })).user.email);
  } catch (error) {
    if (!error.statusCode) throw error;
    outcomes.push(error.statusCode);
  }
}
console.log(JSON.stringify(outcomes));
