// Builds core with clang's source-based coverage (which counts each side of a condition as a branch), runs core's tests
// and the fuzz targets' seeds, prints a table a file and fails below 95% of lines or 90% of branches of core.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { targetNames, writeSeeds } from './fuzz-seeds.mjs';
import { recordResult } from './results.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'build/coverage');
const profiles = join(build, 'profiles');
const limits = { lines: 95, branches: 90 };
const programs = ['latchkey_core_tests', 'latchkey_fuzz_replay'].map((name) => join(build, 'bin', name));

rmSync(profiles, { recursive: true, force: true });
mkdirSync(profiles, { recursive: true });
// Every process writes a profile of its own: the replay has one for each target.
const env = { ...process.env, LLVM_PROFILE_FILE: join(profiles, '%p.profraw') };
execFileSync(programs[0], { stdio: ['ignore', 'ignore', 'inherit'], env });
// The seeds alone: what earlier runs found here would make the figures differ from place to place.
const seeds = join(build, 'seeds');
writeSeeds(seeds, targetNames());
execFileSync(programs[1], [seeds], { stdio: ['ignore', 'ignore', 'inherit'], env });

const merged = join(build, 'core.profdata');
execFileSync('bash', ['-c', `llvm-profdata merge -sparse -o '${merged}' '${profiles}'/*.profraw`], { stdio: 'inherit' });
const report = JSON.parse(
  execFileSync(
    'llvm-cov',
    ['export', '-summary-only', `-instr-profile=${merged}`, programs[0], ...programs.slice(1).map((path) => `-object=${path}`)],
    { maxBuffer: 1 << 28 },
  ),
);

const ours = report.data[0].files
  // A compiler cache may have made the names relative.
  .map(({ filename, summary }) => ({ name: filename.match(/(?:^|\/)(core\/(?:src|include)\/.*)$/)?.[1], summary }))
  .filter(({ name }) => name);
const percent = ({ covered, count }) => (count === 0 ? 100 : (100 * covered) / count);
const cell = (part) => `${percent(part).toFixed(1)}% of ${part.count}`.padStart(15);
const total = { lines: { covered: 0, count: 0 }, branches: { covered: 0, count: 0 } };
console.log(`${''.padEnd(44)}${'lines'.padStart(15)}${'branches'.padStart(15)}`);
for (const { name, summary } of ours) {
  console.log(`${name.padEnd(44)}${cell(summary.lines)}${cell(summary.branches)}`);
  for (const key of Object.keys(total)) {
    total[key].covered += summary[key].covered;
    total[key].count += summary[key].count;
  }
}
console.log(`${'core'.padEnd(44)}${cell(total.lines)}${cell(total.branches)}`);
const low = Object.entries(limits).filter(([key, least]) => !(percent(total[key]) >= least && total[key].count > 0));
for (const [key, least] of low) console.error(`too low: ${key} of core, below ${least}%`);
recordResult('coverage', { passed: Object.keys(limits).length - low.length, failed: low.length });
process.exit(low.length === 0 ? 0 : 1);
