// `latchkey key rotate`: what is dropped, what is on record, and secrets that several nodes have to know first.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { asRoot, cookieOf, folder, json, run, serve } from './executable.mjs';

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
    const refused = run(['key', 'rotate', '--file', file, '--data', data]);
    assert.match(refused.err, new RegExp(`The key ${before[2]} would be dropped, and its sessions may live until \\S+: keep it with --keep 3, or end them with --force\\. Nothing was changed\\.`));
    assert.deepEqual(marks(), before);
    const rotated = run(['key', 'rotate', '--file', file, '--data', data, '--force']);
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

describe('the dates of secrets', () => {
  const day = 86_400_000;
  const ago = (ms) => new Date(Date.now() - ms).toISOString();
  const one = 'k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0';
  const two = 'fZ3v9Qk1tYp7Lr2WmXc8Hb5NsJd0GuEa6TiKoPqRyVw';
  const write = (name, text) => {
    writeFileSync(place(name), text, { mode: 0o600 });
    return place(name);
  };

  test('are listed, and kept in the file beside the secrets', () => {
    const { file } = secrets('dated', 2);
    const [current, older] = run(['key', 'list', '--file', file]).out.trim().split('\n');
    assert.match(current, /^[0-9a-f]{8}\tseals and opens\tmade \d{4}-\S+Z \(0 days ago\)$/);
    assert.match(older, /^[0-9a-f]{8}\topens\tmade \d{4}-\S+Z \(0 days ago\), sealed until \d{4}-\S+Z$/);
    const aged = write('aged', `# made ${ago(3 * day + 1000)}\n${one}\n${two}\n`);
    assert.match(run(['key', 'list', '--file', aged]).out, /\(3 days ago\)\n.*\topens\tmade at an unknown time\n$/);
  });

  test('let go what has no sessions any more, and keep what may have some', () => {
    const over = write('over', `${one}\n# sealed until ${ago(8 * day)}\n${two}\n`);
    assert.equal(run(['key', 'rotate', '--keep', '1', '--file', over]).status, 0);
    const live = write('live', `${one}\n# sealed until ${ago(6 * day)}\n${two}\n`);
    assert.equal(run(['key', 'rotate', '--keep', '1', '--file', live]).status, 1);
    assert.equal(run(['key', 'rotate', '--keep', '1', '--file', live], { env: { LATCHKEY_SESSION_ABSOLUTE: '5d', LATCHKEY_SESSION_IDLE: '1d' } }).status, 0);
    const unknown = write('unknown', `${one}\n${two}\n`);
    assert.match(run(['key', 'rotate', '--keep', '1', '--file', unknown]).err, /it is not known until when it sealed/);
    // After a theft: all of them end.
    assert.equal(run(['key', 'rotate', '--keep', '0', '--file', unknown]).status, 0);
  });
});

test('a rotation in one step warns where there may be several nodes', () => {
  const { file } = secrets('one-step', 1);
  const env = { LATCHKEY_REDIS_URL: 'redis://127.0.0.1:1' };
  const rotate = (...more) => run(['key', 'rotate', '--file', file, '--data', place('nowhere'), ...more], { env }).err;
  assert.match(rotate(), /warning: redis\.url is set, as for several nodes: .* --stage and then --promote avoid that/);
  assert.doesNotMatch(rotate('--stage'), /warning/);
});

test('a file in a folder of somebody else is told what to do', asRoot, () => {
  const closed = place('closed-keys');
  mkdirSync(closed, { mode: 0o755 });
  const file = join(closed, 'secret');
  run(['key', 'generate', '--file', file]);
  chownSync(file, 65534, 65534);
  chmodSync(folder, 0o755);
  const refused = run(['key', 'rotate', '--file', file, '--data', place('nowhere')], { owner: 65534 });
  assert.match(refused.err, /secret can't be written: Permission denied; the folder \S*closed-keys must be writable, as the file is replaced as a whole\. Run the command as root: the file keeps its owner\./);
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
    const promoted = run(['key', 'rotate', '--promote', staged[1], '--keep', '1', '--force', '--file', file]);
    assert.match(promoted.out, /^key [0-9a-f]{8} seals new sessions, 1 older one still opens its own$/m);
    assert.ok(promoted.out.includes(`dropped key ${older}`));
    assert.deepEqual(marks(), [staged[1], current]);
  });
});
