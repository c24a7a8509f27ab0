// SPDX-License-Identifier: Apache-2.0
// What the checks against published counterparts share: packages in folders of build/interop, processes that are taken away
// again, a browser, and one line for each check.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const place = join(root, 'build/interop');
const executable = process.env.LATCHKEY_BIN ?? join(root, 'build/native/bin/latchkey');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const installMinutes = 15;

export const password = 'a quiet harbour at dawn';
export const people = {
  owner: { email: 'owner@example.com', name: 'Olga Owner' },
  member: { email: 'member@example.com', name: 'Milo Member' },
};

const execute = promisify(execFile);

const colours = /\x1b\[[0-9;]*m/g;
/** The end of what a command said, as one line. */
const lastWords = (text) => text.replace(colours, '').trim().replace(/\s+/g, ' ').slice(-400);

/** Runs a command to its end; `{stdout, stderr}`. The error has what the command said last. */
export async function run(command, args, options = {}) {
  try {
    return await execute(command, args, { maxBuffer: 1 << 26, timeout: 5 * 60_000, ...options });
  } catch (error) {
    const said = lastWords(`${error.stdout ?? ''}\n${error.stderr ?? ''}`);
    throw new Error(`${[command, ...args].join(' ')} failed: ${said || error.message}`);
  }
}

// ------------------------------------------------------------------------------------------------------------- Packages

/** Folder of build/interop; made when it is not there. */
export function folderOf(name) {
  const folder = join(place, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const manifestOf = (folder, name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));

/**
 * Packages from the registry in a folder of their own: `{folder, versions}`. What was installed before stays, until
 * build/interop is removed.
 * @param {string} name of the folder
 * @param {string[]} packages such as `vite@7`
 */
export async function install(name, packages) {
  const folder = folderOf(name);
  const marker = join(folder, 'installed.txt');
  const wanted = packages.join(' ');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
    rmSync(marker, { force: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const options = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', [...options, ...packages], { cwd: folder, timeout: installMinutes * 60_000 });
    writeFileSync(marker, wanted);
  }
  const names = packages.map((one) => one.replace(/(?<=.)@[^@]*$/, ''));
  return { folder, versions: names.map((one) => `${one} ${manifestOf(folder, one).version}`) };
}

/** The files of one package without its dependencies: `{folder, version}`. */
export async function unpack(name, wanted) {
  const folder = folderOf(name);
  const marker = join(folder, 'unpacked.txt');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
    const options = ['pack', wanted, '--json', '--pack-destination', folder];
    const { stdout } = await run('npm', options, { cwd: folder, timeout: installMinutes * 60_000 });
    rmSync(join(folder, 'package'), { recursive: true, force: true });
    await run('tar', ['-xzf', JSON.parse(stdout)[0].filename], { cwd: folder });
    writeFileSync(marker, wanted);
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8'));
  return { folder: join(folder, 'package'), version };
}

let packed;
/** Puts this repository's package into a folder, as npm would from the packed file. */
export async function addLatchkey(folder) {
  packed ??= run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folderOf('.')], {
    cwd: join(root, 'js'),
  }).then(({ stdout }) => join(place, JSON.parse(stdout)[0].filename));
  const target = join(folder, 'node_modules/latchkey');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', await packed, '-C', target, '--strip-components=1']);
}

// ------------------------------------------------------------------------------------------------------------ Processes

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a program and waits for a line of it that matches; `{match, stop}`. `stop` ends its children as well: the
 * commands of npm packages start others.
 */
export async function start(command, args, { ready, seconds = 120, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const closed = once(child, 'close');
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  const stop = async () => {
    end('SIGTERM');
    const timer = setTimeout(() => end('SIGKILL'), 10_000);
    await closed;
    clearTimeout(timer);
  };
  const timer = setTimeout(() => end('SIGKILL'), seconds * 1000);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      said += `${line}\n`;
      const match = ready.exec(line.replace(colours, ''));
      if (!match) continue;
      child.stdout.resume(); // a full pipe would stop it
      return { match, stop };
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`${command} ${args.join(' ')} ended or was not ready within ${seconds} s: ${lastWords(said)}`);
}

/**
 * The executable with an owner and a member: `{address, data, stop}`. `options` are further ones of `latchkey serve`,
 * `environment` further variables of it and of what adds the people.
 */
export async function startLatchkey(options = [], environment = {}) {
  const data = await mkdtemp(join(tmpdir(), 'latchkey-interop-'));
  const env = { ...process.env, ...environment };
  try {
    for (const [role, { email, name }] of Object.entries(people)) {
      const args = ['user', 'add', email, '--name', name, '--role', role, '--password-stdin', '--data', data];
      const adding = execute(executable, args, { env });
      adding.child.stdin.end(password);
      await adding;
    }
    const args = ['serve', '--dev', '--demo', '--port', '0', '--data', data, ...options];
    const server = await start(executable, args, { ready: /listening on (http:\/\/[^\s/]+)/, env, seconds: 20 });
    const stop = async () => {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    };
    return { address: server.match[1], data, stop };
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}

/** The session cookie of a person who signs in as a program does. */
export async function cookieOf(address, role) {
  const answer = await fetch(`${address}/api/auth/credentials/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: people[role].email, password }),
  });
  if (!answer.ok) throw new Error(`${role} could not sign in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie()[0].split(';')[0];
}

export const launchBrowser = () =>
  chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });

// --------------------------------------------------------------------------------------------------------------- Checks

export const totals = { passed: 0, failed: 0 };
/** The names that have had their line. */
const told = new Set();

/** One line for one thing that must hold. Gives whether it does. */
export async function check(name, holds) {
  told.add(name);
  try {
    await holds();
    totals.passed++;
    console.log(`  ok    ${name}`);
    return true;
  } catch (error) {
    totals.failed++;
    console.log(`  FAIL  ${name}: ${lastWords(String(error?.message ?? error))}`);
    return false;
  }
}

/**
 * Fails the checks that could not be begun, by name, so that the number of lines is the same each time. Those that had
 * their line keep it; when all had it, the reason gets one of its own.
 */
export function failAll(names, reason) {
  const missing = names.filter((name) => !told.has(name));
  for (const name of missing.length > 0 ? missing : [`the end of: ${names.at(-1)}`]) {
    told.add(name);
    totals.failed++;
    console.log(`  FAIL  ${name}: ${reason}`);
  }
}

/** Installs what a group of checks needs and says which versions they are; undefined, and their lines, when it can't. */
export async function installFor(names, installing) {
  try {
    const installed = await installing();
    console.log(`  with  ${[installed.versions ?? installed.version].flat().join(', ')}`);
    return installed;
  } catch (error) {
    failAll(names, `not installed: ${lastWords(error.message)}`);
    return undefined;
  }
}
