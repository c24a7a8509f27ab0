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
