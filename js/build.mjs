// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the package into dist/ and fails when it is too big.
 *   node js/build.mjs [--wasm-dir build/wasm/bin]
 */
import {
  copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const EAGER_LIMIT = 10 * 1024;
const CORE_ENTRY_LIMIT = 11 * 1024;
const CORE_LIMIT = 60 * 1024;
/** The files that hold what loads the core: a page's and Node's. */
const withCore = ['index.js', 'core.node.js'];

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const source = join(here, 'src');
const output = join(here, 'dist');
const { values } = parseArgs({ options: { 'wasm-dir': { type: 'string', default: join(root, 'build/wasm/bin') } } });
const wasmDirectory = resolve(values['wasm-dir']);
const wasm = join(wasmDirectory, 'latchkey-core.wasm');
const glue = join(wasmDirectory, 'latchkey-core.js');

/** The one list of codes is C++'s; see core/include/latchkey/error_codes.def. */
function readErrorCodes() {
  const text = readFileSync(join(root, 'core/include/latchkey/error_codes.def'), 'utf8');
  const codes = [...text.matchAll(/^LATCHKEY_ERROR\(\w+, "(ERR_LATCHKEY_[A-Z0-9_]+)", "([^"\n]+)"\)$/gm)];
  const expected = text.match(/^LATCHKEY_ERROR\(/gm)?.length;
  if (!codes.length || codes.length !== expected) throw new Error('error_codes.def has lines that cannot be read');
  return codes.map(([, code, sentence]) => ({ code, sentence }));
}

/** As a module: the common prefix once, for size. */
function errorCodesModule(codes) {
  const tails = codes.map(({ code }) => code.slice('ERR_LATCHKEY_'.length)).join(' ');
  const list = `'${tails}'.split(' ').map((tail) => 'ERR_LATCHKEY_' + tail)`;
  return `export const ERROR_CODES = /* @__PURE__ */ Object.freeze(${list});\n`;
}

function errorCodesDeclaration(codes) {
  const members = codes.map(({ code, sentence }) => `  /** ${sentence} */\n  | '${code}'`).join('\n');
  return `// SPDX-License-Identifier: Apache-2.0
/** Every code of an error, the same in C++, in JSON and here. Codes never change. */
export type ErrorCode =
${members};

/** All codes. */
export const ERROR_CODES: readonly ErrorCode[];
`;
}

const generated = (codes) => ({
  name: 'generated',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/error_codes\.js$/ }, () => ({ path: 'error_codes', namespace: 'generated' }));
    onLoad({ filter: /.*/, namespace: 'generated' }, () => ({ contents: errorCodesModule(codes), loader: 'js' }));
  },
});

/** What a file takes from another one instead of holding it: `to` by the names in `filter`. */
const apart = (filter, to, kinds = ['import-statement', 'dynamic-import']) => ({
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter }, ({ kind }) => (kinds.includes(kind) ? { path: to, external: true } : undefined));
  },
});

/** The module as text, which is hardly ever needed. */
const textApart = apart(/\/core-bytes\.js$/, './core-bytes.js');

/** In Node the client takes the core as a module, so that a program has one core whichever entries it imports. */
const coreApart = apart(/\/(core|error)\.js$/, './core.node.js');

/** A page loads what speaks with the core, Emscripten's JavaScript included, while it loads the module. */
const boundaryApart = apart(/\/create-core\.js$/, './core-boundary.js', ['dynamic-import']);
/** In Node it is in one file with the rest. */
const sideWithin = {
  name: 'side within',
  setup: ({ onResolve }) => onResolve({ filter: /\/core-side\.js$/ }, () => ({ path: join(source, 'core-side.node.js') })),
};

/** In a page it takes the one class of errors, and what makes them, from the page's one file. */
const errorApart = apart(/\/error\.js$/, './index.js');

/**
 * For pages one file with all that is needed at once, and one with the core's side, fetched while the module is; for Node
 * the rules and the client apart, so that a server that signs nobody in reads and parses no client.
 */
async function bundle(codes) {
  const options = {
    absWorkingDir: here,
    outdir: output,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    minify: true,
    external: ['react'],
    alias: { 'latchkey-core': glue },
    define: { 'process.env.NODE_ENV': '"production"' },
    mainFields: ['module', 'main'],
    metafile: true,
    logLevel: 'warning',
  };
  const [index, core, react, boundary] = ['index', 'core', 'react', 'create-core'].map((name) => join(source, `${name}.js`));
  const made = (entryPoints, ...plugins) => build({ ...options, entryPoints, plugins: [textApart, ...plugins, generated(codes)] });
  const results = await Promise.all([
    made({ index, react }, boundaryApart),
    made({ 'core-boundary': boundary }, errorApart),
    made({ 'core.node': core }, sideWithin),
    made({ 'index.node': index }, coreApart),
  ]);
  const outputs = Object.assign({}, ...results.map(({ metafile }) => metafile.outputs));
  // A page's core is the one of its one file, because two would be one too many.
  const names = outputs['dist/core.node.js'].exports.join(', ');
  writeFileSync(join(output, 'core.js'), `export { ${names} } from './index.js';\n`);
  return outputs;
}

/**
 * Minifying drops the comments that keep bundlers away from the import of Node's file system. They are put back here.
 */
function markNodeImport(name) {
  const file = join(output, name);
  let marked = 0;
  const text = readFileSync(file, 'utf8').replace(/\bimport\((\w+)\)/g, (_, variable) => {
    marked++;
    return `import(/* @vite-ignore */ /* webpackIgnore: true */ ${variable})`;
  });
  if (marked !== 1) throw new Error(`expected one computed import in ${name}, found ${marked}`);
  writeFileSync(file, text);
}

const gzipped = (name) => gzipSync(readFileSync(join(output, name)), { level: 9 }).length;

/** The module once more, as a script, for when the file is not where the script looks for it. */
function writeBytes() {
  const text = gzipSync(readFileSync(wasm), { level: 9 }).toString('base64');
  writeFileSync(join(output, 'core-bytes.js'), `export default "${text}";\n`);
}

function checkSizes() {
  const budgets = [
    ['eager JS', gzipped('index.js'), EAGER_LIMIT],
    ['wasm and its JS', gzipped('latchkey.wasm') + gzipped('core-boundary.js'), CORE_LIMIT],
    ['core entry in Node', gzipped('core.node.js'), CORE_ENTRY_LIMIT],
    ['react entry', gzipped('react.js'), EAGER_LIMIT],
  ];
  for (const [what, size, limit] of budgets) console.log(`${what}: ${size} bytes gzipped (limit ${limit})`);
  const tooBig = budgets.filter(([, size, limit]) => size > limit);
  if (tooBig.length) throw new Error(`over the budget: ${tooBig.map(([what]) => what).join(', ')}`);
}

/** What a bundler or a strict page could not take must not leave this machine. */
function checkContents(outputs) {
  const texts = Object.keys(outputs).map((path) => readFileSync(join(here, path), 'utf8'));
  const text = texts.join('\n');
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'import-statement'));
  const outside = new Set(imported.map(({ path }) => path));
  const late = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import'));
  const lateNames = new Set(late.filter(({ external }) => external).map(({ path }) => path));
  const findsWasm = /new URL\("\.\/latchkey\.wasm",import\.meta\.url\)/;
  const rules = [
    ['finds the .wasm beside it', withCore.every((name) => findsWasm.test(readFileSync(join(output, name), 'utf8')))],
    ['names no other .wasm', !/latchkey-core\.wasm"?,\s*import\.meta/.test(text)],
    ['is free of eval', !/\beval\s*\(|new Function\b/.test(text)],
    ['has no literal import of Node modules', !/["'`]node:fs/.test(text)],
    ['imports nothing but its own and React', [...outside].every((path) => ['./core.node.js', './index.js', 'react'].includes(path))],
    ['loads nothing later but its core', [...lateNames].sort().join(' ') === './core-boundary.js ./core-bytes.js'],
    ['holds one core in Node', !findsWasm.test(readFileSync(join(output, 'index.node.js'), 'utf8'))],
    ['holds no path of this machine', !text.includes(root)],
  ];
  const broken = rules.filter(([, holds]) => !holds);
  if (broken.length) throw new Error(`the bundle no longer ${broken.map(([rule]) => rule).join('; ')}`);
}

function copyTheRest(codes) {
  copyFileSync(wasm, join(output, 'latchkey.wasm'));
  for (const name of ['core.d.ts', 'index.d.ts', 'platform.d.ts', 'react.d.ts', 'rules.d.ts']) {
    copyFileSync(join(source, name), join(output, name));
  }
  writeFileSync(join(output, 'error_codes.d.ts'), errorCodesDeclaration(codes));
  const license = join(root, 'LICENSE');
  if (existsSync(license)) copyFileSync(license, join(output, 'LICENSE'));
  const nanostores = dirname(createRequire(import.meta.url).resolve('nanostores/package.json'));
  const notice = readFileSync(join(nanostores, 'LICENSE'), 'utf8');
  writeFileSync(join(output, 'NOTICES.txt'), `index.js and index.node.js contain parts of nanostores:\n\n${notice}`);
}

if (!existsSync(wasm) || !existsSync(glue)) {
  console.error(`There is no WebAssembly build in ${wasmDirectory}. Make one first:`);
  console.error('  cmake --preset wasm && cmake --build --preset wasm');
  process.exit(1);
}
const codes = readErrorCodes();
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const outputs = await bundle(codes);
for (const name of withCore) markNodeImport(name);
writeBytes();
copyTheRest(codes);
checkContents(outputs);
checkSizes();
for (const name of readdirSync(output).sort()) console.log(`  ${name} ${statSync(join(output, name)).size}`);
