// What `latchkey user` refuses, and what it leaves untouched then.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, run } from './executable.mjs';

describe('a folder without a database', () => {
  test('is named, and neither made nor filled', () => {
    const missing = join(folder, 'typo');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    for (const data of [missing, empty]) {
      for (const args of [['list'], ['role', 'ada@example.com', 'viewer']]) {
        const refused = run(['user', ...args, '--data', data]);
        assert.equal(refused.status, 1);
        assert.equal(refused.out, '');
        assert.ok(refused.err.startsWith(`latchkey: There is no database in ${data}; name its folder with --data`), refused.err);
      }
    }
    assert.equal(existsSync(missing), false);
    assert.deepEqual(readdirSync(empty), []);
  });
});

describe('the last owner', () => {
  const data = ['--data', join(folder, 'owners')];
  const role = (email, name) => run(['user', 'role', email, name, ...data]);
  const roles = () => run(['user', 'list', ...data]).out.trim().split('\n').map((line) => line.split('\t')[1]);

  test('stays owner until there is another one', () => {
    for (const [email, name] of [['ada@example.com', 'owner'], ['bob@example.com', 'admin']]) {
      assert.equal(run(['user', 'add', email, '--role', name, ...data]).status, 0);
    }
    const refused = role('ada@example.com', 'viewer');
    assert.equal(refused.status, 1);
    assert.equal(refused.err, 'latchkey: ada@example.com is the only owner; make another one first: latchkey user role EMAIL owner.\n');
    assert.deepEqual(roles(), ['owner', 'admin']);
    assert.equal(role('ada@example.com', 'owner').status, 0);
    assert.equal(role('bob@example.com', 'viewer').status, 0);
    assert.equal(role('bob@example.com', 'owner').status, 0);
    assert.equal(role('ada@example.com', 'viewer').status, 0);
    assert.deepEqual(roles(), ['viewer', 'owner']);
    assert.equal(role('bob@example.com', 'admin').status, 1);
  });
});
