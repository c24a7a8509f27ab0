// Runs the executable as a stranger would. LATCHKEY_BIN names it; by default the one that the `native` preset builds.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const executable = resolve(root, process.env.LATCHKEY_BIN ?? 'build/native/bin/latchkey');
export const folder = mkdtempSync(join(tmpdir(), 'latchkey-serve-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// What a server without --dev asks for.
export const secret = 'fZ3v9Qk1tYp7Lr2WmXc8Hb5NsJd0GuEa6TiKoPqRyVw';
export const license = 'LICENSE-0123456789-0123456789-0123456789';

// No setting of whoever runs the tests may reach the program.
export const environment = (extra = {}) => ({ PATH: process.env.PATH, ...extra });

/** `owner` is the uid and gid of somebody else to run it as; only root can. */
export function run(args, { env, input, stdio, owner } = {}) {
  const options = { env: environment(env), input, stdio, uid: owner, gid: owner, encoding: 'utf8', timeout: 20_000 };
  const done = spawnSync(executable, args, options);
  return { status: done.status, out: done.stdout, err: done.stderr };
}

/** `wrapped` takes the command line and gives the one that is started in its place; `options` are those of spawn. */
export async function serve(args, env, { wrapped = (command) => command, ...options } = {}) {
  const [program, ...rest] = wrapped([executable, 'serve', '--port', '0', ...args]);
  const child = spawn(program, rest, { ...options, env: environment(env) });
  const output = { out: '', err: '' };
  const origin = await new Promise((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`exited with ${status}: ${output.err}`)));
    child.stderr.on('data', (bytes) => {
      output.err += bytes;
      // In a log of JSON readiness is an event like any other.
      const ready = /"event":"listening","url":"(http:\/\/[^"]+)"/.exec(output.err);
      if (ready) resolve(ready[1]);
    });
    child.stdout.on('data', (bytes) => {
      output.out += bytes;
      const ready = /^listening on (http:\/\/\S+)$/m.exec(output.out);
      if (ready) resolve(ready[1]);
    });
  });
  child.removeAllListeners('exit');
  return {
    origin,
    output,
    pid: child.pid,
    signal: (name) => child.kill(name),
    async stop(signal = 'SIGTERM') {
      const start = performance.now();
      const status = await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill(signal);
      });
      return { status, ms: performance.now() - start };
    },
  };
}

/** For tests that need files and processes of somebody else. Continuous integration must not leave them out. */
export const asRoot = process.getuid() === 0 || process.env.CI ? {} : { skip: 'only root can act for somebody else' };

export const json = { 'content-type': 'application/json' };
export const cookieOf = (response) => response.headers.getSetCookie()[0]?.split(';')[0];
