// SPDX-License-Identifier: Apache-2.0
// The installed headers and archives with other compilers, standards and versions than the ones they were built with.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = join(root, 'tests/consumer/programs');
const work = mkdtempSync(join(tmpdir(), 'latchkey-headers-'));
const prefix = join(work, 'prefix');
const include = join(prefix, 'include');
after(() => rmSync(work, { recursive: true, force: true }));

const env = { ...process.env, PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig') };
const run = async (command, args) => (await execute(command, args, { env, maxBuffer: 64 << 20 })).stdout;
const flagsOf = async (library) => (await run('pkg-config', ['--cflags', '--libs', library])).trim().split(/\s+/);
const strict = ['-Wall', '-Wextra', '-Wpedantic', '-Werror'];

/** What the compiler says of a file that it refuses. */
async function refusal(compiler, args) {
  const failed = await run(compiler, args).then(() => null, (error) => error);
  assert.ok(failed, 'it compiles');
  return failed.stderr;
}

before(() => run('cmake', ['--install', join(root, 'build/native'), '--prefix', prefix]));

const headers = () => readdirSync(include, { recursive: true }).filter((name) => name.endsWith('.h'));

for (const compiler of ['g++', 'clang++']) {
  for (const standard of ['c++20', 'c++2b']) {
    for (const rtti of ['-frtti', '-fno-rtti']) {
      test(`every public struct is filled in by name without a warning: ${compiler} ${standard} ${rtti}`, () =>
        run(compiler, [`-std=${standard}`, rtti, ...strict, '-fsyntax-only', '-I', include, join(programs, 'aggregates.cpp')]));
    }
  }
}

test('the program that does so knows every public struct', () => {
  const text = readFileSync(join(programs, 'aggregates.cpp'), 'utf8');
  // What has a constructor, and what inherits, can't be filled in by name; what is in an adapter needs a foreign library.
  const others = ['json_member', 'caller', 'beast_options'];
  const names = headers().flatMap((name) =>
    [...readFileSync(join(include, name), 'utf8').matchAll(/^struct (\w+)(?: : \w+)? \{/gm)].map(([, struct]) => struct));
  assert.ok(names.length > 100, `${names.length}`);
  for (const name of names) assert.ok(others.includes(name) || new RegExp(`\\b${name}\\{\\s*\\.`).test(text), name);
});

for (const compiler of ['g++', 'clang++']) {
  test(`a provider of one's own that was compiled without RTTI works: ${compiler}`, async () => {
    const program = join(work, `own-${compiler}`);
    await run(compiler, ['-std=c++20', '-fno-rtti', ...strict, join(programs, 'own_provider.cpp'), ...(await flagsOf('latchkey-native')), '-o', program]);
    assert.equal(await run(program, []), 'own provider: asked\n');
  });
}

test('the version of the headers is that of the package', async () => {
  const file = join(work, 'version.cpp');
  writeFileSync(file, `#include <latchkey/version.h>
#include <cstdio>
int main() { std::printf("%s %d.%d.%d", LATCHKEY_VERSION, LATCHKEY_VERSION_MAJOR, LATCHKEY_VERSION_MINOR, LATCHKEY_VERSION_PATCH); }
`);
  await run('g++', ['-std=c++20', file, ...(await flagsOf('latchkey-core')), '-o', join(work, 'version')]);
  const version = (await run('pkg-config', ['--modversion', 'latchkey-core'])).trim();
  assert.equal(await run(join(work, 'version'), []), `${version} ${version}`);
});

test('headers and archives of two versions do not link', async () => {
  const other = join(work, 'other');
  mkdirSync(join(other, 'latchkey'), { recursive: true });
  const text = readFileSync(join(include, 'latchkey/version.h'), 'utf8');
  writeFileSync(join(other, 'latchkey/version.h'), text.replaceAll(/archives_of_\w+/g, 'archives_of_0_9_7'));
  for (const [library, header] of [['core', 'role.h'], ['core', 'utf8.h'], ['native', 'native/http/message.h']]) {
    const file = join(work, 'mixed.cpp');
    writeFileSync(file, `#include <latchkey/${header}>\nint main() {}\n`);
    const flags = await flagsOf(`latchkey-${library}`);
    await run('g++', ['-std=c++20', file, ...flags, '-o', join(work, 'same')]);
    assert.match(await refusal('g++', ['-std=c++20', '-I', other, file, ...flags, '-o', join(work, 'mixed')]), /undefined reference to .*archives_of_0_9_7/);
  }
});

test('below C++20 every header says so, before anything else', async () => {
  const file = join(work, 'old.cpp');
  const said = /error: #error "Latchkey needs C\+\+20/;
  const all = headers();
  assert.ok(all.length > 90, `${all.length}`);
  for (const name of all) {
    writeFileSync(file, `#include <${name}>\n`);
    assert.match(await refusal('g++', ['-std=c++17', '-E', '-I', include, '-o', join(work, 'old.ii'), file]), said, name);
  }
  for (const name of ['latchkey/role.h', 'latchkey/native/http/auth_server.h', 'latchkey/utf8.h']) {
    writeFileSync(file, `#include <${name}>\n`);
    const errors = await refusal('g++', ['-std=c++17', '-fsyntax-only', '-I', include, file]);
    assert.match(errors.split('\n').find((line) => line.includes('error: ')), said, name);
  }
});
