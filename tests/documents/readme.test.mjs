// SPDX-License-Identifier: Apache-2.0
// What the documents show is run: each example as it stands, against the built package and server. Those in C++ are run in
// tests/consumer, against the installed libraries.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { JSDOM } from 'jsdom';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = resolve(root, process.env.LATCHKEY_BIN ?? 'build/native/bin/latchkey');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'latchkey-documents-'));
after(() => rmSync(work, { recursive: true, force: true }));

const example = (info) => {
  const found = readme.match(new RegExp('```' + info + '\\n([\\s\\S]*?)```'));
  assert.ok(found, `README.md has an example of ${info}`);
  return found[1];
};

test('the links of the documents lead somewhere', () => {
  for (const name of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bindings/README.md', 'docs/error-codes.md']) {
    // Without the examples, in which `](` may be C++.
    const text = readFileSync(join(root, name), 'utf8').replaceAll(/```[^]*?```/g, '');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      assert.ok(existsSync(join(root, dirname(name), target)), `${name} links to ${target}`);
    }
  }
});

test('the commands that the README names exist', async () => {
  const { stdout } = await run('make', ['help'], { cwd: root });
  for (const [, command] of readme.matchAll(/\bmake ([a-z]+)\b/g)) assert.match(stdout, new RegExp(`make ${command} `));
});

test('the example in Node runs and says what it says', async () => {
  // Inside the workspace, so that `latchkey` resolves as it does for somebody who installed it.
  const file = join(root, 'build', `readme-example-${process.pid}.mjs`);
  writeFileSync(file, example('js node'));
  try {
    assert.equal((await run('node', [file])).stdout, 'true false\n');
  } finally {
    rmSync(file);
  }
});

/** A server with ada's account, for as long as a test runs. */
async function startServer(t) {
  const data = mkdtempSync(join(work, 'data-'));
  const added = spawn(executable, ['user', 'add', 'ada@example.com', '--role', 'member', '--password-stdin', '--data', data]);
  added.stdin.end('correct horse battery');
  assert.deepEqual(await once(added, 'exit'), [0, null]);
  const server = spawn(executable, ['serve', '--dev', '--port', '0', '--data', data], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(async () => {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  });
  let output = '';
  for await (const chunk of server.stdout) if (/listening on (\S+)/.test((output += chunk))) break;
  return output.match(/listening on (\S+)/)[1];
}

test('the example of a session in Node signs in, asks and says what it says', async (t) => {
  const origin = await startServer(t);
  const text = example('js session');
  assert.ok(text.includes("'http://127.0.0.1:4111'"), 'the port of make run');
  const file = join(root, 'build', `readme-session-${process.pid}.mjs`);
  writeFileSync(file, text.replace('http://127.0.0.1:4111', origin));
  try {
    assert.equal((await run('node', [file])).stdout, 'ada@example.com true\n');
  } finally {
    rmSync(file);
  }
});

test('the example in the browser signs in and shows the button', async (t) => {
  const origin = await startServer(t);
  const page = new JSDOM('<button id="run" hidden>Run</button>', { url: `${origin}/` }).window;
  Object.assign(globalThis, { location: page.location, document: page.document, fetch: cookieFetch(origin) });
  const file = join(root, 'build', `readme-browser-${process.pid}.mjs`);
  writeFileSync(file, example('js browser') + '\nexport { auth };\n');
  const { auth } = await import(file).finally(() => rmSync(file));
  const button = page.document.querySelector('#run');
  for (let i = 0; i < 200 && button.hidden; i++) await new Promise((next) => setTimeout(next, 25));
  assert.equal(button.hidden, false);
  await auth.signOut();
  assert.equal(button.hidden, true);
  auth.dispose();
});

/** Node's fetch keeps no cookies; a browser does. */
function cookieFetch(origin) {
  const plain = globalThis.fetch;
  let cookie = '';
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    if (cookie) headers.set('cookie', cookie);
    headers.set('origin', origin);
    const answer = await plain(input, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) cookie = line.split(';')[0];
    return answer;
  };
}
