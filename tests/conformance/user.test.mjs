// What `latchkey user` refuses, and what it leaves untouched then.

import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cookieOf, folder, json, run, serve } from './executable.mjs';

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
        const message = `latchkey: There is no database in ${data}; name its folder with --data`;
        assert.ok(refused.err.startsWith(message), refused.err);
      }
    }
    assert.equal(existsSync(missing), false);
    assert.deepEqual(readdirSync(empty), []);
  });
});

describe('latchkey user add', () => {
  test('gives the default role when none is named', () => {
    const data = ['--data', join(folder, 'default-role')];
    const added = run(['user', 'add', 'ada@example.com', ...data]);
    assert.match(added.out, /^added ada@example\.com \(viewer\)$/m);
    assert.ok(added.out.includes(`made a new database in ${join(folder, 'default-role', 'latchkey.db')}\n`), added.out);
    const member = run(['user', 'add', 'bob@example.com', ...data], { env: { LATCHKEY_DEFAULT_ROLE: 'member' } });
    assert.match(member.out, /^added bob@example\.com \(member\)$/m);
    assert.doesNotMatch(member.out, /new database/);
    const none = run(['user', 'add', 'cy@example.com', ...data], { env: { LATCHKEY_DEFAULT_ROLE: '' } });
    assert.match(none.out, /^added cy@example\.com \(no role\)$/m);
    const refused = run(['user', 'add', 'eve@example.com', ...data], { env: { LATCHKEY_DEFAULT_ROLE: 'nope' } });
    assert.equal(refused.status, 1);
    assert.match(refused.err, /There is no role "nope"; there are owner, admin/);
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
    assert.match(refused.err, /^latchkey: ada@example\.com is the only owner; make another one first: /);
    assert.deepEqual(roles(), ['owner', 'admin']);
    assert.equal(role('ada@example.com', 'owner').status, 0);
    assert.equal(role('bob@example.com', 'viewer').status, 0);
    assert.equal(role('bob@example.com', 'owner').status, 0);
    assert.equal(role('ada@example.com', 'viewer').status, 0);
    assert.deepEqual(roles(), ['viewer', 'owner']);
    assert.equal(role('bob@example.com', 'admin').status, 1);
  });
});

describe('an account that signed itself up', () => {
  const data = ['--data', join(folder, 'self-made')];
  const role = (email, name, ...more) => run(['user', 'role', email, name, ...more, ...data]);
  const origins = () =>
    Object.fromEntries(run(['user', 'list', ...data]).out.trim().split('\n').map((line) => [line.split('\t')[0], line.split('\t')[4]]));

  test('gets no role that holds everything unless the operator takes it over or says so', async () => {
    run(['user', 'add', 'ada@example.com', '--role', 'owner', ...data]);
    const server = await serve(['--dev', ...data]);
    const cookies = [];
    try {
      for (const email of ['ops@example.com', 'eve@example.com']) {
        const body = JSON.stringify({ email, password: 'correct horse battery' });
        const made = await fetch(`${server.origin}/api/auth/credentials/sign-up`, { method: 'POST', headers: json, body });
        assert.equal(made.status, 200);
        cookies.push(cookieOf(made));
      }
      assert.deepEqual(origins(), { 'ada@example.com': 'operator', 'ops@example.com': 'sign-up', 'eve@example.com': 'sign-up' });

      const refused = role('ops@example.com', 'owner');
      assert.equal(refused.status, 1);
      assert.match(refused.err, /^latchkey: ops@example\.com signed itself up, and sign-up proves no address: .*`latchkey user password ops@example\.com`.*--even-self-made.*Nothing was changed\. \[ERR_LATCHKEY_FORBIDDEN\]$/m);
      assert.equal(role('ops@example.com', 'admin').status, 0);
      assert.equal(role('ada@example.com', 'owner').status, 0);

      assert.equal(run(['user', 'password', 'ops@example.com', ...data]).status, 0);
      assert.equal(origins()['ops@example.com'], 'operator');
      assert.equal(role('ops@example.com', 'owner').status, 0);
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // what another process wrote counts within a second
      const me = await fetch(`${server.origin}/api/auth/me`, { headers: { cookie: cookies[0] } });
      assert.equal(await me.json(), null);

      assert.equal(role('eve@example.com', 'owner', '--even-self-made').status, 0);
      assert.equal(origins()['eve@example.com'], 'sign-up');
      // What holds everything already may be given again.
      assert.equal(role('eve@example.com', 'owner').status, 0);
    } finally {
      await server.stop();
    }
  });
});

describe('latchkey user password', () => {
  const data = ['--data', join(folder, 'passwords')];
  const first = 'correct horse battery';
  const set = (email, args = [], options = {}) => run(['user', 'password', email, ...args, ...data], options);
  const given = (email, input) => set(email, ['--password-stdin'], { input: `${input}\n` });

  test('sets a fresh or a given one, ends the sessions of that person alone, and is on record', async () => {
    for (const [email, role] of [['ada@example.com', 'owner'], ['bob@example.com', 'viewer']]) {
      run(['user', 'add', email, '--role', role, '--password-stdin', ...data], { input: `${first}\n` });
    }
    const server = await serve(['--dev', ...data]);
    try {
      const signIn = (email, password) =>
        fetch(`${server.origin}/api/auth/credentials/sign-in`, {
          method: 'POST',
          headers: json,
          body: JSON.stringify({ email, password }),
        });
      const get = async (path, cookie) => (await fetch(server.origin + path, { headers: { cookie } })).json();
      const ada = cookieOf(await signIn('ada@example.com', first));
      const bob = cookieOf(await signIn('bob@example.com', first));
      assert.equal((await get('/api/auth/me', bob)).email, 'bob@example.com');

      const fresh = set('Bob@Example.com');
      assert.equal(fresh.status, 0);
      const password = /^password: ([\w-]{20})$/m.exec(fresh.out)[1];
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // what another process wrote counts within a second
      assert.equal(await get('/api/auth/me', bob), null);
      assert.equal((await get('/api/auth/me', ada)).email, 'ada@example.com');
      assert.equal((await signIn('bob@example.com', first)).status, 401);
      assert.equal((await signIn('bob@example.com', password)).status, 200);

      const chosen = given('bob@example.com', 'another tribal lamp');
      assert.equal(chosen.status, 0);
      assert.ok(!chosen.out.includes('tribal'));
      assert.equal((await signIn('bob@example.com', 'another tribal lamp')).status, 200);

      const { events } = await get('/api/audit?action=user.password', ada);
      const facts = events.map((event) => [event.actor.id, event.resource.name, event.outcome]);
      assert.deepEqual(facts, Array(2).fill(['cli', 'bob@example.com', 'success']));
      assert.ok(!JSON.stringify(events).includes(password));
    } finally {
      await server.stop();
    }
  });

  test('refuses weak ones, unknown accounts and folders without a database', () => {
    assert.match(given('bob@example.com', 'short').err, /^latchkey: /);
    assert.equal(given('bob@example.com', 'short').status, 1);
    assert.equal(set('nobody@example.com').err, 'latchkey: There is no account nobody@example.com. [ERR_LATCHKEY_NOT_FOUND]\n');
    const lost = run(['user', 'password', 'bob@example.com', '--data', join(folder, 'typo')]);
    assert.match(lost.err, /There is no database in/);
  });
});

describe('latchkey user disable, enable and sessions', () => {
  const data = ['--data', join(folder, 'disabled')];
  const password = 'correct horse battery';
  const user = (...args) => run(['user', ...args, ...data]);

  test('keep somebody out, let them in again, and show and end where they are signed in', async () => {
    for (const [email, role] of [['ada@example.com', 'owner'], ['bob@example.com', 'viewer']]) {
      run(['user', 'add', email, '--role', role, '--password-stdin', ...data], { input: `${password}\n` });
    }
    const server = await serve(['--dev', ...data]);
    try {
      const signIn = (email, browser = 'a browser\t of bob') =>
        fetch(`${server.origin}/api/auth/credentials/sign-in`, {
          method: 'POST',
          // Headers are bytes, which are given as Latin-1 here.
          headers: { ...json, 'user-agent': Buffer.from(browser).toString('latin1') },
          body: JSON.stringify({ email, password }),
        });
      const get = async (path, cookie) => (await fetch(server.origin + path, { headers: { cookie } })).json();
      const settle = () => new Promise((resolve) => setTimeout(resolve, 1_100)); // another process is seen within a second
      const ada = cookieOf(await signIn('ada@example.com'));
      const bob = cookieOf(await signIn('bob@example.com'));

      const lines = user('sessions', 'Bob@Example.com').out.trim().split('\n');
      assert.equal(lines.length, 1);
      const [handle, begin, end, address, browser] = lines[0].split('\t');
      assert.match(handle, /^[\w-]{43}$/);
      assert.ok(Date.parse(begin) <= Date.now() && Date.parse(end) > Date.now());
      assert.equal(address, '127.0.0.1');
      assert.equal(browser, 'a browser? of bob');
      await signIn('bob@example.com', 'Mozilla \u009b2J\u202eevil\u2028');
      assert.match(user('sessions', 'bob@example.com').out, /\tMozilla \?2J\?evil\?$/m);
      assert.match(user('sessions', 'bob@example.com', '--end').out, /^ended all sessions of bob@example\.com$/m);
      assert.equal(user('sessions', 'bob@example.com').out, '');
      await settle();
      assert.equal(await get('/api/auth/me', bob), null);
      assert.equal((await get('/api/auth/me', ada)).email, 'ada@example.com');

      const again = cookieOf(await signIn('bob@example.com'));
      assert.equal(user('disable', 'bob@example.com').out, 'disabled bob@example.com and ended all sessions\n');
      await settle();
      assert.equal(await get('/api/auth/me', again), null);
      assert.equal((await signIn('bob@example.com')).status, 401);
      assert.equal(user('enable', 'bob@example.com').out, 'enabled bob@example.com\n');
      await settle();
      assert.equal(await get('/api/auth/me', again), null);
      assert.equal((await signIn('bob@example.com')).status, 200);

      const refused = user('disable', 'ada@example.com');
      assert.equal(refused.status, 1);
      assert.match(refused.err, /ada@example\.com is the only owner/);
      assert.equal((await get('/api/auth/me', ada)).email, 'ada@example.com');
      assert.match(user('disable', 'nobody@example.com').err, /There is no account nobody@example\.com/);

      const { events } = await get('/api/audit?action=user.*', ada);
      const actions = events.filter(({ actor }) => actor.id === 'cli').map(({ action, outcome }) => `${action} ${outcome}`);
      const expected = ['user.enable success', 'user.disable success', 'user.sessions_end success'];
      assert.deepEqual(actions.slice(0, 3), expected);
    } finally {
      await server.stop();
    }
  });

  test('claim nothing of sessions that the server keeps elsewhere, and then do nothing', async () => {
    const memory = { LATCHKEY_SESSION_PROVIDER: 'memory' };
    const elsewhere = /The server of this database keeps its sessions in (?:the server's own memory|the database) .* Nothing was changed: give it the server's configuration/;
    const commands = [['password'], ['disable'], ['sessions'], ['sessions', '--end']];
    const all = (env) => commands.map(([name, ...more]) => run(['user', name, 'bob@example.com', ...more, ...data], { env }));
    for (const refused of all(memory)) {
      assert.equal(refused.status, 1);
      assert.match(refused.err, elsewhere);
    }
    await (await serve(['--dev', ...data], memory)).stop();
    for (const refused of all({})) {
      assert.equal(refused.status, 1);
      assert.equal(refused.out, '');
      assert.match(refused.err, elsewhere);
    }
    assert.match(user('list').out, /^bob@example\.com\tviewer\tactive\t/m);
    const alone = run(['user', 'sessions', 'bob@example.com', ...data], { env: memory });
    assert.equal(alone.status, 1);
    assert.match(alone.err, /only the server knows its sessions; a restart ends them all/);
    assert.match(run(['user', 'password', 'bob@example.com', ...data], { env: memory }).out, /; restart the server to end the sessions in its memory$/m);
  });
});

describe('passwords', () => {
  const data = join(folder, 'password-rules');
  const add = (email, password, env) =>
    run(['user', 'add', email, '--password-stdin', '--data', data], { env, input: `${password}\n` });

  test('obey the configuration on the command line as on the web', () => {
    const strict = { LATCHKEY_MIN_PASSWORD: '24' };
    const refused = add('ada@example.com', 'a long enough phrase', strict);
    assert.equal(refused.status, 1);
    assert.match(refused.err, /at least 24 characters/);
    const added = add('ada@example.com', 'a long enough phrase');
    assert.equal(added.status, 0, added.err);
    const change = ['user', 'password', 'ada@example.com', '--password-stdin', '--data', data];
    assert.equal(run(change, { env: strict, input: 'another long phrase\n' }).status, 1);
  });

  test('are kept in the normal form that Better Auth compares, and sign in however they are written', async () => {
    const place = join(folder, 'normal-forms');
    const shared = { LATCHKEY_PASSWORD_FORMAT: 'better-auth' };
    const password = 'correct\u00a0horse battery'; // a no-break space
    const added = run(['user', 'add', 'zoe@example.com', '--password-stdin', '--data', place], { env: shared, input: `${password}\n` });
    assert.equal(added.status, 0, added.err);
    const [, salt, key] = /([0-9a-f]{32}):([0-9a-f]{128})/.exec(readFileSync(join(place, 'latchkey.db'), 'latin1'));
    // As better-auth/crypto does.
    const cost = { N: 16384, r: 16, p: 1, maxmem: 128 * 16384 * 16 * 2 };
    assert.equal(scryptSync(password.normalize('NFKC'), salt, 64, cost).toString('hex'), key);
    const server = await serve(['--dev', '--data', place], shared);
    try {
      for (const written of [password, 'correct horse battery']) {
        const body = JSON.stringify({ email: 'zoe@example.com', password: written });
        const answer = await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
        assert.equal(answer.status, 200, written);
      }
    } finally {
      await server.stop();
    }
  });

  test('are kept in the configured form, and those of the other form sign in all the same', async () => {
    const shared = { LATCHKEY_PASSWORD_FORMAT: 'better-auth' };
    assert.equal(add('eve@example.com', 'a long enough phrase', shared).status, 0);
    // Better Auth writes `salt:key` in hex, where ours begins with a dollar.
    const forms = () => new Set(readFileSync(join(data, 'latchkey.db'), 'latin1').match(/[0-9a-f]{32}:[0-9a-f]{128}/g));
    assert.equal(forms().size, 1);
    const server = await serve(['--dev', '--data', data]);
    try {
      const body = JSON.stringify({ email: 'eve@example.com', password: 'a long enough phrase' });
      const answer = await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
      assert.equal(answer.status, 200);
    } finally {
      assert.equal((await server.stop()).status, 0);
    }
  });
});
