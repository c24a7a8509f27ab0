// SPDX-License-Identifier: Apache-2.0
/** The package as others get it: its names, its files, its types, and that it works when installed and when bundled. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'js/dist');
const manifest = JSON.parse(readFileSync(join(root, 'js/package.json'), 'utf8'));
const run = (command, args, options) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('exports these names and no others', async () => {
  assert.deepEqual(Object.keys(await import('latchkey')), [
    'ERROR_CODES', 'LatchkeyError', 'createAuthClient', 'definePermissions', 'loadCore',
  ]);
  assert.deepEqual(Object.keys(await import('latchkey/core')), [
    'ERROR_CODES', 'LatchkeyError', 'definePermissions', 'loadCore',
  ]);
  assert.deepEqual(Object.keys(await import('latchkey/react')), [
    'AuthProvider', 'AuthRequired', 'Can', 'useAuthActions', 'useAuthCapabilities', 'useCredentialsLogin', 'useCredentialsSignup',
    'useCurrentUser', 'usePermissions',
  ]);
});

test('a client has these names and no others', async () => {
  const { createAuthClient, loadCore } = await import('latchkey');
  const client = createAuthClient();
  assert.deepEqual(Object.keys(client).sort(), [
    'dispose', 'getSession', 'on', 'permissions', 'ready', 'refresh', 'signIn', 'signOut', 'signUp', 'useAuthActions',
    'useAuthCapabilities', 'useCredentialsLogin', 'useCredentialsSignup', 'useCurrentUser', 'usePermissions',
  ]);
  client.dispose();
  assert.deepEqual(Object.keys(await loadCore()).sort(), [
    'auditCsv', 'auditLeaf', 'auditLine', 'auditMatches', 'capabilities', 'cookie', 'cookieJar', 'failed', 'license',
    'parseCookies', 'parseSessionToken', 'permissions', 'rolePermissions', 'routePermission', 'safeReturnPath', 'setCookie',
  ]);
});

test('every entry names its types first, and every file that it names is there', () => {
  const files = readdirSync(dist);
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (entry === './package.json') continue;
    const paths = typeof target === 'string' ? [target] : Object.values(target);
    if (typeof target === 'object') assert.equal(Object.keys(target)[0], 'types');
    for (const path of paths) assert.ok(files.includes(path.replace('./dist/', '')), path);
  }
  assert.equal(manifest.dependencies, undefined, 'a page without a bundler could not resolve one');
});

test('its entries share one core and one error, in Node and in a page', async (t) => {
  const place = folder(t);
  const program = `
    import { LatchkeyError, createAuthClient, loadCore } from 'latchkey';
    import { LatchkeyError as sameError, loadCore as sameLoad } from 'latchkey/core';
    createAuthClient().dispose();
    console.log(LatchkeyError === sameError && loadCore === sameLoad);
  `;
  const inNode = run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  assert.equal(inNode.trim(), 'true');
  const inPage = await bundled(place, program);
  assert.equal(run(process.execPath, [inPage.file], { cwd: place }).trim(), 'true');
  const byName = await Promise.all(['index.js', 'core.js'].map((name) => import(join(dist, name))));
  assert.equal(byName[0].loadCore, byName[1].loadCore, 'also for a page that names the files itself');
});

test('a program in Node that takes the core alone reads no client', () => {
  const loaded = (entry) => {
    const files = [fileURLToPath(import.meta.resolve(entry))];
    for (const file of files) {
      for (const [, name] of readFileSync(file, 'utf8').matchAll(/from"\.\/([\w.]+)"/g)) {
        if (!files.includes(join(dist, name))) files.push(join(dist, name));
      }
    }
    return files.map((file) => basename(file));
  };
  assert.deepEqual(loaded('latchkey/core'), ['core.node.js']);
  assert.deepEqual(loaded('latchkey'), ['index.node.js', 'core.node.js']);
  assert.doesNotMatch(readFileSync(join(dist, 'core.node.js'), 'utf8'), /credentials\/sign-in/);
});

test('importing it does nothing: no core, no request', () => {
  const program = `
    globalThis.fetch = WebAssembly.compile = () => {
      throw new Error('asked');
    };
    const { createAuthClient } = await import('latchkey');
    createAuthClient();
  `;
  run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
});

test('works when packed and installed in an empty folder', (t) => {
  const place = folder(t);
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', place];
  const [{ filename, files }] = JSON.parse(run('npm', pack, { cwd: join(root, 'js') }));
  const names = files.map(({ path }) => path);
  assert.ok(names.includes('dist/latchkey.wasm') && names.includes('dist/index.d.ts'));
  const expected = (path) => path.startsWith('dist/') || ['package.json', 'README.md', 'LICENSE'].includes(path);
  assert.ok(names.every(expected), names.join(' '));
  const target = join(place, 'node_modules/latchkey');
  mkdirSync(target, { recursive: true });
  run('tar', ['-xzf', join(place, filename), '-C', target, '--strip-components=1']);
  for (const entry of ['latchkey', 'latchkey/core']) {
    const program = `
      import { loadCore } from '${entry}';
      console.log((await loadCore()).permissions(['agents:*']).covers('agents:read'));
    `;
    writeFileSync(join(place, 'main.mjs'), program);
    assert.equal(run(process.execPath, ['main.mjs'], { cwd: place }).trim(), 'true');
  }
});

/** A program as a bundler makes it for a page. */
async function bundled(place, program) {
  const file = join(place, 'out.mjs');
  writeFileSync(join(place, 'main.mjs'), program);
  const { warnings } = await build({
    entryPoints: [join(place, 'main.mjs')],
    nodePaths: [join(root, 'node_modules')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  return { file, warnings };
}

test('bundles for browsers without a warning, and works from bytes then', async (t) => {
  for (const entry of ['latchkey', 'latchkey/core']) {
    const { file, warnings } = await bundled(folder(t), `export { loadCore } from '${entry}';\n`);
    assert.deepEqual(warnings, []);
    const { loadCore } = await import(file);
    const core = await loadCore({ wasm: readFileSync(join(dist, 'latchkey.wasm')) });
    assert.equal(core.permissions(['agents:*']).covers('agents:read'), true);
  }
});

test('marks its one computed import for bundlers, and holds nothing that a strict page forbids', () => {
  for (const name of readdirSync(dist).filter((file) => file.endsWith('.js'))) {
    const script = readFileSync(join(dist, name), 'utf8');
    const holdsCore = ['index.js', 'core.node.js'].includes(name);
    for (const mark of [/@vite-ignore/g, /webpackIgnore: true/g, /new URL\("\.\/latchkey\.wasm",import\.meta\.url\)/g]) {
      assert.equal(script.match(mark)?.length ?? 0, holdsCore ? 1 : 0, `${mark} in ${name}`);
    }
    assert.doesNotMatch(script, /\beval\s*\(|new Function\b/);
  }
});

const tsc = (...options) => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], { cwd: root });

test('the sources agree with their declarations, and the declarations hold what they promise', () => {
  tsc('-p', 'tsconfig.json');
});

test('the declarations are found and hold as Node resolves them, too', () => {
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', 'react'];
  tsc(...options, '--module', 'nodenext', '--moduleResolution', 'nodenext', 'tests/types/ok.ts');
});

test('the declarations need neither those of a page nor those of Node', () => {
  for (const platform of ['neither', 'node']) tsc('-p', `tests/types/platforms/${platform}.json`);
});
