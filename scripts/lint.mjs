// Checks without running: `format` (clang-format), `js` (tsc over the package's JS and the type tests), `tidy`
// (clang-tidy over all C++ of the native build). Without an argument all three.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = (...patterns) =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns], { cwd: root })
    .toString()
    .split('\0')
    .filter((name) => name && existsSync(new URL(name, new URL('../', import.meta.url))));

function run(command, ...rest) {
  const { status } = spawnSync(command, rest, { cwd: root, stdio: 'inherit' });
  return status === 0;
}

const checks = {
  format: () => run('clang-format', '--dry-run', '-Werror', ...files('*.h', '*.cpp')),
  js: () => run('npx', 'tsc', '--project', 'tsconfig.json'),
  tidy() {
    if (!existsSync(new URL('../build/native/compile_commands.json', import.meta.url))) {
      run('cmake', '--preset', 'native');
    }
    const known = readFileSync(new URL('../build/native/compile_commands.json', import.meta.url), 'utf8');
    const sources = files('core/*.cpp', 'native/*.cpp', 'bindings/answer.cpp', 'bindings/boundary*.cpp', 'examples/*.cpp');
    return sources
      .filter((name) => known.includes(`/${name}"`))
      .map((name) => (console.log(name), run('clang-tidy', '-p', 'build/native', '--quiet', name)))
      .every(Boolean);
  },
};

const wanted = process.argv[2] ? [process.argv[2]] : Object.keys(checks);
const failed = wanted.filter((name) => !checks[name]());
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exit(1);
}
