// Runs the tests that cite a security requirement by its number (`[CK-06] …`) and prints each requirement with what was
// seen: passed, failed, no test, or why it doesn't apply. What a whole suite shows is taken from its last run, when that
// was of the same commit. Fails when one failed. `--json` prints the same for programs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readResult } from './results.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.env.LATCHKEY_CORPORA ??= resolve(root, '../shared/corpora');
const { groups } = JSON.parse(readFileSync(join(root, 'tests/conformance/requirements.json'), 'utf8'));
const reports = mkdtempSync(join(tmpdir(), 'latchkey-conformance-'));

const catch2 = (name) => ({ name, command: [join(root, 'build/native/bin', name), '-r', 'junit', '-o', join(reports, `${name}.xml`)] });
const nodeTests = (name, files) => ({
  name,
  command: ['bash', '-c', `node --test --test-concurrency=1 --test-reporter=junit --test-reporter-destination=${join(reports, `${name}.xml`)} ${files}`],
});
const runs = [
  catch2('latchkey_core_tests'),
  catch2('latchkey_native_tests'),
  nodeTests('js', 'tests/js/*.test.mjs'),
  nodeTests('executable', 'tests/conformance/*.test.mjs'),
  nodeTests('browser', 'tests/browser/*.test.mjs'),
  nodeTests('documents', 'tests/documents/*.test.mjs'),
  nodeTests('consumers', 'tests/consumer/*.test.mjs'),
];

const unescape = (text) =>
  text.replace(/&(lt|gt|quot|apos|amp|#(\d+));/g, (_, name, code) =>
    code ? String.fromCodePoint(Number(code)) : { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }[name]);

/** Every test case of a JUnit report with its outcome; names of surrounding suites count as part of the name. */
function* testCases(xml) {
  const open = [];
  for (const [, end, tag, attributes, empty] of xml.matchAll(/<(\/?)(testsuite|testcase|failure|error|skipped)\b([^>]*?)(\/?)>/g)) {
    if (end) {
      const closed = open.pop();
      if (closed.tag === 'testcase') yield closed;
      continue;
    }
    const attribute = (name) => unescape(attributes.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? '');
    const item = { tag, name: `${open.at(-1)?.name ?? ''} ${attribute('name')}`, failed: false, skipped: false };
    if (tag === 'failure' || tag === 'error') for (const outer of open) outer.failed = true;
    if (tag === 'skipped') for (const outer of open) outer.skipped = true;
    if (!empty) open.push(item);
    else if (tag === 'testcase') yield item;
  }
}

const cited = new RegExp(`\\b(?:${groups.map(({ prefix }) => prefix).join('|')})-\\d\\d\\b`, 'g');
const seen = new Map(); // number → {passed, failed}
let broken = 0;
for (const { name, command } of runs) {
  process.stderr.write(`== ${name}\n`);
  spawnSync(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 'ignore', 'ignore'] });
  const report = join(reports, `${name}.xml`);
  if (!existsSync(report)) {
    process.stderr.write(`${name} left no report: build it with \`make test\` first\n`);
    broken += 1;
    continue;
  }
  for (const test of testCases(readFileSync(report, 'utf8'))) {
    if (test.skipped) continue;
    for (const [number] of new Set(test.name.matchAll(cited))) {
      const counts = seen.get(number) ?? { passed: 0, failed: 0 };
      counts[test.failed ? 'failed' : 'passed'] += 1;
      seen.set(number, counts);
    }
  }
}
rmSync(reports, { recursive: true, force: true });

/** What the suites that show a requirement said, added to the tests that cite it; and the names of those not run. */
function evidenceOf(number, about) {
  const { passed = 0, failed = 0 } = seen.get(number) ?? {};
  const evidence = { passed, failed, missing: [] };
  for (const name of about.suites ?? []) {
    const result = readResult(name);
    if (!result) evidence.missing.push(name);
    evidence.passed += result?.passed ?? 0;
    evidence.failed += result?.failed ?? 0;
  }
  return evidence;
}

function verdict(number, about) {
  const { passed, failed, missing } = evidenceOf(number, about);
  const withReason = (reason) => ({ outcome: 'not applicable', passed, failed, reason });
  if (failed > 0) return { outcome: 'failed', passed, failed };
  if (missing.length > 0) return withReason(`not run for this commit: ${missing.join(', ')} (${about.how})`);
  if (passed > 0) return { outcome: 'passed', passed, failed };
  if (about.notApplicable) return withReason(about.notApplicable);
  return { outcome: 'no test', passed, failed };
}

const rows = groups.flatMap(({ name, requirements }) =>
  Object.entries(requirements).map(([number, about]) => ({
    group: name,
    number,
    title: typeof about === 'object' ? about.title : about,
    ...verdict(number, about),
  })));
const totals = Object.fromEntries(['passed', 'failed', 'not applicable', 'no test'].map((outcome) => [outcome, rows.filter((row) => row.outcome === outcome).length]));

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ totals, rows }, null, 2));
} else {
  let group = '';
  for (const row of rows) {
    if (row.group !== group) console.log(`\n${(group = row.group)}`);
    const tests = row.outcome === 'passed' ? `${row.passed} ${row.passed === 1 ? 'test' : 'tests'}` : row.reason ?? (row.failed ? `${row.failed} failed` : '');
    console.log(`  ${row.number}  ${row.outcome.padEnd(14)}  ${row.title.padEnd(84)}  ${tests}`);
  }
  console.log(`\n${Object.entries(totals).map(([outcome, count]) => `${count} ${outcome}`).join(', ')} of ${rows.length} requirements`);
}
process.exit(totals.failed === 0 && broken === 0 ? 0 : 1);
