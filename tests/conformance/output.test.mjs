// Output that can't be written: no success is claimed, and no password is lost unsaid.

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, run } from './executable.mjs';

// Each write to it fails as on a disk that is full.
function runFull(args, input) {
  const full = openSync('/dev/full', 'w');
  try {
    return run(args, { input, stdio: ['pipe', full, 'pipe'] });
  } finally {
    closeSync(full);
  }
}

describe('output that cannot be written', () => {
  const data = ['--data', join(folder, 'output')];
  const emails = () => run(['user', 'list', ...data]).out.trim().split('\n').map((line) => line.split('\t')[0]);

  test('keeps an account with a generated password from being made', () => {
    assert.equal(run(['user', 'add', 'ada@example.com', '--role', 'owner', ...data]).status, 0);
    const lost = runFull(['user', 'add', 'bob@example.com', ...data]);
    assert.equal(lost.status, 1);
    assert.match(lost.err, /^latchkey: Standard output can't be written\. No account was made\. \[ERR_LATCHKEY_UNAVAILABLE\]$/m);
    assert.deepEqual(emails(), ['ada@example.com']);
  });

  test('is a failure of every other command, which says what was done', () => {
    const given = runFull(['user', 'add', 'cy@example.com', '--password-stdin', ...data], 'correct horse battery\n');
    assert.equal(given.status, 1);
    assert.match(given.err, /Standard output can't be written\. The account cy@example\.com exists\. \[ERR_LATCHKEY_UNAVAILABLE\]$/m);
    assert.deepEqual(emails(), ['ada@example.com', 'cy@example.com']);
    const role = runFull(['user', 'role', 'cy@example.com', 'admin', ...data]);
    assert.equal(role.status, 1);
    assert.match(role.err, /Standard output can't be written\. cy@example\.com is admin\. \[ERR_LATCHKEY_UNAVAILABLE\]$/m);
    for (const args of [['user', 'list', ...data], ['--help'], ['--version'], ['user', 'add', '--help']]) {
      const lost = runFull(args);
      assert.equal(lost.status, 1, args.join(' '));
      assert.match(lost.err, /^latchkey: Standard output can't be written\. \[ERR_LATCHKEY_UNAVAILABLE\]$/m);
    }
  });
});
