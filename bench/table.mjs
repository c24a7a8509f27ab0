// SPDX-License-Identifier: Apache-2.0
// A report as plain text of at most 120 columns.

const WIDTHS = [24, 9, 36, 18, 17, 6];
const GAP = '  ';

const scaled = {
  ns: [[1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']],
  bytes: [[1024, 'KB'], [1, 'bytes']],
  memory: [[1 << 20, 'MB']],
  'req/s': [[1e3, 'k/s'], [1, '/s']],
};

/** Three digits: 0.87 ns, 12.4 us, 1,411 KB. */
export function show(value, unit) {
  const [by, name] = scaled[unit].find(([least]) => value >= least) ?? scaled[unit].at(-1);
  const number = value / by;
  const digits = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return `${digits ? number.toFixed(digits) : Math.round(number).toLocaleString('en')} ${name}`;
}

const metOf = ({ met }) => (met === null ? '?' : met ? 'met' : 'MISSED');

export function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= width || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines;
}

/** What was skipped for the same reason is one entry. */
function peersOf({ peers, unit }) {
  const skipped = {};
  const lines = [];
  for (const [name, value] of Object.entries(peers)) {
    if (typeof value === 'number') lines.push(`${name} ${show(value, unit)}`);
    else (skipped[value.skipped] ??= []).push(name);
  }
  for (const [reason, names] of Object.entries(skipped)) lines.push(`${names.join(', ')}: ${reason}`);
  return lines.flatMap((line) => wrap(line, WIDTHS[2]));
}

/** Each goal's verdict stands beside its first line. */
function goalsOf({ goals }) {
  const [texts, verdicts] = [[], []];
  for (const one of goals) {
    const lines = wrap(one.text, WIDTHS[4]);
    texts.push(...lines);
    verdicts.push(metOf(one), ...lines.slice(1).map(() => ''));
  }
  return [texts, verdicts];
}

const limitOf = ({ limit, unit }) => (limit ? [show(limit.value, unit), ...wrap(limit.name, WIDTHS[3])] : []);

function joined(columns) {
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    columns.map((lines, column) => (lines[at] ?? '').padEnd(WIDTHS[column])).join(GAP).trimEnd());
}

function seriesLines({ counts, lines, goals }) {
  const row = (name, cells) => name.padEnd(24) + cells.map((cell) => cell.padStart(12)).join('');
  return [
    row('cost by grants', counts.map((count) => count.toLocaleString('en'))),
    ...lines.map(({ name, unit, values }) => row(name, values.map((value) => show(value, unit)))),
    ...goals.map((one) => `${one.text}: ${metOf(one)}`),
  ];
}

const machineLines = ({ processor, processors, node, compiler, emscripten, peers }) => [
  `${processors} x ${processor}; Node ${node}; ${compiler}; Emscripten ${emscripten}`,
  ...wrap(`peers: ${Object.entries(peers).map((one) => one.join(' ')).join(', ') || 'none installed'}`, 118),
];

function summary({ rows, series }) {
  const judged = series ? [...rows, { job: 'a check by grants', goals: series.goals }] : rows;
  const all = judged.flatMap(({ goals }) => goals);
  const count = (met) => all.filter((one) => one.met === met).length;
  const missed = judged.filter(({ goals }) => goals.some(({ met }) => met === false)).map(({ job }) => job);
  const text = `${count(true)} goals met, ${count(false)} missed, ${count(null)} undecided`;
  return missed.length ? wrap(`${text}. Missed: ${missed.join('; ')}`, 118) : [text];
}

function speedLines({ speed = [] }) {
  if (speed.length === 0) return [];
  const one = ({ name, then, now }) => `${name} ${show(now, 'ns')} (there ${show(then, 'ns')}, ${(now / then).toFixed(2)}x)`;
  return wrap(`speed of this run beside the one that set the goals: ${speed.map(one).join('; ')}`, 118);
}

/** @returns {string} */
export function format(report) {
  const rule = WIDTHS.map((width) => '-'.repeat(width)).join(GAP);
  const titles = ['job', 'ours', 'peers', 'limit', 'goal', 'met?'].map((title) => [title]);
  const lines = [...machineLines(report.machine), '', ...joined(titles)];
  for (const row of report.rows) {
    const ours = [show(row.ours, row.unit)];
    lines.push(rule, ...joined([wrap(row.job, WIDTHS[0]), ours, peersOf(row), limitOf(row), ...goalsOf(row)]));
  }
  lines.push(rule, '', ...(report.series ? [...seriesLines(report.series), ''] : []));
  for (const { job, why } of report.notMeasured) lines.push(...wrap(`not measured: ${job} (${why})`, 118));
  lines.push('', ...speedLines(report), ...summary(report));
  return `${lines.join('\n')}\n`;
}
