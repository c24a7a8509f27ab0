// SPDX-License-Identifier: Apache-2.0
// Starts the real server with the demo studio and a real browser, and takes both away again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = process.env.LATCHKEY_BIN ?? join(root, 'build/native/bin/latchkey');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const startTimeout = 15_000;

export const password = 'a quiet harbour at dawn';
export const people = {
  owner: { email: 'owner@example.com', name: 'Olga Owner' },
  member: { email: 'member@example.com', name: 'Milo Member' },
  viewer: { email: 'viewer@example.com', name: 'Vera Viewer' },
};
export const pagePaths = ['/', '/login', '/signup', '/agents', '/workflows', '/audit'];

async function addUser(role, data) {
  const { email, name } = people[role];
  const child = spawn(
    executable,
    ['user', 'add', email, '--name', name, '--role', role, '--password-stdin', '--data', data],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  child.stdin.end(password);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`latchkey user add ${email} failed with ${status}: ${complaint}`);
}

async function addressOf(child) {
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeout);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      said += `${line}\n`;
      const match = /listening on (http:\/\/\S+)/.exec(line);
      if (match) return match[1].replace(/\/$/, '');
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`latchkey serve ended before it listened:\n${said}`);
}

async function startServer(data, options) {
  const child = spawn(executable, ['serve', '--dev', '--demo', '--port', '0', '--data', data, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const closed = once(child, 'close');
  const address = await addressOf(child);
  // What the server says later must not fill the pipe, which would stop it.
  child.stdout.resume();
  return {
    address,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

export function launchBrowser() {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-sync',
      '--disable-component-update',
      '--no-first-run',
    ],
  });
}

/**
 * A server with an owner, a member and a viewer (or with those in `roles`), and a browser. `{address, log, open, signedIn,
 * ownSession, profiles, stop}`. `options` are further ones of `latchkey serve`.
 */
export async function startStudio(options = [], roles = Object.keys(people)) {
  if (!existsSync(executable)) throw new Error(`${executable} is missing; build it first or set LATCHKEY_BIN`);
  const data = await mkdtemp(join(tmpdir(), 'latchkey-browser-'));
  const endings = [() => rm(data, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    for (const role of roles) await addUser(role, data);
    const server = await startServer(data, options);
    endings.push(server.stop);
    const browser = await launchBrowser();
    endings.push(() => browser.close());
    return { address: server.address, log: server.log, stop, ...tabs(browser, server.address) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Notes where the pages of a profile went, what their policy refused and what their scripts threw. */
async function watch(context) {
  const record = { paths: new Set(), problems: [] };
  await context.exposeFunction('noteViolation', (text) => record.problems.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      globalThis.noteViolation(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  context.on('page', (page) => page.on('framenavigated', (frame) => record.paths.add(new URL(frame.url()).pathname)));
  context.on('weberror', (error) => record.problems.push(String(error.error())));
  context.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) record.problems.push(message.text());
  });
  return record;
}

function tabs(browser, address) {
  const states = new Map();
  const profiles = [];

  /** A fresh profile with one tab. */
  async function open(options = {}) {
    const context = await browser.newContext({ baseURL: address, viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(15_000);
    profiles.push(await watch(context));
    return context.newPage();
  }

  /** The same with somebody signed in. Each role signs in once and its cookie is copied, to keep the suite quick. */
  async function signedIn(role, options = {}) {
    if (!states.has(role)) {
      const page = await open();
      await signIn(page, role);
      states.set(role, await page.context().storageState());
      await page.context().close();
    }
    return open({ storageState: states.get(role), ...options });
  }

  /** A session that nothing else uses, for cases that end it. */
  async function ownSession(role) {
    const page = await open();
    const answer = await page.request.post('/api/auth/credentials/sign-in', {
      data: { email: people[role].email, password },
    });
    if (!answer.ok()) throw new Error(`${role} could not sign in: ${answer.status()} ${await answer.text()}`);
    return page;
  }

  return { open, signedIn, ownSession, profiles };
}

/** Signs in through the form and waits for the overview. */
export async function signIn(page, role) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(people[role].email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor();
}

/** A request from within the page, as a script on it would send it: `{status, body}`. */
export function requestFrom(page, method, path, body) {
  return page.evaluate(
    async ([requestMethod, requestPath, requestBody]) => {
      const response = await fetch(requestPath, {
        method: requestMethod,
        headers: requestBody === undefined ? {} : { 'content-type': 'application/json' },
        body: requestBody === undefined ? undefined : JSON.stringify(requestBody),
      });
      return { status: response.status, body: await response.json() };
    },
    [method, path, body],
  );
}

/** Keeps the answer about the person back until `release()`, so that what is painted meanwhile can be looked at. */
export async function holdCapabilities(page) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const continued = [];
  const hold = (route) => {
    continued.push(held.then(() => route.continue()));
  };
  await page.route('**/api/auth/capabilities', hold);
  return async () => {
    release();
    await Promise.all(continued);
    await page.unroute('**/api/auth/capabilities', hold);
  };
}

/** Waits until the page shows its final content: no skeleton, nothing loading. */
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .is-skeleton'));
}
