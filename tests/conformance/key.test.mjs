// `latchkey key rotate`: what is dropped, what is on record, and secrets that several nodes have to know first.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cookieOf, folder, json, run, serve } from './executable.mjs';

const place = (name) => join(folder, name);
const password = 'a long enough phrase';

/** A file with so many secrets, and their marks. */
function secrets(name, count) {
  const file = place(name);
  run(['key', 'generate', '--file', file]);
  for (let i = 1; i < count; ++i) run(['key', 'rotate', '--keep', '15', '--file', file]);
  return { file, marks: () => run(['key', 'list', '--file', file]).out.trim().split('\n').map((line) => line.split('\t')[0]) };
}

/** What a store has on record of keys, as its owner reads it. */
async function recorded(data, file) {
  const server = await serve(['--dev', '--data', data], { LATCHKEY_SECRET_FILE: file });
  try {
    const body = JSON.stringify({ email: 'ada@example.com', password });
    const answer = await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
    const audit = await fetch(`${server.origin}/api/audit?action=key.*`, { headers: { cookie: cookieOf(answer) } });
    return (await audit.json()).events.map(({ action, outcome, actor, resource, metadata }) => ({
      action, outcome, actor: actor.id, key: resource.id, dropped: metadata.dropped,
    }));
  } finally {
    await server.stop();
  }
}

function withOwner(name) {
  const data = place(name);
  const added = run(['user', 'add', 'ada@example.com', '--role', 'owner', '--password-stdin', '--data', data], { input: `${password}\n` });
  assert.equal(added.status, 0, added.err);
  return data;
}

describe('a rotation', () => {
  test('names what it drops, and is on record with it', async () => {
    const data = withOwner('dropping');
    const { file, marks } = secrets('dropped', 3);
    const before = marks();
    const rotated = run(['key', 'rotate', '--file', file, '--data', data]);
    assert.equal(rotated.status, 0, rotated.err);
    assert.ok(rotated.out.includes(`dropped key ${before[2]}: the sessions that it sealed end\n`), rotated.out);
    const [newest, ...others] = marks();
    assert.deepEqual(others, before.slice(0, 2));
    assert.deepEqual(await recorded(data, file), [
      { action: 'key.rotate', outcome: 'success', actor: 'cli', key: newest, dropped: [before[2]] },
    ]);
  });

  test('that can not be written is on record as a failure, and changes nothing', async () => {
    const data = withOwner('unwritable');
    const { file } = secrets('kept', 1);
    // Nobody can write over a folder, not even root.
    mkdirSync(join(`${file}.new`, 'in the way'), { recursive: true });
    const before = readFileSync(file, 'utf8');
    const failed = run(['key', 'rotate', '--file', file, '--data', data]);
    assert.equal(failed.status, 1);
    assert.match(failed.err, /kept can't be written: File exists\. \[ERR_LATCHKEY_CONFIGURATION_INVALID\]/);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.deepEqual((await recorded(data, file)).map(({ outcome }) => outcome), ['failure']);
  });

  test('without a database says that nothing is on record', () => {
    const { file } = secrets('unrecorded', 1);
    const data = place('no-database');
    assert.match(run(['key', 'rotate', '--file', file, '--data', data]).out, /^nothing is on record: there is no database in \S*no-database;/m);
    assert.throws(() => statSync(data));
  });
});

describe('a secret for several nodes', () => {
  test('is staged, where it only opens, and promoted by its mark', () => {
    const { file, marks } = secrets('staged', 2);
    const [current, older] = marks();
    const staging = run(['key', 'rotate', '--stage', '--file', file]);
    assert.equal(staging.status, 0, staging.err);
    const staged = /^key ([0-9a-f]{8}) is staged: it opens, key ([0-9a-f]{8}) goes on sealing$/m.exec(staging.out);
    assert.equal(staged[2], current);
    assert.deepEqual(marks(), [current, staged[1], older]);
    assert.ok(staging.out.includes(`latchkey key rotate --promote ${staged[1]}`));
    assert.match(run(['key', 'rotate', '--promote', '00000000', '--file', file]).err, /There is no secret 00000000 in the file/);
    const promoted = run(['key', 'rotate', '--promote', staged[1], '--keep', '1', '--file', file]);
    assert.match(promoted.out, /^key [0-9a-f]{8} seals new sessions, 1 older one still opens its own$/m);
    assert.ok(promoted.out.includes(`dropped key ${older}`));
    assert.deepEqual(marks(), [staged[1], current]);
  });
});
