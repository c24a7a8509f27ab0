// Builds everything and runs every suite; the last line is `N passed, N failed`. With arguments, only the suites whose
// names contain one of them. A suite that can't be built or dies counts as one failure; one with `asked` runs only when
// it is named, because it needs a build that nothing else does.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { recordResult } from './results.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const logs = resolve(root, 'build/logs');
const wanted = process.argv.slice(2);
const totals = { passed: 0, failed: 0 };

// LATCHKEY_CORPORA points at the public conformance corpora; beside the repository is where they usually are.
process.env.LATCHKEY_CORPORA ??= resolve(root, '../shared/corpora');
if (!existsSync(process.env.LATCHKEY_CORPORA)) {
  console.log(`corpora: none at ${process.env.LATCHKEY_CORPORA}; set LATCHKEY_CORPORA to run the conformance tests`);
}

function run(command, { log, quiet = false }) {
  return new Promise((done) => {
    const file = createWriteStream(log, { flags: 'a' });
    const child = spawn('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      file.write(chunk);
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('close', (code) => {
      file.end();
      done({ code, output });
    });
  });
}

// Each reads a runner's own summary; null when there is none, which counts as a failure.
const summaries = {
  catch2(output) {
    const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
    const all = plain.match(/All tests passed \(.* in (\d+) test cases?\)/);
    if (all) return { passed: Number(all[1]), failed: 0 };
    const line = plain.match(/test cases:\s*(\d+)(?: \|\s*(\d+) passed)?(?: \|\s*(\d+) failed)?/);
    return line && { passed: Number(line[2] ?? 0), failed: Number(line[3] ?? 0) };
  },
  node(output) {
    const passed = output.match(/^(?:#|ℹ) pass (\d+)/m);
    const failed = output.match(/^(?:#|ℹ) fail (\d+)/m);
    return passed && failed && { passed: Number(passed[1]), failed: Number(failed[1]) };
  },
  replay(output) {
    const line = output.match(/^fuzz replay: (\d+) targets passed, (\d+) failed/m);
    return line && { passed: Number(line[1]), failed: Number(line[2]) };
  },
  exit: () => ({ passed: 1, failed: 0 }),
};

const catch2 = (binary) => `${binary} --use-colour no`;
const nodeTest = (files) => `node --test --test-reporter=spec ${files}`;
// What `make run` has configured knows no tests: their packages need not be there for it.
const configure = (preset) =>
  `(grep -qs LATCHKEY_BUILD_TESTS:BOOL=ON build/${preset}/CMakeCache.txt || cmake --preset ${preset} -DLATCHKEY_BUILD_TESTS=ON)`;
const build = (preset, targets) =>
  `${configure(preset)} && cmake --build --preset ${preset} --target ${targets}`;

const suites = [
  { name: 'format', run: 'node scripts/lint.mjs format', summary: 'exit' },
  { name: 'core native', build: build('native', 'latchkey_core_tests'), run: catch2('build/native/bin/latchkey_core_tests'), summary: 'catch2' },
  { name: 'core wasm', build: build('wasm', 'latchkey_core_tests latchkey_wasm'), run: catch2('node build/wasm/bin/latchkey_core_tests.cjs'), summary: 'catch2' },
  { name: 'types', build: 'make --no-print-directory js', run: 'node scripts/lint.mjs js', summary: 'exit' },
  { name: 'server native', build: build('native', 'latchkey latchkey_native_tests'), run: catch2('build/native/bin/latchkey_native_tests'), summary: 'catch2' },
  { name: 'js', build: 'make --no-print-directory build', run: nodeTest('tests/js/*.test.mjs'), summary: 'node' },
  { name: 'reference', build: `${build('native', 'latchkey_permission_pairs latchkey_cookie_lines')} && make --no-print-directory js`, run: nodeTest('tests/reference/*.test.mjs'), summary: 'node' },
  { name: 'documents', run: nodeTest('tests/documents/*.test.mjs'), summary: 'node' },
  { name: 'consumers', build: build('native', 'latchkey latchkey_header_tests'), run: nodeTest('tests/consumer/*.test.mjs'), summary: 'node' },
  // Not under the sanitizers, which bring their own checks in place of these and make every byte dear.
  { name: 'hardening', build: build('native', 'latchkey'), run: nodeTest(['hardening', 'secrets', 'slow_clients'].map((name) => `tests/conformance/${name}.test.mjs`).join(' ')), summary: 'node' },
  { name: 'browser', run: nodeTest('--test-concurrency=1 tests/browser/*.test.mjs'), summary: 'node' },
  { name: 'core sanitized', build: build('asan', 'latchkey_core_tests'), run: catch2('build/asan/bin/latchkey_core_tests'), summary: 'catch2' },
  { name: 'fuzz replay', build: build('asan', 'latchkey_fuzz_replay'), run: 'node scripts/fuzz.mjs replay build/asan/bin/latchkey_fuzz_replay', summary: 'replay' },
  { name: 'server sanitized', build: build('asan', 'latchkey latchkey_native_tests'), run: catch2('build/asan/bin/latchkey_native_tests'), summary: 'catch2' },
  { name: 'abuse sanitized', run: `LATCHKEY_BIN=build/asan/bin/latchkey ${nodeTest('tests/conformance/*.test.mjs')}`, summary: 'node' },
  { name: 'races', asked: true, build: build('tsan', 'latchkey_native_tests'), run: `TSAN_OPTIONS=suppressions=tests/tsan_suppressions.txt ${catch2("build/tsan/bin/latchkey_native_tests '[race]'")}`, summary: 'catch2' },
  { name: 'threads', asked: true, build: build('tsan', 'latchkey_native_tests'), run: `TSAN_OPTIONS=suppressions=tests/tsan_suppressions.txt ${catch2('build/tsan/bin/latchkey_native_tests')}`, summary: 'catch2' },
];

mkdirSync(logs, { recursive: true });
for (const suite of suites) {
  if (wanted.length === 0 ? suite.asked : !wanted.some((word) => suite.name.includes(word))) continue;
  const log = resolve(logs, `${suite.name.replaceAll(' ', '-')}.log`);
  const started = Date.now();
  process.stdout.write(`== ${suite.name}\n`);
  const built = suite.build ? await run(suite.build, { log, quiet: true }) : { code: 0, output: '' };
  const ran = built.code === 0 ? await run(suite.run, { log, quiet: true }) : built;
  const counts = built.code === 0 ? summaries[suite.summary](ran.output) : null;
  const passed = counts?.passed ?? 0;
  // A runner that exits with an error has failed, whatever its summary says.
  const failed = Math.max(counts?.failed ?? 0, ran.code === 0 && counts ? 0 : 1);
  totals.passed += ran.code !== 0 && suite.summary === 'exit' ? 0 : passed;
  totals.failed += failed;
  recordResult(suite.name, { passed, failed });
  if (failed > 0) process.stdout.write(ran.output.split('\n').slice(-120).join('\n') + '\n');
  process.stdout.write(`   ${passed} passed, ${failed} failed (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
}
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
