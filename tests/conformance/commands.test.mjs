// The operator's commands: configuration files, sealing secrets, licenses and the doctor.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cookieOf, folder, json, license, run, secret, serve } from './executable.mjs';

const place = (name) => join(folder, name);
const documented = fileURLToPath(new URL('../../docs/latchkey.toml', import.meta.url));

describe('a configuration file', () => {
  test('as documented serves as it is, once there are a secret and a license', async () => {
    const env = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
    const server = await serve(['--config', documented, '--data', place('documented')], env);
    assert.equal((await fetch(`${server.origin}/api/auth/capabilities`)).status, 200);
    assert.equal((await server.stop()).status, 0);
  });

  test('decides what it names, also when a variable names the file', async () => {
    const file = place('prefix.toml');
    writeFileSync(file, '[server]\ndevelopment = true\napi_prefix = "/studio"\n[credentials]\nenabled = false\n');
    const server = await serve(['--data', place('prefix')], { LATCHKEY_CONFIG: file });
    try {
      assert.equal((await fetch(`${server.origin}/api/auth/capabilities`)).status, 404);
      const capabilities = await (await fetch(`${server.origin}/studio/auth/capabilities`)).json();
      assert.equal(capabilities.login, null);
    } finally {
      await server.stop();
    }
  });

  test('with a mistake stops the start and names its line and the nearest option', () => {
    const file = place('mistake.toml');
    writeFileSync(file, '[server]\nprot = 4111\n');
    for (const command of [['serve', '--dev'], ['user', 'list'], ['key', 'list'], ['license', 'show']]) {
      const refused = run([...command, '--config', file]);
      assert.equal(refused.status, 2);
      const reason = 'there is no option server.prot. The nearest is server.port.';
      assert.equal(refused.err.split('\n')[0], `latchkey: ${file}:2: ${reason} [ERR_LATCHKEY_CONFIGURATION_INVALID]`);
    }
  });
});

describe('sealing secrets', () => {
  test('are made strong, one unlike the other', () => {
    const [one, other] = [run(['key', 'generate']), run(['key', 'generate'])];
    assert.equal(one.status, 0);
    assert.match(one.out, /^[A-Za-z0-9_-]{43}\n$/);
    assert.notEqual(one.out, other.out);
  });

  test('are written for their owner alone, and never over others', () => {
    const file = place('made');
    assert.equal(run(['key', 'generate', '--file', file]).status, 0);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = run(['key', 'generate', '--file', file]);
    assert.equal(again.status, 1);
    assert.match(again.err, /exists; `latchkey key rotate --file .*` adds a secret to it\. \[ERR_LATCHKEY_CONFIGURATION_INVALID\]$/m);
  });

  test('are listed by their marks and never shown', () => {
    const file = place('listed');
    run(['key', 'generate', '--file', file]);
    run(['key', 'rotate', '--file', file]);
    const listed = run(['key', 'list', '--file', file]);
    assert.match(listed.out, /^[0-9a-f]{8}\tseals and opens\tmade \S+ .*\n[0-9a-f]{8}\topens\tmade \S+ .*\n$/);
    const kept = readFileSync(file, 'utf8').trim().split('\n').filter((line) => !line.startsWith('#'));
    assert.equal(kept.length, 2);
    for (const line of kept) assert.equal(listed.out.includes(line), false);
  });

  test('are rotated without signing anyone out, and dropped for good', async () => {
    const data = place('rotation');
    const file = place('rotating');
    run(['key', 'generate', '--file', file]);
    const env = { LATCHKEY_SECRET_FILE: file };
    const args = ['--dev', '--data', data];
    const body = JSON.stringify({ email: 'owner@example.com', password: 'a long enough phrase' });
    const me = async (origin, cookie) => (await fetch(`${origin}/api/auth/me`, { headers: { cookie } })).json();

    const first = await serve(args, env);
    const signedUp = await fetch(`${first.origin}/api/auth/signup`, { method: 'POST', headers: json, body });
    const cookie = cookieOf(signedUp);
    await first.stop();

    const rotated = run(['key', 'rotate', '--data', data], { env });
    assert.equal(rotated.status, 0, rotated.err);
    assert.match(rotated.out, /^key [0-9a-f]{8} seals new sessions, 1 older one still opens its own\n/);
    const second = await serve(args, env);
    assert.equal((await me(second.origin, cookie)).email, 'owner@example.com');
    await second.stop();

    assert.equal(run(['key', 'rotate', '--keep', '0', '--data', data], { env }).status, 0);
    const third = await serve(args, env);
    assert.equal(await me(third.origin, cookie), null);
    await third.stop();
  });

  test('are read again at SIGHUP while the server runs, and bad ones are left where they are', async () => {
    const file = place('reloaded');
    run(['key', 'generate', '--file', file]);
    const env = { LATCHKEY_SECRET_FILE: file };
    const data = place('reload');
    const server = await serve(['--dev', '--data', data], env);
    const until = async (line) => {
      for (let i = 0; i < 200 && !server.output.err.includes(line); ++i) await new Promise((done) => setTimeout(done, 20));
      assert.ok(server.output.err.includes(line), server.output.err);
    };
    try {
      const body = JSON.stringify({ email: 'owner@example.com', password: 'a long enough phrase' });
      const post = (path) => fetch(`${server.origin}${path}`, { method: 'POST', headers: json, body });
      const me = async (cookie) => (await fetch(`${server.origin}/api/auth/me`, { headers: { cookie } })).json();
      const before = cookieOf(await post('/api/auth/signup'));
      run(['key', 'rotate', '--data', data], { env });
      server.signal('SIGHUP');
      await until('read 2 secrets again');
      assert.equal((await me(before)).email, 'owner@example.com');
      const audit = await fetch(`${server.origin}/api/audit?action=key.reload`, { headers: { cookie: before } });
      const marks = run(['key', 'list', '--file', file]).out.trim().split('\n').map((line) => line.split('\t')[0]);
      const reloaded = (await audit.json()).events.map(({ actor, resource, metadata }) => [actor.id, resource.id, metadata.keys]);
      assert.deepEqual(reloaded, [['config', marks[0], marks]]);
      const after = cookieOf(await post('/api/auth/login'));
      writeFileSync(file, 'changeme\n', { mode: 0o600 });
      server.signal('SIGHUP');
      await until('the secrets stay as they are: ');
      assert.equal((await me(after)).email, 'owner@example.com');
    } finally {
      assert.equal((await server.stop()).status, 0);
    }
  });

  test('that are too weak stop a rotation before anything is written', () => {
    const file = place('weak');
    writeFileSync(file, 'changeme\n', { mode: 0o600 });
    const refused = run(['key', 'rotate', '--file', file]);
    assert.equal(refused.status, 1);
    assert.equal(readFileSync(file, 'utf8'), 'changeme\n');
  });
});

describe('roles of a file', () => {
  const file = place('roles.toml');
  const data = place('roles');
  const user = (...args) => run(['user', ...args, '--data', data], { env: { LATCHKEY_ROLES_FILE: file } });
  const document = readFileSync(fileURLToPath(new URL('../../docs/roles.toml', import.meta.url)), 'utf8');

  test('are those of the accounts and the server, and are read again at SIGHUP', async () => {
    writeFileSync(file, document);
    const unknown = user('add', 'ada@example.com', '--role', 'developer');
    assert.match(unknown.err, /There is no role "developer"; there are owner, editor, auditor, viewer/);
    for (const [email, role] of [['ada@example.com', 'owner'], ['eve@example.com', 'editor']]) {
      const input = 'a long enough phrase\n';
      const added = run(['user', 'add', email, '--role', role, '--password-stdin', '--data', data], {
        env: { LATCHKEY_ROLES_FILE: file },
        input,
      });
      assert.equal(added.status, 0, added.err);
    }
    const server = await serve(['--dev', '--data', data], { LATCHKEY_ROLES_FILE: file });
    const until = async (line) => {
      for (let i = 0; i < 200 && !server.output.err.includes(line); ++i) await new Promise((done) => setTimeout(done, 20));
      assert.ok(server.output.err.includes(line), server.output.err);
    };
    try {
      const body = JSON.stringify({ email: 'eve@example.com', password: 'a long enough phrase' });
      const signedIn = await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
      const cookie = cookieOf(signedIn);
      const permissions = async () =>
        (await (await fetch(`${server.origin}/api/auth/me`, { headers: { cookie } })).json()).permissions;
      assert.deepEqual(await permissions(), ['agents:*', 'workflows:write', 'agents:read', 'workflows:read']);
      const owner = cookieOf(
        await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body: body.replace('eve', 'ada') }),
      );
      const changes = async () => {
        const answer = await fetch(`${server.origin}/api/audit?actorId=config&action=role.*`, { headers: { cookie: owner } });
        return (await answer.json()).events.map(({ action, resource, outcome }) => [action, resource.id, outcome]);
      };
      // The store began with these very roles, so the start changed nothing.
      const first = await changes();
      assert.deepEqual(first, []);

      writeFileSync(file, document.replace('"workflows:write"', '"workflows:write", "tools:read"'));
      server.signal('SIGHUP');
      await until('read the roles again');
      assert.ok((await permissions()).includes('tools:read'));
      assert.deepEqual(await changes(), [['role.define', 'editor', 'success'], ...first]);

      writeFileSync(file, document.replaceAll('editor', 'writer'));
      server.signal('SIGHUP');
      await until(`the roles stay as they are: ${file}: The role "editor" is assigned`);
      assert.ok((await permissions()).includes('tools:read'));
      assert.equal((await changes()).length, first.length + 1);
    } finally {
      await server.stop();
    }
  });

  test('that can not be stop the start with their place', () => {
    const cases = [
      ['[a]\npermisions = ["b:c"]\n', `${file}:2: a role has no "permisions"; is permissions meant?`],
      ['[a]\npermissions = "b:c"\n', `${file}:2: permissions must be a list of texts.`],
      ['a = 1\n', `${file}:1: a role is a section such as [auditor]; "a" stands in none.`],
      ['[a]\ninherits = ["nobody"]\n', `${file}:1: the role "a": Define the role "nobody"`],
      ['[a]\npermissions = ["b c"]\n', `${file}:1: the role "a", the grant "b c": A grant is *, namespace:action`],
      ['[a]\npermissions = ["b:c"]\n', `${file}: no role in it holds everything ("*")`],
      ['', `${file}: there is no role in it.`],
      ['[a', `${file}:1: `],
    ];
    for (const [text, message] of cases) {
      writeFileSync(file, text);
      const refused = run(['serve', '--dev', '--port', '0', '--data', place('roles-bad')], { env: { LATCHKEY_ROLES_FILE: file } });
      assert.equal(refused.status, 1, text);
      assert.ok(refused.err.includes(message), `${text}: ${refused.err}`);
    }
  });
});

describe('licenses', () => {
  test('are shown by what they enable, and never themselves', () => {
    const shown = run(['license', 'show'], { env: { MASTRA_EE_LICENSE: license } });
    assert.equal(shown.status, 0);
    assert.equal(
      shown.out,
      'valid\ntier: enterprise\nfeatures: user, session, sso, rbac, acl, audit\nexpires: never\n',
    );
    assert.equal(run(['license', 'show']).status, 1);
  });

  test('of a form that is not accepted are refused', () => {
    const file = place('signed.toml');
    writeFileSync(place('vendor.key'), `${'A'.repeat(43)}\n`);
    writeFileSync(file, `[license]\naccept = ["signed"]\npublic_key_file = "${place('vendor.key')}"\n`);
    for (const args of [['verify', license], ['show']]) {
      const refused = run(['license', ...args, '--config', file], { env: { MASTRA_EE_LICENSE: license } });
      assert.equal(refused.status, 1);
      assert.match(refused.err, /is no license of a form that license\.accept names/);
    }
    writeFileSync(place('vendor.key'), 'not a key\n');
    assert.match(run(['license', 'verify', license, '--config', file]).err, /holds no public key: 32 bytes in base64url/);
  });
});

describe('the doctor', () => {
  const doctor = (args, env) => run(['doctor', '--port', '0', ...args], { env });

  test('finds nothing wrong with what would start, and changes nothing', () => {
    const data = place('never-made');
    const healthy = doctor(['--dev', '--data', data]);
    assert.equal(healthy.status, 0, healthy.out);
    assert.match(healthy.out, /^ok {4}secret {5}is made at the first start, in /m);
    assert.match(healthy.out, /^warn {2}store {6}no database yet/m);
    assert.throws(() => statSync(data));
  });

  test('names what is missing and how to mend it', () => {
    const ill = doctor(['--data', place('nowhere')]);
    assert.equal(ill.status, 1);
    assert.match(ill.out, /^FAIL {2}secret {5}No secret: set LATCHKEY_SECRET/m);
    assert.match(ill.out, /^FAIL {2}license {4}No license: .* set MASTRA_EE_LICENSE/m);
  });

  test('sees an address that is taken, a secret that others can read and a studio that is not built', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const file = place('readable');
    writeFileSync(file, `${secret}\n`);
    chmodSync(file, 0o644);
    mkdirSync(place('empty-studio'), { recursive: true });
    try {
      const { port } = other.address();
      const args = ['doctor', '--port', `${port}`, '--studio', place('empty-studio'), '--data', place('nowhere')];
      const ill = run(args, { env: { LATCHKEY_SECRET_FILE: file, MASTRA_EE_LICENSE: license } });
      assert.equal(ill.status, 1);
      assert.match(ill.out, /^FAIL {2}address {4}127\.0\.0\.1:\d+: Address already in use/m);
      assert.match(ill.out, /^warn {2}secret .*can be read by other users; set its mode to 0600/m);
      assert.match(ill.out, /^FAIL {2}studio {5}.* has no index\.html/m);
    } finally {
      other.close();
    }
  });

  test('refuses what a server would refuse, before there is a database', async () => {
    const settings = place('refused.toml');
    const token = place('no-such-token');
    const cases = [
      ['[server]\ntrusted_proxies = ["10.0.0.0/99"]\n', /"10\.0\.0\.0\/99" is no address/],
      ['[session]\ncookie_name = "__Host-x"\n', /The session cookie can't be set/],
      [`[server]\nmetrics_token_file = "${token}"\n`, /file of the metrics token \S*no-such-token can't be read: No such file or directory/],
      ['[roles]\ndefault_role = "nope"\n', /roles\.default_role is "nope", but there are only owner, admin, developer/],
      [`[roles]\nfile = "${place('no-such-roles.toml')}"\n`, /no-such-roles\.toml: the file can't be read: No such file or directory\./],
    ];
    for (const [text, reason] of cases) {
      writeFileSync(settings, text);
      const ill = doctor(['--dev', '--data', place('refused'), '--config', settings]);
      assert.match(ill.out, reason, text);
      assert.equal(ill.status, 1, text);
      const stopped = run(['serve', '--dev', '--port', '0', '--data', place('refused-serve'), '--config', settings]);
      assert.match(stopped.err, reason, text);
      assert.equal(stopped.status, 1, text);
    }
    writeFileSync(settings, '[roles]\ndefault_role = "owner"\n');
    const risk = /whoever signs up is owner and holds everything: choose another roles\.default_role, or close sign-up/;
    assert.match(doctor(['--dev', '--data', place('risky'), '--config', settings]).out, risk);
    const server = await serve(['--dev', '--data', place('risky'), '--config', settings]);
    await server.stop();
    assert.match(server.output.err, risk);
    assert.doesNotMatch(doctor(['--dev', '--data', place('risky')]).out, risk);
  });

  test('says where a configuration file is wrong', () => {
    const file = place('wrong.toml');
    writeFileSync(file, '[session]\nidle = "soon"\n');
    const ill = doctor(['--config', file]);
    assert.equal(ill.status, 1);
    assert.match(ill.out, /^FAIL {2}settings {3}.*wrong\.toml:2: session\.idle must be a duration/m);
  });
});

describe('operations', () => {
  const ask = async (server, path, headers = {}) => {
    const answer = await fetch(`${server.origin}${path}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };

  test('health and readiness answer anybody, metrics only their token', async () => {
    const token = run(['key', 'generate']).out.trim();
    writeFileSync(place('metrics-token'), `${token}\n`, { mode: 0o600 });
    const server = await serve(['--data', place('operations')], {
      LATCHKEY_SECRET: secret,
      MASTRA_EE_LICENSE: license,
      LATCHKEY_METRICS_TOKEN_FILE: place('metrics-token'),
    });
    try {
      assert.deepEqual(await ask(server, '/healthz'), { status: 200, text: 'ok\n' });
      assert.deepEqual(await ask(server, '/readyz'), { status: 200, text: 'ok\n' });
      assert.equal((await ask(server, '/metrics')).status, 404);
      await ask(server, '/api/auth/me');
      const body = JSON.stringify({ email: 'nobody@example.com', password: 'wrong' });
      await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body });
      const { status, text } = await ask(server, '/metrics', { authorization: `Bearer ${token}` });
      assert.equal(status, 200);
      assert.match(text, /^latchkey_http_requests_total\{route="\/auth\/me",method="GET",status="200"\} 1$/m);
      assert.match(text, /^latchkey_http_request_duration_seconds_bucket\{route="\/auth\/me",le="\+Inf"\} 1$/m);
      assert.match(text, /^latchkey_audit_events_total\{action="auth\.sign_in",outcome="failure"\} 1$/m);
      assert.match(text, /^latchkey_audit_dropped_total 0$/m);
      assert.match(text, /^latchkey_audit_queue_events 0$/m);
    } finally {
      await server.stop();
    }
  });

  test('requests are logged as JSON with their id and trace, and without what clients wrote', async () => {
    const server = await serve(['--dev', '--data', place('log')], { LATCHKEY_LOG_FORMAT: 'json', LATCHKEY_LOG_REQUESTS: 'on' });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await ask(server, '/api/auth/me?secret=1', { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
    await ask(server, '/api/no/such/path');
    assert.equal((await ask(server, '/metrics')).status, 200); // development, from this machine
    await server.stop();
    const lines = server.output.err.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    const [known, unknown] = lines.filter(({ event }) => event === 'request');
    assert.equal(known.traceId, trace);
    assert.equal(known.route, '/auth/me');
    assert.equal(known.status, 200);
    assert.match(known.requestId, /^[A-Za-z0-9_-]{16}$/);
    assert.ok(Number.isInteger(known.durationUs));
    assert.equal(unknown.route, 'none');
    assert.equal(server.output.err.includes('secret=1'), false);
  });

  test('all that is logged as JSON is, notices, warnings, the console audit and what stops a start', async () => {
    const env = { LATCHKEY_LOG_FORMAT: 'json' };
    const parse = (text) => text.trim().split('\n').map((line) => JSON.parse(line));
    const server = await serve(['--dev', '--data', place('json-log'), '--host', '127.0.0.1'], env);
    const body = JSON.stringify({ email: 'ada@example.com', password: 'a long enough phrase' });
    await fetch(`${server.origin}/api/auth/signup`, { method: 'POST', headers: json, body });
    await fetch(`${server.origin}/api/auth/login`, { method: 'POST', headers: json, body: body.replace('enough', 'wrong') });
    await server.stop();
    const logged = parse(server.output.err);
    assert.ok(logged.some(({ event, level, message }) => event === 'development' && level === 'info' && message.startsWith('development mode')));
    assert.ok(logged.some(({ action, outcome }) => action === 'auth.sign_in' && outcome === 'failure'));
    const listening = logged.find(({ event }) => event === 'listening');
    assert.deepEqual([listening.level, listening.url], ['info', server.origin]);
    const audit = parse(server.output.out);
    assert.ok(audit.some(({ action }) => action === 'auth.sign_up'));

    const file = place('json-mistake.toml');
    writeFileSync(file, '[log]\nformat = "json"\n[server]\nprot = 1\n');
    for (const [args, more, code] of [
      [['--config', file], {}, 'ERR_LATCHKEY_CONFIGURATION_INVALID'],
      [['--config', file, '--no-such-option'], {}, 'ERR_LATCHKEY_CONFIGURATION_INVALID'],
      [['--dev', '--data', place('json-log'), '--studio', place('nowhere')], env, 'ERR_LATCHKEY_CONFIGURATION_INVALID'],
      [[], { ...env, LATCHKEY_SECRET: secret }, 'ERR_LATCHKEY_LICENSE_REQUIRED'],
    ]) {
      const [failure] = parse(run(['serve', '--port', '0', ...args], { env: more }).err).slice(-1);
      assert.equal(failure.event, 'failure');
      assert.equal(failure.level, 'error');
      assert.equal(failure.code, code, failure.message);
    }
  });
});
