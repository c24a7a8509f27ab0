// Whose the files are that an operator's commands write: root at work must not take them away from the service.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { asRoot, folder, run } from './executable.mjs';

const service = 65534;
const place = (name) => join(folder, name);
const rightsOf = (path) => {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, (mode & 0o777).toString(8)];
};

/** A folder that belongs to the service, as an installation makes it. */
function serviceFolder(name) {
  const data = place(name);
  mkdirSync(data, { mode: 0o755 });
  chownSync(data, service, service);
  // The way there has to be open for the service as well.
  chmodSync(folder, 0o755);
  return data;
}

describe('a rotated secret file', () => {
  test('keeps its mode, and stays behind the link that names it', () => {
    const [file, link] = [place('linked-secret'), place('link')];
    run(['key', 'generate', '--file', file]);
    chmodSync(file, 0o440);
    symlinkSync(file, link);
    assert.equal(run(['key', 'rotate', '--file', link]).status, 0);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(readFileSync(file, 'utf8').match(/^[^#\n]+$/gm).length, 2);
    assert.equal(statSync(file).mode & 0o777, 0o440);
  });

  test('stays that of the service when root rotates it', asRoot, () => {
    const file = place('service-secret');
    run(['key', 'generate', '--file', file]);
    chmodSync(file, 0o640);
    chownSync(file, 0, service);
    assert.equal(run(['key', 'rotate', '--file', file]).status, 0);
    assert.deepEqual(rightsOf(file), [0, service, '640']);
    chownSync(file, service, service);
    assert.equal(run(['key', 'rotate', '--file', file]).status, 0);
    assert.deepEqual(rightsOf(file), [service, service, '640']);
  });

  test('is left as it is when the new one could not be given to its owner', asRoot, () => {
    const data = serviceFolder('not-mine');
    const file = join(data, 'secret');
    run(['key', 'generate', '--file', file]);
    chmodSync(file, 0o644);
    chownSync(file, 0, 0);
    const before = readFileSync(file, 'utf8');
    const refused = run(['key', 'rotate', '--file', file], { owner: service });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /secret belongs to user 0 and group 0, and a new file can't be given to them: Operation not permitted/);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.deepEqual(rightsOf(file), [0, 0, '644']);
    assert.deepEqual(readdirSync(data), ['secret']);
  });
});

describe('what root makes in the folder of the service', () => {
  test('is the service\'s: the database, the development secret and a folder on the way', asRoot, () => {
    const data = serviceFolder('before-first-start');
    const inner = join(data, 'deeper', 'still');
    assert.equal(run(['user', 'add', 'ada@example.com', '--role', 'owner', '--data', inner]).status, 0);
    assert.deepEqual(rightsOf(join(inner, 'latchkey.db')), [service, service, '600']);
    assert.deepEqual(rightsOf(inner), [service, service, '700']);
    // Without a studio it stops, but not before there is a secret.
    assert.equal(run(['serve', '--dev', '--port', '0', '--studio', place('none'), '--data', inner]).status, 1);
    assert.deepEqual(rightsOf(join(inner, 'secret')), [service, service, '600']);
    const list = run(['user', 'list', '--data', inner], { owner: service });
    assert.match(list.out, /^ada@example\.com\towner\t/);
  });
});

describe('a database that cannot be opened', () => {
  test('is named with the reason', asRoot, () => {
    const data = serviceFolder('locked');
    assert.equal(run(['user', 'add', 'ada@example.com', '--data', data]).status, 0);
    chownSync(join(data, 'latchkey.db'), 0, 0);
    const refused = run(['user', 'list', '--data', data], { owner: service });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /The database \S*locked\/latchkey\.db can't be opened: Permission denied\. Run the command as its owner/);
  });

  test('is named when it is a folder, lies in none, or is none', () => {
    const data = place('odd');
    mkdirSync(join(data, 'sub'), { recursive: true });
    writeFileSync(join(data, 'text.db'), 'x'.repeat(4096));
    for (const [url, reason] of [
      ['sqlite:sub', /The database \S*odd\/sub can't be opened: Is a directory\./],
      ['sqlite:no/such.db', /The database \S*odd\/no\/such\.db can't be made: No such file or directory\./],
      ['sqlite:text.db', /odd\/text\.db: .*not a database/],
    ]) {
      const refused = run(['user', 'add', 'ada@example.com', '--data', data], { env: { LATCHKEY_STORE_URL: url } });
      assert.equal(refused.status, 1);
      assert.match(refused.err, reason);
    }
    assert.equal(existsSync(join(data, 'no')), false);
  });
});
