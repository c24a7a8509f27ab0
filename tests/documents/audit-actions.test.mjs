// The list of audit actions by which a configuration is checked has every action that the code records, and no other: a
// pattern for one that is missing would be refused, one for an action that nobody records would promise what never comes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const listFile = 'native/app/audit_actions.cpp';
/** Names of options, which look alike. */
const options = new Set(['audit.required']);

const actionsIn = (name) =>
  [...readFileSync(`${root}/${name}`, 'utf8').matchAll(/"((?:acl|audit|auth|key|request|role|user)\.[a-z_]+)"/g)]
    .map(([, action]) => action)
    .filter((action) => !options.has(action));

test('every recorded action is known to the configuration, and every known one is recorded', () => {
  const sources = execFileSync('git', ['ls-files', '--', 'native/src/*.cpp', 'native/app/*.cpp'], { cwd: root, encoding: 'utf8' });
  const recorded = new Set(sources.trim().split('\n').filter((name) => name !== listFile).flatMap(actionsIn));
  assert.ok(recorded.size > 20);
  assert.deepEqual([...recorded].sort(), actionsIn(listFile).sort());
});
