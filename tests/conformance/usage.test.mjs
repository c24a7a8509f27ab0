// Wrong usage: status 2, nothing on standard output, and a sentence that says what would be right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './executable.mjs';

function refusal(args, env) {
  const { status, out, err } = run(args, { env });
  assert.equal(status, 2, args.join(' '));
  assert.equal(out, '');
  const [first, second] = err.split('\n');
  assert.match(second, /^Run `latchkey[a-z ]* --help` for more information\.$/);
  const code = / \[ERR_LATCHKEY_CONFIGURATION_INVALID\]$/;
  assert.match(first, code);
  return first.replace(code, '');
}

test('an unknown command is named, beside the known ones', () => {
  assert.equal(refusal(['bogus']), 'latchkey: There is no command "bogus"; there are serve, user, key, license, doctor.');
  assert.equal(refusal(['bogus', 'serve']), 'latchkey: There is no command "bogus"; there are serve, user, key, license, doctor.');
  assert.match(refusal(['user', 'bogus', 'x']), /^latchkey: There is no command "bogus"; there are add, list, role/);
  assert.equal(refusal([]), 'latchkey: A command is needed: serve or user or key or license or doctor.');
  assert.match(refusal(['user']), /^latchkey: A command is needed: add or list or role/);
});

test('help is a command too', () => {
  for (const command of [[], ['serve'], ['user', 'add']]) {
    const shown = run(['help', ...command]);
    assert.equal(shown.status, 0);
    assert.equal(shown.err, '');
    assert.equal(shown.out, run([...command, '--help']).out);
  }
  assert.match(run(['help', 'serve']).out, /--no-sign-up/);
});

test('every error carries the name of the program, and a port its range', () => {
  for (const port of ['99999', '65536', '-1', 'x', '']) {
    assert.match(refusal(['serve', `--port=${port}`]), /^latchkey: .*--port/);
  }
  const reason = 'server.port must be a whole number from 0 to 65535, not "65536".';
  assert.equal(refusal(['serve', '--port', '65536']), `latchkey: --port: ${reason}`);
  assert.equal(refusal(['serve'], { LATCHKEY_PORT: '65536' }), `latchkey: LATCHKEY_PORT: ${reason}`);
  assert.match(refusal(['user', 'add']), /^latchkey: email is required/);
});

test('stray arguments are listed as they were given', () => {
  assert.equal(refusal(['serve', 'one', 'two', '--three']), 'latchkey: Not expected: one two --three');
  assert.equal(refusal(['user', 'list', 'a@example.com']), 'latchkey: Not expected: a@example.com');
  assert.equal(refusal(['--nonsense']), 'latchkey: Not expected: --nonsense');
});

test('a variable that is none is refused by every command, with the nearest one', () => {
  for (const args of [['serve', '--dev'], ['doctor'], ['user', 'list'], ['key', 'generate'], ['license', 'show']]) {
    const reason = refusal(args, { LATCHKEY_SIGNUP: 'off' });
    assert.equal(reason, 'latchkey: There is no variable LATCHKEY_SIGNUP. The nearest is LATCHKEY_SIGN_UP.');
  }
  assert.match(refusal(['serve', '--dev'], { LATCHKEY_WHATEVER: '' }), /no variable LATCHKEY_WHATEVER\. docs\/latchkey\.toml names all/);
  // Whoever works on the project has these set, and is no operator who mistyped anything.
  const tools = { LATCHKEY_CORPORA: 'x', LATCHKEY_RACE_ROUNDS: '1', LATCHKEY_SLOW_CLIENTS: 'long', LATCHKEY_BENCH_SECONDS: '1' };
  assert.equal(run(['key', 'generate'], { env: tools }).status, 0);
});

test('a file of the configuration that is named by nothing is refused', () => {
  assert.equal(refusal(['serve', '--dev', '--config', '']), 'latchkey: --config is empty: name a file, or leave it out.');
  assert.equal(refusal(['user', 'list'], { LATCHKEY_CONFIG: '' }), 'latchkey: LATCHKEY_CONFIG is empty: name a file, or unset it.');
});

test('options of `key` that contradict each other are refused', () => {
  const set = { LATCHKEY_SECRET_FILE: '/etc/latchkey/secret' };
  const other = /^latchkey: --dev means the development secret in the data folder, but .*: leave out one of the two\.$/;
  for (const command of ['rotate', 'list']) {
    assert.match(refusal(['key', command, '--dev'], set), other);
    assert.match(refusal(['key', command, '--dev'], { LATCHKEY_SECRET: 'x' }), other);
    assert.match(refusal(['key', command, '--dev', '--file', 'x']), /--dev.*--file|--file.*--dev/);
  }
  assert.match(refusal(['key', 'list', '--file', 'x', '--data', 'y']), /--file/);
  assert.match(refusal(['key', 'rotate', '--stage', '--promote', 'x']), /--promote/);
  for (const useless of [['--dev'], ['--data', 'x'], ['--config', 'x']]) {
    assert.match(refusal(['key', 'generate', ...useless]), /^latchkey: Not expected: --/);
  }
});
