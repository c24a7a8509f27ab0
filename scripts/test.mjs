// Builds everything and runs every suite; the last line is `N passed, N failed`. With arguments, only the suites whose
// names contain one of them. A suite that can't be built or dies counts as one failure; one with `asked` runs only when
// it is named, because it needs a build that nothing else does.
//
// What is built and what is run take turns of their own: while one suite runs, the next ones are built, at a lower
// priority so that the tests keep the processor. The table at the end says how long each part took.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, createWriteStream, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { recordResult } from './results.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const logs = resolve(root, 'build/logs');
const wanted = process.argv.slice(2);

// LATCHKEY_CORPORA points at the public conformance corpora; beside the repository is where they usually are.
process.env.LATCHKEY_CORPORA ??= resolve(root, '../shared/corpora');
if (!existsSync(process.env.LATCHKEY_CORPORA)) {
  console.log(`corpora: none at ${process.env.LATCHKEY_CORPORA}; set LATCHKEY_CORPORA to run the conformance tests`);
}

function run(command, log) {
  return new Promise((done) => {
    const file = createWriteStream(log, { flags: 'a' });
    const child = spawn('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      file.write(chunk);
      output += chunk;
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

/**
 * The cases of a Catch2 executable in two processes, because most of them wait more than they compute. Catch2 2 has no
 * shards, so the names are dealt out by file.
 */
async function runInHalves(binary, log) {
  const listed = await run(`${binary} --list-test-names-only`, log);
  // A comma would end the name; every name is counted, so one with another sign of Catch2's own would be noticed.
  const names = listed.output.split('\n').map((line) => line.trim().replaceAll(',', '\\,')).filter(Boolean);
  const halves = await Promise.all(
    [0, 1].map((half) => {
      const file = `${log}.half${half}`;
      writeFileSync(file, names.filter((_, index) => index % 2 === half).join('\n') + '\n');
      return run(`${catch2(binary)} --input-file '${file}'`, log);
    }),
  );
  const counts = halves.map(({ output }) => summaries.catch2(output));
  const seen = counts.reduce((sum, one) => sum + (one ? one.passed + one.failed : 0), 0);
  // Without the list of the cases that were asked for.
  const linesOf = ({ output }) => output.split('\n').filter((line) => !line.startsWith('Filters: '));
  const output = halves.map((half) => linesOf(half).slice(-110).join('\n')).join('\n');
  const lost = seen === names.length ? '' : `\n${names.length} cases are listed, and ${seen} were run.\n`;
  return { code: lost ? 1 : Math.max(...halves.map(({ code }) => code ?? 1)), output: output + lost, counts };
}

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
  // The server's cases run under the sanitizers, below; here only those that measure what the sanitizers change.
  { name: 'server native', build: build('native', 'latchkey latchkey_plain_tests'), run: catch2('build/native/bin/latchkey_plain_tests'), summary: 'catch2' },
  { name: 'js', build: 'make --no-print-directory build', run: nodeTest('tests/js/*.test.mjs'), summary: 'node' },
  { name: 'reference', build: `${build('native', 'latchkey_permission_pairs latchkey_cookie_lines')} && make --no-print-directory js`, run: nodeTest('tests/reference/*.test.mjs'), summary: 'node' },
  { name: 'documents', run: nodeTest('tests/documents/*.test.mjs'), summary: 'node' },
  { name: 'consumers', build: build('native', 'latchkey latchkey_header_tests'), run: nodeTest('tests/consumer/*.test.mjs'), summary: 'node' },
  // Not under the sanitizers, which bring their own checks in place of these and make every byte dear.
  { name: 'hardening', build: build('native', 'latchkey'), run: nodeTest(['hardening', 'secrets', 'slow_clients'].map((name) => `tests/conformance/${name}.test.mjs`).join(' ')), summary: 'node' },
  { name: 'browser', run: nodeTest('--test-concurrency=1 tests/browser/*.test.mjs'), summary: 'node' },
  { name: 'core sanitized', build: build('asan', 'latchkey_core_tests'), run: catch2('build/asan/bin/latchkey_core_tests'), summary: 'catch2' },
  { name: 'fuzz replay', build: build('asan', 'latchkey_fuzz_replay'), run: 'node scripts/fuzz.mjs replay build/asan/bin/latchkey_fuzz_replay', summary: 'replay' },
  { name: 'server sanitized', build: build('asan', 'latchkey latchkey_native_tests'), halves: 'build/asan/bin/latchkey_native_tests', summary: 'catch2' },
  { name: 'abuse sanitized', run: `LATCHKEY_BIN=build/asan/bin/latchkey ${nodeTest('tests/conformance/*.test.mjs')}`, summary: 'node' },
  { name: 'races', asked: true, build: build('tsan', 'latchkey_native_tests'), run: `TSAN_OPTIONS=suppressions=tests/tsan_suppressions.txt ${catch2("build/tsan/bin/latchkey_native_tests '[race]'")}`, summary: 'catch2' },
  { name: 'threads', asked: true, build: build('tsan', 'latchkey_native_tests'), run: `TSAN_OPTIONS=suppressions=tests/tsan_suppressions.txt ${catch2('build/tsan/bin/latchkey_native_tests')}`, summary: 'catch2' },
];

mkdirSync(logs, { recursive: true });
const chosen = suites.filter(({ name, asked }) => (wanted.length === 0 ? !asked : wanted.some((word) => name.includes(word))));
const logOf = ({ name }) => resolve(logs, `${name.replaceAll(' ', '-')}.log`);
const secondsSince = (start) => (Date.now() - start) / 1000;

/** One build after the other, each as soon as the one before has ended. */
function startBuilds() {
  let last = Promise.resolve();
  for (const suite of chosen) {
    last = last.then(async () => {
      const start = Date.now();
      const built = suite.build ? await run(`set -e; renice -n 10 $$ > /dev/null; ${suite.build}`, logOf(suite)) : { code: 0, output: '' };
      return { ...built, seconds: secondsSince(start) };
    });
    suite.built = last;
  }
}

async function runSuite(suite) {
  const built = await suite.built;
  const start = Date.now();
  const log = logOf(suite);
  const runAll = () => (suite.halves ? runInHalves(suite.halves, log) : run(suite.run, log));
  const ran = built.code === 0 ? await runAll() : built;
  const counts = built.code === 0 ? (ran.counts ?? [summaries[suite.summary](ran.output)]) : [null];
  const isWhole = ran.code === 0 && counts.every(Boolean);
  const sum = (key) => counts.reduce((total, one) => total + (one?.[key] ?? 0), 0);
  // A runner that exits with an error has failed, whatever its summary says.
  const failed = Math.max(sum('failed'), isWhole ? 0 : 1);
  const passed = ran.code !== 0 && suite.summary === 'exit' ? 0 : sum('passed');
  return { name: suite.name, passed, failed, output: ran.output, built: built.seconds, ran: secondsSince(start) };
}

startBuilds();
const results = [];
for (const suite of chosen) {
  process.stdout.write(`== ${suite.name}\n`);
  const result = await runSuite(suite);
  results.push(result);
  recordResult(suite.name, result);
  if (result.failed > 0) process.stdout.write(result.output.split('\n').slice(-240).join('\n') + '\n');
  process.stdout.write(`   ${result.passed} passed, ${result.failed} failed\n`);
}

process.stdout.write('\nsuite               built     ran  passed  failed\n');
for (const { name, built, ran, passed, failed } of results) {
  const cells = [`${built.toFixed(0)} s`.padStart(7), `${ran.toFixed(0)} s`.padStart(7), String(passed).padStart(7), String(failed).padStart(7)];
  process.stdout.write(`${name.padEnd(18)} ${cells.join(' ')}\n`);
}
const total = (key) => results.reduce((sum, one) => sum + one[key], 0);
process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`);
process.exit(total('failed') === 0 && total('passed') > 0 ? 0 : 1);
