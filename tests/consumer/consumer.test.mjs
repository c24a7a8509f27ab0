// SPDX-License-Identifier: Apache-2.0
// The C++ libraries as others get them: what build/native installs, moved elsewhere, and projects of somebody's own that
// find it by CMake, by pkg-config, or have the sources inside.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const here = join(root, 'tests/consumer');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'latchkey-consumer-'));
const prefix = join(work, 'moved', 'prefix');
after(() => rmSync(work, { recursive: true, force: true }));

const env = {
  ...process.env,
  CMAKE_PREFIX_PATH: prefix,
  PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig'),
};
const run = async (command, args, options) => (await execute(command, args, { env, ...options })).stdout;

/** Libraries that the consumer's CMake is not to look for, as if they were not on the machine. */
const without = (...packages) => packages.map((name) => `-DCMAKE_DISABLE_FIND_PACKAGE_${name}=ON`);
const inside = ['Boost', 'nlohmann_json', 'CLI11'];
const linked = ['OpenSSL', 'SQLite3', 'hiredis', 'utf8proc', 'Threads'];

/** The README's example of this kind. */
function example(info) {
  const found = readme.match(new RegExp('```' + info + '\\n([\\s\\S]*?)```'));
  assert.ok(found, `README.md has an example of ${info}`);
  return found[1];
}

const configure = (source, build, ...options) => run('cmake', ['-G', 'Ninja', '-S', source, '-B', build, ...options]);

before(async () => {
  const first = join(work, 'installed');
  const command = example('sh install').trim().split(' ');
  assert.deepEqual(command, ['cmake', '--install', 'build/native', '--prefix', 'DIR', '--strip']);
  await run('cmake', command.slice(1).map((word) => (word === 'DIR' ? first : word)), { cwd: root });
  await run('mkdir', [join(work, 'moved')]);
  renameSync(first, prefix);
});

/** What each of the programs says when all went well. */
const said = {
  core: /^core: An object has the same key twice\.\n$/,
  native: /^native: ada opened; SQLite 3\.\d+\.\d+\n$/,
  server: /^server: listened and stopped\n$/,
};

for (const [component, hidden] of [
  ['core', [...inside, ...linked]],
  ['native', inside],
  ['server', inside],
]) {
  test(`find_package gives ${component}, with no more than it needs on the machine`, async () => {
    const build = join(work, `cmake-${component}`);
    await configure(join(here, 'cmake-package'), build, `-DCOMPONENT=${component}`, ...without(...hidden));
    await run('cmake', ['--build', build]);
    assert.match(await run(join(build, 'consumer'), []), said[component]);
  });
}

test('find_package without components gives all targets, and refuses what this is not', async () => {
  const project = (body) => {
    const folder = mkdtempSync(join(work, 'finding-'));
    writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.23)\nproject(finding CXX)\n${body}`);
    return configure(folder, join(folder, 'build'));
  };
  await project(`find_package(latchkey REQUIRED)
    foreach(name core native server)
      if(NOT TARGET latchkey::\${name})
        message(FATAL_ERROR \${name})
      endif()
    endforeach()`);
  for (const version of ['0.2', '0.0', '1.0']) {
    await assert.rejects(project(`find_package(latchkey ${version} REQUIRED)`), /compatible with requested\s+version/, version);
  }
  await assert.rejects(
    project('find_package(latchkey REQUIRED COMPONENTS core ldap)'),
    ({ stderr }) => stderr.replaceAll(/\s+/g, ' ').includes('no component "ldap" in this installation of Latchkey; it has core, native, server.'),
  );
  await project('find_package(latchkey REQUIRED COMPONENTS core OPTIONAL_COMPONENTS ldap)');
});

test('pkg-config gives each library, with and without --static', async () => {
  const out = mkdtempSync(join(work, 'pkg-config-'));
  await run('make', ['-C', join(here, 'pkg-config'), `OUT=${out}`]);
  for (const [component, expected] of Object.entries(said)) {
    assert.match(await run(join(out, component), []), expected);
    const flags = await run('pkg-config', ['--static', '--cflags', '--libs', `latchkey-${component}`]);
    assert.ok(flags.includes(`-llatchkey_${component}`), flags);
    const version = await run('pkg-config', ['--modversion', `latchkey-${component}`]);
    assert.equal(version.trim(), /^latchkey (.*)$/m.exec(await run(join(prefix, 'bin/latchkey'), ['--version']))[1]);
  }
});

test('a project with the sources inside builds core alone, and installs nothing of ours', async () => {
  // Kept between runs, but for the options: the one consumer that compiles the libraries again.
  const build = join(root, 'build/consumer');
  const hidden = without(...linked, 'Boost', 'CLI11');
  await configure(join(here, 'add-subdirectory'), build, '-ULATCHKEY_*', '-DLATCHKEY_BUILD_NATIVE=OFF', ...hidden);
  await run('cmake', ['--build', build]);
  assert.match(await run(join(build, 'consumer'), []), said.core);
  const target = join(work, 'subdirectory');
  await run('cmake', ['--install', build, '--prefix', target]);
  assert.deepEqual(readdirSync(target), ['bin']);
});

test('native without the server asks for neither Boost nor CLI11', async () => {
  const build = join(work, 'without-server');
  await configure(join(here, 'add-subdirectory'), build, '-DLATCHKEY_BUILD_SERVER=OFF', ...without('Boost', 'CLI11'));
});

test("the README's lines for CMake and pkg-config build its example", async () => {
  const folder = join(work, 'readme');
  await run('mkdir', [folder]);
  writeFileSync(join(folder, 'main.cpp'), example('cpp'));
  const start = 'cmake_minimum_required(VERSION 3.23)\nproject(example CXX)\n';
  writeFileSync(join(folder, 'CMakeLists.txt'), start + example('cmake'));
  await configure(folder, join(folder, 'build'));
  await run('cmake', ['--build', join(folder, 'build')]);
  await run('bash', ['-ec', example('sh pkg-config')], { cwd: folder });
  for (const binary of ['build/example', 'example']) assert.equal(await run(join(folder, binary), []), '10\n');
});

test('the public headers lead to nothing but the standard library, tl::expected and each other', async () => {
  const folder = join(prefix, 'include');
  const installed = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.h'));
  // What adapts another library includes it: the program asks for those by name.
  const isAdapter = (name) => name.startsWith('latchkey/adapters/');
  assert.deepEqual(installed.filter(isAdapter).sort(), ['latchkey/adapters/beast.h', 'latchkey/adapters/httplib.h']);
  const headers = installed.filter((name) => !isAdapter(name));
  assert.ok(headers.includes('latchkey/native/server/http_host.h') && headers.includes('latchkey/permission.h'));
  assert.ok(headers.every((name) => /^latchkey\/(native\/[a-z]+\/)?\w+\.h$|^latchkey\/native\/\w+\.h$/.test(name)), headers.join(' '));
  const all = join(work, 'all.cpp');
  writeFileSync(all, headers.map((name) => `#include <${name}>\n`).join(''));
  const rule = await run('g++', ['-std=c++20', '-M', '-I', folder, all]);
  const used = rule.split(/[\s\\]+/).filter((path) => path.startsWith('/') && path !== all && !path.startsWith(folder));
  const foreign = used.filter((path) => /\/(nlohmann|boost|openssl|sqlite3|CLI)\b/.test(path));
  assert.ok(used.some((path) => path.endsWith('/tl/expected.hpp')));
  assert.deepEqual(foreign, []);
});

test('the installed files name neither the sources nor the place of installation', () => {
  const files = readdirSync(join(prefix, 'lib'), { recursive: true }).filter((name) => /\.(cmake|pc)$/.test(name));
  assert.ok(files.length >= 6, files.join(' '));
  for (const name of files) {
    const text = readFileSync(join(prefix, 'lib', name), 'utf8');
    assert.ok(!text.includes(root.replace(/\/$/, '')) && !text.includes(work), name);
    assert.doesNotMatch(text, /latchkey_flags|nlohmann_json::|Boost::/, name);
  }
});

test('the executable and the studio that was built are installed', async () => {
  assert.match(await run(join(prefix, 'bin/latchkey'), ['--version']), /^latchkey \d+\.\d+\.\d+\n(commit [0-9a-f]{12,}\n)?$/);
  const page = 'share/latchkey/studio/index.html';
  assert.equal(existsSync(join(prefix, page)), existsSync(join(root, 'build/native', page)));
});

test("the README's server builds by both ways, and serves", async (t) => {
  const folder = join(work, 'server');
  mkdirSync(folder);
  assert.match(example('cpp server'), /\.port = 4111/);
  writeFileSync(join(folder, 'main.cpp'), example('cpp server').replace('4111', '0'));
  const start = 'cmake_minimum_required(VERSION 3.23)\nproject(example CXX)\n';
  writeFileSync(join(folder, 'CMakeLists.txt'), start + example('cmake').replaceAll(/COMPONENTS core|::core/g, (text) => text.replace('core', 'server')));
  await configure(folder, join(folder, 'build'));
  await run('cmake', ['--build', join(folder, 'build')]);
  await run('bash', ['-ec', example('sh pkg-config').replace('latchkey-core', 'latchkey-server')], { cwd: folder });

  const server = spawn(join(folder, 'example'), [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => server.kill('SIGKILL'));
  const ended = once(server, 'exit');
  let output = '';
  for await (const bytes of server.stdout) {
    output += bytes;
    if (output.includes('listening on ')) break;
  }
  assert.match(output, /^GET \/api\/hello {2}signed in$/m);
  const origin = output.match(/^listening on (http:\/\/127\.0\.0\.1:\d+)$/m)[1];
  const call = async (...args) => {
    const said = await run('curl', ['-sS', '-b', 'jar', '-c', 'jar', '-w', ' %{http_code}', ...args], { cwd: folder });
    const [, body, status] = said.match(/^([^]*) (\d+)$/);
    return { status: Number(status), body: JSON.parse(body) };
  };
  assert.equal((await call(`${origin}/api/hello`)).status, 401);
  const account = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' });
  const json = ['-H', 'Content-Type: application/json', '-d', account];
  assert.equal((await call(...json, `${origin}/api/auth/credentials/sign-up`)).status, 200);
  assert.deepEqual(await call(`${origin}/api/hello`), { status: 200, body: { hello: 'Ada' } });
  server.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('what is installed is small: no debug information, and a program brings none along', async () => {
  const megabytes = (path) => statSync(path).size / 2 ** 20;
  const bounds = { core: 4, native: 16, server: 4 };
  for (const [component, most] of Object.entries(bounds)) {
    const archive = join(prefix, `lib/liblatchkey_${component}.a`);
    assert.ok(megabytes(archive) < most, `${component}: ${megabytes(archive)} MB`);
    assert.doesNotMatch(await run('readelf', ['-SW', archive], { maxBuffer: 64 << 20 }), /\.debug_info/, component);
  }
  assert.ok(megabytes(join(prefix, 'bin/latchkey')) < 12, `${megabytes(join(prefix, 'bin/latchkey'))} MB`);
});

test('the flags of pkg-config bring no header folder and no macro of a library inside', async () => {
  for (const component of Object.keys(said)) {
    const flags = (await run('pkg-config', ['--cflags', `latchkey-${component}`])).trim().split(/\s+/);
    assert.deepEqual([...new Set(flags)].filter((flag) => !/^-I.*\/include$/.test(flag)), [], component);
  }
});

test('the documents are installed, with the list of requirements that comments cite', () => {
  const folder = join(prefix, 'share/doc/latchkey');
  for (const name of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md', 'LICENSE', 'docs/error-codes.md', 'docs/roles.toml', 'docs/latchkey.toml', 'examples/cpp-backend/README.md', 'examples/cpp-backend/main.cpp']) {
    assert.ok(existsSync(join(folder, name)), name);
  }
  const { groups } = JSON.parse(readFileSync(join(folder, 'docs/requirements.json'), 'utf8'));
  const known = new Set(groups.flatMap(({ requirements }) => Object.keys(requirements)));
  const include = join(prefix, 'include');
  for (const name of readdirSync(include, { recursive: true }).filter((each) => each.endsWith('.h'))) {
    const text = readFileSync(join(include, name), 'utf8');
    for (const [id] of text.matchAll(/\b[A-Z]{2}-\d{2}\b/g)) assert.ok(known.has(id), `${name}: ${id}`);
    assert.doesNotMatch(text, /\b[\w-]+\.md\b/, name);
  }
});
