// Runs the fuzz targets. `fuzz.mjs`: libFuzzer, each target of FUZZ_TARGETS (default all) for FUZZ_RUNS inputs (default
// 10,000,000) or FUZZ_SECONDS, one after the other; fails when one crashes or one input takes over 100 ms. What is found
// is kept in build/fuzz/corpus and build/fuzz/artifacts. `fuzz.mjs replay <program>`: the seeds and what was found
// before through the program that `make test` builds, without clang.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { targetNames, writeSeeds } from './fuzz-seeds.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'build/fuzz');
const corpus = join(build, 'corpus');
const artifacts = join(build, 'artifacts');
const dictionaries = join(root, 'tests/fuzz/dictionaries');
const sanitizers = {
  ASAN_OPTIONS: 'abort_on_error=1:quarantine_size_mb=1:malloc_context_size=0:detect_leaks=1',
  UBSAN_OPTIONS: 'abort_on_error=1:print_stacktrace=1',
};

function replay(program) {
  const seeds = join(root, 'build/fuzz-seeds');
  writeSeeds(seeds, targetNames());
  const folders = [seeds, corpus].filter(existsSync);
  const { status } = spawnSync(program, folders, { stdio: 'inherit', env: { ...process.env, ...sanitizers } });
  return status === 0;
}

function fuzz(name, longest, seeds) {
  const own = join(corpus, name);
  mkdirSync(own, { recursive: true });
  mkdirSync(artifacts, { recursive: true });
  const seconds = Number(process.env.FUZZ_SECONDS ?? 0);
  const runs = Number(process.env.FUZZ_RUNS ?? 10_000_000);
  const dictionary = join(dictionaries, `${name}.dict`);
  const options = [
    seconds > 0 ? `-max_total_time=${seconds}` : `-runs=${runs}`,
    `-max_len=${longest}`,
    '-timeout=10',
    '-print_final_stats=1',
    '-entropic=0', // its book-keeping costs more than a quarter of the runs of a short input
    `-artifact_prefix=${artifacts}/${name}-`,
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
  ];
  const started = Date.now();
  const { status, stderr } = spawnSync(join(build, 'bin', `latchkey_fuzz_${name}`), [...options, own, join(seeds, name)], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, ...sanitizers },
  });
  const stat = (key) => Number(stderr.match(new RegExp(`stat::${key}:\\s+(\\d+)`))?.[1] ?? NaN);
  const executions = stat('number_of_executed_units');
  const slowest = stat('slowest_unit_us') / 1000;
  const passed = status === 0 && slowest <= 100 && (seconds > 0 || executions >= runs);
  const rate = Math.round(executions / ((Date.now() - started) / 1000));
  const kept = readdirSync(own).length;
  console.log(
    `${name.padEnd(18)} ${executions.toLocaleString('en').padStart(12)} runs ${rate.toLocaleString('en').padStart(9)}/s` +
      `  slowest ${slowest.toFixed(1)} ms  ${String(kept).padStart(5)} kept  ${passed ? '0 crashes' : 'FAILED'}`,
  );
  if (!passed) console.log(stderr.split('\n').slice(-60).join('\n'));
  return passed;
}

function fuzzAll() {
  const targets = readFileSync(join(build, 'fuzz_targets.txt'), 'utf8').trim().split('\n').map((line) => line.split(':'));
  const wanted = (process.env.FUZZ_TARGETS ?? '').split(/[\s,]+/).filter(Boolean);
  const unknown = wanted.filter((name) => !targets.some(([known]) => known === name));
  if (unknown.length > 0) {
    console.error(`no such target: ${unknown.join(', ')}; there are ${targets.map(([name]) => name).join(', ')}`);
    return false;
  }
  const chosen = targets.filter(([name]) => wanted.length === 0 || wanted.includes(name));
  // A folder of its own, so that targets can run in several terminals at once.
  const seeds = mkdtempSync(join(build, 'seeds-'));
  writeSeeds(seeds, chosen.map(([name]) => name));
  const failed = chosen.filter(([name, longest]) => !fuzz(name, longest, seeds));
  rmSync(seeds, { recursive: true, force: true });
  console.log(`${chosen.length - failed.length} targets passed, ${failed.length} failed`);
  return failed.length === 0;
}

const passed = process.argv[2] === 'replay' ? replay(process.argv[3]) : fuzzAll();
process.exit(passed ? 0 : 1);
