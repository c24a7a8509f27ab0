// SPDX-License-Identifier: Apache-2.0
// examples/cpp-backend: a program of somebody's own, built as its README says against an installed Latchkey, and the same
// requests to both of its servers. LATCHKEY_NOTES names one that is built already.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'examples/cpp-backend/README.md'), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'latchkey-backend-'));
after(() => rmSync(work, { recursive: true, force: true }));

// No setting of whoever runs the tests may reach the program.
const env = { PATH: process.env.PATH };
const password = 'correct horse battery';
const example = (info) => {
  const found = readme.match(new RegExp('```' + info + '\\n([\\s\\S]*?)```'));
  assert.ok(found, `the README has an example of ${info}`);
  return found[1];
};
const program = resolve(root, process.env.LATCHKEY_NOTES ?? 'build/notes/build/notes');

before(async () => {
  if (!process.env.LATCHKEY_NOTES) await run('bash', ['-ec', example('sh build')], { cwd: root });
});

/** Starts it and waits until it listens. */
async function start(command, args) {
  const child = spawn(command, args, { env, cwd: root });
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  const ended = once(child, 'exit');
  let output = '';
  const origin = await new Promise((found, failed) => {
    child.once('exit', (status) => failed(new Error(`ended with ${status}: ${errors}`)));
    child.stdout.on('data', (bytes) => {
      const ready = /^listening on (\S+)$/m.exec((output += bytes));
      if (ready) found(ready[1]);
    });
  });
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

const serve = (name, data) => start(program, ['--dev', '--server', name, '--port', '0', '--data', data]);

/** What a start that fails ends with. */
async function refusedStart(...args) {
  const child = spawn(program, ['--port', '0', '--data', join(work, 'refused'), ...args], { env });
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  const [status] = await once(child, 'close');
  return { status, errors };
}

/** All that the server sends for these bytes until it closes. */
async function exchange(origin, text) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
const statusesOf = (answer) => [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

/** A person with a browser's cookies. */
class person {
  cookie = '';
  constructor(origin) {
    this.origin = origin;
  }
  async send(method, path, body, headers = {}) {
    const answer = await fetch(`${this.origin}/api${path}`, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...(this.cookie && { cookie: this.cookie }), ...headers },
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text ? JSON.parse(text) : null };
  }
  async signUp(name) {
    const answer = await this.send('POST', '/auth/credentials/sign-up', { email: `${name}@example.com`, password });
    assert.equal(answer.status, 200, answer.text);
    this.id = answer.body.user.id;
    this.cookie = answer.headers.getSetCookie()[0].split(';')[0];
    return this;
  }
}

for (const name of ['beast', 'httplib']) {
  describe(`the notes behind ${name}`, () => {
    let server;
    let stranger;
    let ada; // owner
    let bob; // viewer
    let eve; // editor
    let note; // eve's

    before(async () => {
      server = await serve(name, join(work, name));
      const newcomer = (who) => new person(server.origin).signUp(who);
      stranger = new person(server.origin);
      ada = await newcomer('ada');
      bob = await newcomer('bob');
      eve = await newcomer('eve');
      assert.equal((await ada.send('PUT', `/auth/users/${eve.id}/roles/editor`)).status, 200);
      const made = await eve.send('POST', '/notes', { title: 'a&b', text: 'first' });
      assert.equal(made.status, 201, made.text);
      note = made.body;
    });
    after(async () => assert.equal(await server.stop(), 0));

    test('signs in, and knows who asks', async () => {
      const again = new person(server.origin);
      const wrong = await again.send('POST', '/auth/credentials/sign-in', { email: 'bob@example.com', password: 'wrong horse' });
      assert.equal(wrong.status, 401);
      const right = await again.send('POST', '/auth/credentials/sign-in', { email: 'bob@example.com', password });
      assert.equal(right.status, 200);
      again.cookie = right.headers.getSetCookie()[0].split(';')[0];
      assert.equal((await again.send('GET', '/auth/me')).body.id, bob.id);
      assert.equal((await stranger.send('GET', '/auth/me')).body, null);
    });

    test('[RB-16] each own route has its guard: open, signed in, a permission', async () => {
      assert.equal((await stranger.send('GET', '/status')).status, 200);
      assert.equal((await stranger.send('GET', '/notes')).status, 401);
      assert.equal((await bob.send('GET', '/notes')).status, 200);
      assert.equal((await stranger.send('POST', '/notes', { title: 'b', text: '' })).status, 401);
      const refused = await bob.send('POST', '/notes', { title: 'b', text: '' });
      assert.equal(refused.status, 403);
      assert.equal(refused.body.message, 'Missing required permission: notes:write');
      const made = await eve.send('POST', '/notes', { title: 'b', text: '' });
      assert.equal(made.status, 201);
      assert.equal((await eve.send('DELETE', `/notes/${made.body.id}`)).status, 200);
      assert.equal((await eve.send('GET', `/notes/${made.body.id}`)).status, 404);
    });

    test('one permission of a list is enough', async () => {
      const refused = await bob.send('GET', '/reports/notes');
      assert.equal(refused.status, 403);
      assert.equal(refused.body.message, 'Missing required permission: reports:read or notes:delete');
      assert.equal((await eve.send('GET', '/reports/notes')).status, 200);
    });

    test('[AC-01] [AC-04] a grant opens one note, and only what it says', async () => {
      const other = (await eve.send('POST', '/notes', { title: 'other', text: '' })).body;
      const change = (who, id) => who.send('PUT', `/notes/${id}`, { title: 'a&b', text: 'second' });
      assert.equal((await change(bob, note.id)).body.message, `Missing required permission: notes:write:${note.id}`);
      const wanted = { subject: { type: 'user', id: bob.id }, actions: ['write'] };
      assert.equal((await bob.send('PUT', `/auth/acl/notes/${note.id}`, wanted)).status, 403);
      assert.equal((await eve.send('PUT', `/auth/acl/notes/${note.id}`, wanted)).status, 200);
      assert.equal((await change(bob, note.id)).status, 200);
      assert.equal((await bob.send('GET', `/notes/${note.id}`)).body.text, 'second');
      assert.equal((await change(bob, other.id)).status, 403);
      assert.equal((await bob.send('DELETE', `/notes/${note.id}`)).status, 403);

      // As a guest bob reads nothing by his role, and sees no more than what he was given.
      const titles = async () => (await bob.send('GET', '/notes')).body.notes.map(({ title }) => title);
      assert.deepEqual(await titles(), ['a&b', 'other']);
      const isTurned = async (method, role) => (await ada.send(method, `/auth/users/${bob.id}/roles/${role}`)).status === 200;
      assert.ok((await isTurned('PUT', 'guest')) && (await isTurned('DELETE', 'viewer')));
      assert.deepEqual(await titles(), []);
      await eve.send('PUT', `/auth/acl/notes/${note.id}`, { ...wanted, actions: ['read'] });
      assert.deepEqual(await titles(), ['a&b']);
      assert.ok((await isTurned('PUT', 'viewer')) && (await isTurned('DELETE', 'guest')));
    });

    test('the audit log has what the own routes did, for whom, and from where', async () => {
      assert.equal((await bob.send('GET', '/audit')).status, 403);
      const { events } = (await ada.send('GET', `/audit?action=notes:*&resourceId=${note.id}`)).body;
      const seen = events.map(({ action, outcome, actor }) => `${action} ${outcome} ${actor.email}`).reverse();
      assert.deepEqual(seen, [
        'notes:create success eve@example.com',
        'notes:write denied bob@example.com',
        'notes:write success bob@example.com',
        'notes:delete denied bob@example.com',
      ]);
      assert.ok(events.every(({ actor }) => actor.ip === '127.0.0.1'));
      const reports = (await ada.send('GET', '/audit?action=reports:read&outcome=success')).body;
      assert.equal(reports.events[0].actor.email, 'eve@example.com');
    });

    test('[HT-09] HEAD, OPTIONS, TRACE and other methods come through', async () => {
      const shown = await bob.send('GET', '/notes');
      const head = await bob.send('HEAD', '/notes');
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(shown.text)));
      assert.equal((await stranger.send('HEAD', '/notes')).status, 401);
      for (const method of ['PATCH', 'DELETE']) {
        const refused = await eve.send(method, '/notes', method === 'PATCH' ? {} : undefined);
        assert.equal(refused.status, 405);
        assert.equal(refused.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
      }
      assert.equal((await stranger.send('OPTIONS', '/notes')).status, 204);
      assert.deepEqual(statusesOf(await exchange(server.origin, 'TRACE /api/notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')), [405]);
    });

    test('[HT-08] [HT-10] what is too large or of another type is refused in one form', async () => {
      const text = (bytes) => JSON.stringify({ title: 'large', text: 'x'.repeat(bytes) });
      for (const bytes of [66_000, 900_000]) {
        const refused = await eve.send('POST', '/notes', text(bytes));
        assert.equal(refused.status, 413);
        assert.equal(refused.body.code, 'ERR_LATCHKEY_BODY_TOO_LARGE');
        assert.equal(refused.headers.get('x-content-type-options'), 'nosniff');
      }
      assert.equal((await eve.send('POST', '/notes', text(30_000))).body.error, 'Invalid request body');
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const refused = await eve.send('POST', '/notes', '--x\r\n\r\na=b\r\n--x--\r\n', { 'content-type': type });
        assert.equal(refused.body.code, 'ERR_LATCHKEY_CONTENT_TYPE', type);
        assert.equal(refused.status, 415);
      }
      const long = await stranger.send('GET', `/notes?${'q'.repeat(9_000)}`);
      assert.equal(long.status, 414);
      assert.equal(long.body.code, 'ERR_LATCHKEY_URI_TOO_LONG');
    });

    test('two Set-Cookie lines stay two', async () => {
      const answer = await bob.send('PUT', '/preferences', { theme: 'dark', language: 'en' });
      assert.deepEqual(answer.headers.getSetCookie(), ['theme=dark; SameSite=Lax; Path=/', 'language=en; SameSite=Lax; Path=/']);
    });

    test('[HT-04] path and query arrive as they were sent', async () => {
      assert.equal((await bob.send('GET', '/notes')).status, 200);
      for (const path of ['/note%73', '/notes%3Ftitle=b', `/notes/%${note.id.charCodeAt(0).toString(16)}${note.id.slice(1)}`, '/notes/']) {
        assert.equal((await bob.send('GET', path)).status, 404, path);
        assert.equal((await eve.send('POST', path, { title: 'x', text: '' })).status, 404, path);
      }
      const { notes } = (await bob.send('GET', '/notes?title=a%26b')).body;
      assert.deepEqual(notes.map(({ id }) => id), [note.id]);
      assert.deepEqual((await bob.send('GET', '/notes?title=a%2526b')).body.notes, []);
      // Long, but within the limits: 401, from the route.
      assert.equal((await stranger.send('POST', `/notes?${'q'.repeat(8_000)}`, {})).status, 401);
    });

    test('[HT-07] header lines stay apart, and none of them says where a request comes from', async () => {
      const ask = (lines) =>
        exchange(server.origin, `GET /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${lines.join('\r\n')}\r\n\r\n`);
      assert.match(await ask([`Cookie: ${bob.cookie}`]), /bob@example\.com/);
      for (const lines of [[`Cookie: ${bob.cookie}`, 'Cookie: a=b'], ['Cookie: a=b', `Cookie: ${bob.cookie}`]]) {
        assert.match(await ask(lines), /bob@example\.com/);
      }
      for (const lines of [['Origin: http://a.example', 'Origin: http://b.example'], ['Authorization: Bearer a', 'Authorization: Bearer b']]) {
        assert.deepEqual(statusesOf(await ask(lines)), [400], lines[0]);
      }
      await exchange(
        server.origin,
        `GET /api/audit HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: ${bob.cookie}\r\nREMOTE_ADDR: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`,
      );
      const { events } = (await ada.send('GET', '/audit?action=audit:read&outcome=denied&limit=1')).body;
      assert.equal(events[0].actor.ip, '127.0.0.1');
    });

    test('a body may come in chunks, and need not come at all', async () => {
      const head = (lines) =>
        `PUT /api/preferences HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nCookie: ${bob.cookie}\r\n${lines}\r\n`;
      const body = JSON.stringify({ theme: 'dark', language: 'en' });
      const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
      const chunks = chunk(body.slice(0, 7)) + chunk(body.slice(7)) + '0\r\n\r\n';
      assert.deepEqual(statusesOf(await exchange(server.origin, head('Transfer-Encoding: chunked\r\n') + chunks)), [200]);
      const started = performance.now();
      assert.deepEqual(statusesOf(await exchange(server.origin, head(''))), [400]);
      assert.ok(performance.now() - started < 4_000, 'nothing was waited for');
      const asked = head(`Content-Length: ${body.length}\r\nExpect: 100-continue\r\n`) + body;
      assert.deepEqual(statusesOf(await exchange(server.origin, asked)), [100, 200]);
    });

    test('[HT-06] no request is found inside of another one', async () => {
      const inner = 'GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';
      const outer = (method, lines) => `${method} /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}\r\n${inner}`;
      const length = `Content-Length: ${inner.length}\r\n`;
      for (const [method, lines] of [
        ['POST', `${length}Transfer-Encoding: chunked\r\n`],
        ['POST', `${length}Content-Length: 0\r\n`],
        ['POST', 'Content-Length: +5\r\n'],
        ['POST', 'Transfer-Encoding: xchunked\r\n'],
      ]) {
        assert.deepEqual(statusesOf(await exchange(server.origin, outer(method, lines))), [400], lines);
      }
      const [first, ...others] = statusesOf(await exchange(server.origin, outer('GET', `${length}Connection: close\r\n`)));
      assert.ok(first === 400 || first === 415, String(first));
      assert.deepEqual(others, []);
    });

    test('no handler runs with less of a body than was sent', async () => {
      const before = (await eve.send('GET', '/notes')).body.notes.length;
      const send = (method, lines, body) =>
        exchange(
          server.origin,
          `${method} /api/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: ${eve.cookie}\r\n${lines}\r\n${body}`,
        );
      const json = 'Content-Type: application/json\r\n';
      const form = '--x\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n--x--\r\n';
      const refusals = [
        [415, 'POST', `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${form.length}\r\n`, form],
        [415, 'POST', 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n', 'title=a'],
        [415, 'POST', 'Content-Length: 2\r\n', '{}'],
        [415, 'POST', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'],
        [400, 'POST', `${json}Transfer-Encoding: chunked\r\n`, 'zz\r\n'],
        [400, 'POST', `${json}Transfer-Encoding: chunked\r\n`, '0\r\n\r\n'],
        [413, 'POST', `${json}Content-Length: 9000000\r\n`, '{}'],
        [413, 'POST', `${json}Content-Length: 66000\r\n`, 'x'.repeat(66_000)],
      ];
      for (const [status, method, lines, body] of refusals) {
        const answer = await send(method, lines, body);
        assert.deepEqual(statusesOf(answer), [status], lines);
        assert.match(answer, /^x-content-type-options: nosniff\r$/im, lines);
        assert.match(answer, /"code":"ERR_LATCHKEY_/, lines);
      }
      assert.equal((await eve.send('GET', '/notes')).body.notes.length, before);
    });

    test('a method that is none is refused in one form', async () => {
      const answer = await exchange(server.origin, 'NONSENSE /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
      assert.ok([400, 405].includes(statusesOf(answer)[0]), answer);
      assert.match(answer, /"code":"ERR_LATCHKEY_/);
      assert.match(answer, /^x-content-type-options: nosniff\r$/im);
    });

    test('an answer is whole, whatever part of it is asked for', async () => {
      const whole = await bob.send('GET', '/notes');
      const asked = await bob.send('GET', '/notes', undefined, { range: 'bytes=0-4', 'accept-encoding': 'gzip, br' });
      assert.equal(asked.status, 200);
      assert.equal(asked.text, whole.text);
    });

    test('a port that is taken is an error', async () => {
      const { port } = new URL(server.origin);
      const { status, errors } = await refusedStart('--dev', '--server', name, '--port', port);
      assert.equal(status, 1);
      assert.match(errors, /^notes: Can't listen/);
    });

    test('[NS-06] SIGTERM ends it within 10 s, open connections or not', async () => {
      const other = await serve(name, join(work, `${name}-ended`));
      const { hostname, port } = new URL(other.origin);
      const idle = connect(Number(port), hostname).on('error', () => {});
      await once(idle, 'connect');
      const started = performance.now();
      assert.equal(await other.stop(), 0);
      assert.ok(performance.now() - started < 10_000);
      idle.destroy();
    });
  });
}

test('the program beside Latchkey keeps its own routes', async () => {
  const server = await serve('httplib', join(work, 'beside'));
  try {
    const hello = await fetch(`${server.origin}/hello`);
    assert.equal(await hello.text(), 'Hello\n');
    for (const [path, method] of [['/nothing', 'GET'], ['/%61pi/notes', 'POST'], ['/hello', 'POST']]) {
      const answer = await fetch(server.origin + path, { method, body: method === 'POST' ? '{}' : undefined });
      assert.equal(answer.status, 404, path);
      assert.equal((await answer.json()).code, 'ERR_LATCHKEY_NOT_FOUND');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
  } finally {
    await server.stop();
  }
});

test('[RB-16] a route that declares nothing stops the start', async () => {
  const { status, errors } = await refusedStart('--dev', '--undeclared-route');
  assert.equal(status, 1);
  assert.equal(errors, 'notes: GET /:anything declares no permission and none can be derived from it.\n');
  assert.ok(readme.includes(errors.slice('notes: '.length, -1)));
});

test('the lines for a project of one\'s own are complete, and the option for ours is there', async (t) => {
  if (process.env.LATCHKEY_NOTES) return t.skip('needs the installed Latchkey of the README');
  const folder = join(work, 'own');
  mkdirSync(folder);
  writeFileSync(join(folder, 'CMakeLists.txt'), example('cmake'));
  const source = '#include <latchkey/native/http/message.h>\nint main() { return latchkey::native::parse_query("a=b") ? 0 : 1; }\n';
  writeFileSync(join(folder, 'main.cpp'), source);
  const options = ['-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${join(root, 'build/notes/prefix')}`];
  await run('cmake', [...options, '-S', folder, '-B', join(folder, 'build')]);
  await run('cmake', ['--build', join(folder, 'build')]);
  await run(join(folder, 'build/backend'));

  const inside = join(work, 'inside');
  await run('cmake', ['-G', 'Ninja', '-S', root, '-B', inside, '-DLATCHKEY_BUILD_EXAMPLES=ON', '-DLATCHKEY_BUILD_TESTS=OFF']);
  assert.match((await run('cmake', ['--build', inside, '--target', 'help'])).stdout, /^notes: /m);
});

test('without --dev nothing is guarded by a secret or license that nobody set', async () => {
  const { status, errors } = await refusedStart();
  assert.equal(status, 1);
  assert.match(errors, /^notes: .*secret/i);
  assert.equal((await refusedStart('--server', 'other')).status, 2);
});

test('what the README shows works as it says', async () => {
  const command = example('sh run').trim().replace(/^\S+/, program).replace(/--data \S+/, `--data ${join(work, 'readme')}`);
  assert.match(command, /--port 4112 /);
  const server = await start('bash', ['-c', `exec ${command.replace('4112', '0')}`]);
  try {
    const text = example('sh try').replace('http://127.0.0.1:4112', server.origin);
    const { stdout } = await run('bash', ['-c', text], { cwd: work, env });
    const said = stdout.trim().split('\n').map((line) => JSON.parse(line));
    const comments = [...text.matchAll(/# \d+: (.+)$/gm)].map(([, sentence]) => sentence);
    assert.deepEqual([said[2].error, said[3].message], comments);
    assert.equal(said[4].title, 'Plan');
    assert.equal(said[5].notes[0].id, said[4].id);
    assert.deepEqual(said[6].events.map(({ action }) => action), ['notes:create', 'notes:write']);
  } finally {
    await server.stop();
  }
});
