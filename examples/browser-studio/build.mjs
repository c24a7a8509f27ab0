// SPDX-License-Identifier: Apache-2.0
// Builds the demo studio: one bundle, one stylesheet, and the files that are served as they stand.
//   node examples/browser-studio/build.mjs [--outdir DIR]

import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const { values } = parseArgs({ options: { outdir: { type: 'string' } } });
const outdir = resolve(values.outdir ?? join(root, 'build/native/share/latchkey/studio'));

/** The package's second copy of its module, for when the first can't be had, stays a file: a page seldom needs it. */
const secondCopyApart = {
  name: 'second copy apart',
  setup: ({ onResolve }) => onResolve({ filter: /\/core-bytes\.js$/ }, ({ path }) => ({ path, external: true })),
};

await mkdir(outdir, { recursive: true });
await build({
  entryPoints: [
    { in: join(here, 'src/main.js'), out: 'studio' },
    { in: join(here, 'src/styles/studio.css'), out: 'studio' },
  ],
  outdir,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [secondCopyApart],
});

const served = join(here, 'public');
for (const name of await readdir(served)) await copyFile(join(served, name), join(outdir, name));

// The package looks for its module beside itself, which in a bundle is beside the bundle. esbuild doesn't copy it.
const packed = dirname(fileURLToPath(import.meta.resolve('latchkey/latchkey.wasm')));
for (const name of ['latchkey.wasm', 'core-bytes.js']) await copyFile(join(packed, name), join(outdir, name));
