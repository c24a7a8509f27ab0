// SPDX-License-Identifier: Apache-2.0
// What a page loads to decide one permission with others' libraries: bundled and minified as ours is, gzipped. Prints
// JSON.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { printJson, whyNot } from '../harness.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

const pages = {
  CASL: `export { createMongoAbility } from '@casl/ability';`,
  'better-auth access': `export { createAccessControl } from 'better-auth/plugins/access';`,
  casbin: `export { newEnforcer, newModel, StringAdapter } from 'casbin';`,
  'cedar-wasm': `export { default, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/web';`,
};

/** The web build fetches its binary; it is no part of the bundle. */
const binaries = {
  'cedar-wasm': () => new URL('cedar_wasm_bg.wasm', import.meta.resolve('@cedar-policy/cedar-wasm/web')),
};

async function sizeOf(name) {
  const { outputFiles } = await build({
    stdin: { contents: pages[name], resolveDir: here },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Never reached in a page; a bundle for browsers has nothing in their place.
    external: ['fs', 'path', 'crypto', 'node:*'],
    logLevel: 'silent',
  });
  return gzipped(outputFiles[0].contents) + (binaries[name] ? gzipped(readFileSync(binaries[name]())) : 0);
}

const sizes = {};
for (const name of Object.keys(pages)) {
  try {
    sizes[name] = { bytes: await sizeOf(name) };
  } catch (error) {
    const absent = /Could not resolve/.test(error.message);
    sizes[name] = { skipped: absent ? 'not installed' : whyNot(error) };
  }
}
printJson(sizes);
