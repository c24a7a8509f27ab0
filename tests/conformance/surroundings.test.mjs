// The doctor beside a running server, and what it says about disk, files, descriptors, Redis, mail and addresses.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { executable, environment, folder, license, run, secret, serve } from './executable.mjs';

const place = (name) => join(folder, name);
const production = { LATCHKEY_SECRET: secret, MASTRA_EE_LICENSE: license };
const doctor = (args, env) => run(['doctor', '--port', '0', ...args], { env });

/** Not `run`, which would keep what listens in this process from answering. */
function doctorBeside(args, env) {
  return new Promise((resolve) => {
    const child = spawn(executable, ['doctor', ...args], { env: environment(env) });
    let out = '';
    child.stdout.on('data', (bytes) => (out += bytes));
    child.once('exit', (status) => resolve({ status, out }));
  });
}

/** A server that says one thing to each connection; 127.0.0.1 and a free port. */
async function listen(onConnection) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    onConnection(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
  return { port: server.address().port, close };
}

describe('the doctor and the address', () => {
  test('of a running server of Latchkey is good, and is told from another program', async () => {
    const data = place('running');
    const server = await serve(['--dev', '--data', data]);
    try {
      const port = new URL(server.origin).port;
      const healthy = await doctorBeside(['--dev', '--data', data, '--port', port]);
      assert.match(healthy.out, /^ok {4}address {4}127\.0\.0\.1:\d+ \(held by the running server\)$/m);
      assert.equal(healthy.status, 0, healthy.out);
    } finally {
      await server.stop();
    }
    const other = await listen((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'));
    const ill = await doctorBeside(['--dev', '--data', data, '--port', String(other.port)]);
    await other.close();
    assert.match(ill.out, /^FAIL {2}address {4}\S+: Address already in use by another program; choose another with --port$/m);
    assert.equal(ill.status, 1);
  });

  test('of a running server that is not ready is not', async () => {
    const data = place('unready');
    const server = await serve(['--dev', '--data', data], { LATCHKEY_REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const ill = await doctorBeside(['--dev', '--data', data, '--port', new URL(server.origin).port]);
      assert.match(ill.out, /^FAIL {2}running {4}the running server is not ready: redis failed; its log says why$/m);
      assert.equal(ill.status, 1);
    } finally {
      await server.stop();
    }
  });

  test('that does not exist is no running server', () => {
    const { out } = doctor(['--data', place('no-host'), '--host', 'no-such-host.invalid'], production);
    assert.match(out, /^FAIL {2}address {4}no-such-host\.invalid:0: [^;]+; choose another with --host or --port$/m);
  });
});

test('the doctor answers in JSON', () => {
  const data = place('in-json');
  const ill = doctor(['--dev', '--data', data, '--json', '--studio', place('no-studio')]);
  const report = JSON.parse(ill.out);
  assert.equal(report.ok, false);
  assert.deepEqual(report.findings[0], { verdict: 'ok', about: 'settings', message: 'development' });
  assert.ok(report.findings.some(({ verdict, about }) => verdict === 'fail' && about === 'studio'));
  assert.ok(report.findings.every(({ verdict }) => ['ok', 'warn', 'fail'].includes(verdict)));
  assert.equal(JSON.parse(doctor(['--dev', '--data', data, '--json']).out).ok, true);
});

describe('the doctor and what is around a server', () => {
  test('warns of files that other users can read or change', () => {
    const data = place('modes');
    run(['user', 'add', 'ada@example.com', '--role', 'owner', '--data', data]);
    const token = place('modes-token');
    const settings = place('modes.toml');
    writeFileSync(token, 'a token of some length\n');
    writeFileSync(settings, `[server]\nmetrics_token_file = "${token}"\n[redis]\nurl = "redis://:password@127.0.0.1:1"\n`);
    const args = ['--dev', '--data', data, '--config', settings];
    for (const file of [token, settings]) chmodSync(file, 0o600);
    assert.doesNotMatch(doctor(args).out, /has the mode/);
    chmodSync(data, 0o777);
    for (const file of [join(data, 'latchkey.db'), token, settings]) chmodSync(file, 0o644);
    const { out } = doctor(args);
    assert.match(out, /^warn {2}data {7}\S*modes has the mode 0777: other users can replace what is in it; chmod 0700$/m);
    assert.match(out, /^warn {2}store {6}\S*latchkey\.db has the mode 0644: other users can read or change the accounts; chmod 0600$/m);
    assert.match(out, /^warn {2}metrics {4}\S*modes-token has the mode 0644: /m);
    assert.match(out, /^warn {2}settings {3}\S*modes\.toml has the mode 0644: other users can read or change the passwords in it/m);
    writeFileSync(settings, '[server]\n');
    assert.doesNotMatch(doctor(['--dev', '--data', data, '--config', settings]).out, /modes\.toml has the mode/);
    chmodSync(data, 0o700);
  });

  test('tells free space and the limit of open files', () => {
    const { out } = doctor(['--dev', '--data', place('space')]);
    assert.match(out, /^(ok {4}|warn {2})disk {7}.*\d+ (KiB|MiB|GiB) /m);
    assert.match(out, /^(ok {4}files {6}10000 connections at once|warn {2}files {6}the limit of open files here is \d+)/m);
    const limited = spawnSync('sh', ['-c', `ulimit -n 64; exec "${executable}" doctor --dev --port 0 --data "${place('space')}"`], { env: environment(), encoding: 'utf8' });
    assert.match(limited.stdout, /^warn {2}files {6}the limit of open files here is 64: at most 32 connections at once; raise it/m);
  });

  test('connects to the mail server and hears its greeting', async () => {
    const mail = (port) => ({ LATCHKEY_MAIL_URL: `smtp://127.0.0.1:${port}`, LATCHKEY_MAIL_FROM: 'a@example.com', LATCHKEY_MAIL_RESET_PAGE: 'https://studio.example/reset' });
    const ask = (port) => doctorBeside(['--dev', '--port', '0', '--data', place('mail')], mail(port));
    const heard = [];
    const mailbox = await listen((socket) => {
      socket.write('220 mail.example ESMTP\r\n');
      socket.on('data', (bytes) => {
        heard.push(String(bytes));
        socket.write('250 mail.example\r\n');
      });
    });
    const healthy = await ask(mailbox.port);
    await mailbox.close();
    assert.match(healthy.out, /^ok {4}mail/m);
    assert.equal(healthy.status, 0, healthy.out);
    assert.ok(heard.every((line) => !/MAIL FROM|RCPT/.test(line)), heard.join());
    const ill = await ask(mailbox.port);
    assert.match(ill.out, /^FAIL {2}mail {7}The mail server can't be used: .* Start it, or mend mail\.url\.$/m);
    assert.equal(ill.status, 1);
    const silent = await listen(() => {});
    const start = performance.now();
    const waited = await ask(silent.port);
    assert.ok(performance.now() - start < 10_000);
    assert.match(waited.out, /^FAIL {2}mail/m);
    await silent.close();
  });

  test('warns of a Redis that forgets, and says when the password is refused', async () => {
    const probe = await listen(() => {});
    await probe.close();
    const port = String(probe.port);
    const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--requirepass', 'sesame'], { stdio: 'ignore' });
    const cli = (...words) => spawnSync('redis-cli', ['-p', port, '-a', 'sesame', '--no-auth-warning', ...words], { encoding: 'utf8' }).stdout.trim();
    try {
      for (let i = 0; cli('PING') !== 'PONG'; ++i) {
        assert.ok(i < 100, 'Redis does not start');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const ask = (password) => doctor(['--dev', '--data', place('redis')], { LATCHKEY_REDIS_URL: `redis://:${password}@127.0.0.1:${port}` });
      cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      const forgetful = ask('sesame');
      assert.equal(forgetful.status, 0, forgetful.out);
      assert.match(forgetful.out, /^warn {2}redis {6}maxmemory-policy is allkeys-lru: when memory is short it drops sessions and counted attempts; set noeviction$/m);
      assert.match(forgetful.out, /^warn {2}redis {6}it keeps nothing on disk, so a restart of Redis ends every session; set appendonly yes$/m);
      cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      cli('CONFIG', 'SET', 'save', '3600 1');
      assert.match(ask('sesame').out, /^warn {2}redis {6}only snapshots are kept \(save 3600 1\)/m);
      cli('CONFIG', 'SET', 'appendonly', 'yes');
      assert.doesNotMatch(ask('sesame').out, /^warn {2}redis/m);
      const refused = ask('wrong');
      assert.match(refused.out, /^FAIL {2}redis {6}Redis: the password is refused: mend redis\.url$/m);
      const server = await serve(['--dev', '--data', place('redis')], { LATCHKEY_REDIS_URL: `redis://:wrong@127.0.0.1:${port}` });
      await server.stop();
      assert.match(server.output.err, /warning: redis: Redis: the password is refused: mend redis\.url\. Requests that need it fail until it answers\.$/m);
      cli('ACL', 'SETUSER', 'app', 'on', '>pass', '~*', '+@all', '-config');
      const narrow = doctor(['--dev', '--data', place('redis')], { LATCHKEY_REDIS_URL: `redis://app:pass@127.0.0.1:${port}` });
      assert.match(narrow.out, /^warn {2}redis {6}its options may not be read \(CONFIG GET\)/m);
      assert.equal(narrow.status, 0, narrow.out);
    } finally {
      const gone = new Promise((resolve) => redis.once('exit', resolve));
      redis.kill('SIGKILL');
      await gone;
    }
  });

  test('warns of what lies open, as the server does', async () => {
    const everywhere = /server\.host is 0\.0\.0\.0: plain http for everybody who can reach this machine/;
    const weak = /strangers may make accounts \(credentials\.sign_up\) with passwords of 8 characters/;
    const server = await serve(['--data', place('open'), '--host', '0.0.0.0'], { ...production, LATCHKEY_PUBLIC_URL: 'https://studio.example.com' });
    await server.stop();
    const looked = doctor(['--data', place('open'), '--host', '0.0.0.0'], production);
    for (const text of [server.output.err, looked.out]) {
      assert.match(text, everywhere);
      assert.match(text, weak);
    }
    const closed = doctor(['--data', place('open'), '--no-sign-up'], production).out;
    assert.doesNotMatch(closed, everywhere);
    assert.doesNotMatch(closed, weak);
    assert.doesNotMatch(doctor(['--data', place('open')], { ...production, LATCHKEY_MIN_PASSWORD: '15' }).out, weak);
    assert.doesNotMatch(doctor(['--dev', '--data', place('open')]).out, weak);
  });

  test('says the cause and not what follows from it', () => {
    const settings = place('cause.toml');
    const roles = place('broken-roles.toml');
    writeFileSync(roles, '[auditor]\npermisions = []\n');
    writeFileSync(settings, `[server]\npublic_url = "nope"\n[session]\ncookie_domain = "example.com"\n[mail]\nurl = "smtp://127.0.0.1:1"\nfrom = "a@example.com"\n[roles]\nfile = "${roles}"\n`);
    const { out } = doctor(['--data', place('cause'), '--config', settings], production);
    const failures = out.split('\n').filter((line) => line.startsWith('FAIL')).map((line) => line.split(/ +/)[1]);
    assert.deepEqual(failures, ['url', 'roles', 'mail']); // the last is the dead mail server
    assert.doesNotMatch(out, /LATCHKEY_PUBLIC_URL\) is not set|reset_page/);
    mkdirSync(place('cause'), { recursive: true });
    run(['user', 'add', 'ada@example.com', '--role', 'owner', '--data', place('cause')]);
    const stored = doctor(['--data', place('cause'), '--config', settings], production).out;
    assert.equal(stored.match(/broken-roles\.toml:2/g).length, 1, stored);
  });
});

describe('wrong values', () => {
  const start = (args, env, wrapped) => run(['serve', '--port', '0', ...args], { env, wrapped });

  test('a dot in the name of an option gets the nearest one', () => {
    const settings = place('dot.toml');
    writeFileSync(settings, '[server]\nmetrics.tok_file = "x"\n');
    const refused = start(['--dev', '--config', settings]);
    assert.match(refused.err, /dot\.toml:2: there is no option server\.metrics\.tok_file\. The nearest is server\.metrics_token_file\./);
    assert.equal(refused.status, 2);
  });

  test('a variable of Kubernetes is called so', () => {
    const refused = start(['--dev'], { LATCHKEY_SERVICE_HOST: '10.0.0.1' });
    assert.match(refused.err, /There is no variable LATCHKEY_SERVICE_HOST\. Kubernetes sets it for a service called latchkey: set enableServiceLinks to false\./);
  });

  test('too few descriptors are called so', () => {
    const limited = spawnSync('sh', ['-c', `ulimit -n 14; exec "${executable}" serve --dev --port 0 --data "${place('few')}"`], { env: environment(), encoding: 'utf8' });
    assert.match(limited.stderr, /out of file descriptors \(limit 14\)/);
    assert.equal(limited.status, 1);
  });

  test('what is wrong with the arguments is JSON where the file wants the log so', () => {
    const settings = place('json.toml');
    writeFileSync(settings, '[log]\nformat = "json"\n');
    const refused = start(['--config', settings, '--no-such-option']);
    assert.equal(JSON.parse(refused.err).event, 'failure');
  });
});
