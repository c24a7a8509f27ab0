// What each suite said when it last ran, kept in build/logs/results.json for those who don't run it again. A result holds
// for the commit that it was seen at.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'build/logs/results.json');

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
/** The commit, and whether there is more than it in the folder; a copy without git has neither. */
const sourceNow = () => git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes');

function readAll() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

export function recordResult(name, { passed, failed }) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...readAll(), [name]: { passed, failed, source: sourceNow() } }, null, 2)}\n`);
}

/** `{passed, failed}`, or null when the suite has not run for what is here now. */
export function readResult(name) {
  const { [name]: found } = readAll();
  return found?.source === sourceNow() ? found : null;
}
