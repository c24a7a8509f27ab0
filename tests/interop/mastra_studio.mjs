// SPDX-License-Identifier: Apache-2.0
// The published Mastra Studio (the folder dist/studio of the npm package `mastra`), served from another origin than the
// executable, in a browser: thirteen steps as a member and as an owner.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { check, failAll, installFor, launchBrowser, password, people, startLatchkey, unpack } from './support.mjs';

const types = {
  '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml',
};

/**
 * The Studio as its own server would give it: files as they are, its one page for every other path, with the values that
 * the page has placeholders for. `{origin, pointTo, stop}`.
 */
async function serveStudio(folder) {
  let values = {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/refresh-events') return response.writeHead(204).end(); // of its development server
    const isFile = extname(pathname) !== '';
    const bytes = await readFile(join(folder, isFile ? pathname : 'index.html')).catch(() => null);
    if (!bytes) return response.writeHead(404).end();
    const body = isFile ? bytes : String(bytes).replace(/%%(\w+)%%/g, (_, name) => values[name] ?? '');
    response.writeHead(200, { 'content-type': types[isFile ? extname(pathname) : '.html'] ?? 'application/octet-stream' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    pointTo(address) {
      const { hostname, port } = new URL(address);
      values = {
        MASTRA_SERVER_PROTOCOL: 'http',
        MASTRA_SERVER_HOST: hostname,
        MASTRA_SERVER_PORT: port,
        MASTRA_API_PREFIX: '/api',
        MASTRA_TELEMETRY_DISABLED: 'true',
        MASTRA_HIDE_CLOUD_CTA: 'true',
        MASTRA_AUTO_DETECT_URL: 'false',
      };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a script of the page gets when it asks the server. */
const ask = (page, url) =>
  page.evaluate(async (target) => {
    const answer = await fetch(target, { credentials: 'include' });
    return { status: answer.status, body: await answer.text() };
  }, url);

const submit = async (page, email, secret) => {
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(secret);
  await page.locator('button[type=submit]').click();
};
const signInNotice = (page) => page.getByText('Sign in to continue');
const menuButton = (page, role) => page.getByRole('button', { name: people[role].name[0], exact: true });
const navigationLink = (page, path) => page.locator(`a[href$="${path}"]`).first();

/** The steps in their order; each begins where the one before has ended. */
const steps = [
  ['asks GET / of the server before anything else, and may read the answer', async ({ page, studio, latchkey }) => {
    const asked = [];
    page.on('request', (request) => {
      if (request.url().startsWith(latchkey.address)) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
    });
    const first = page.waitForResponse((response) => response.url() === `${latchkey.address}/`);
    await page.goto(studio.origin);
    const answer = await first;
    assert.equal(asked.filter((one) => !one.startsWith('OPTIONS'))[0], 'GET /');
    assert.equal(answer.ok(), true);
    assert.equal(answer.headers()['access-control-allow-origin'], studio.origin);
    assert.equal((await ask(page, `${latchkey.address}/`)).status, 200);
  }],
  ['asks a stranger to sign in', ({ page }) => signInNotice(page).waitFor()],
  ['offers what the server has: e-mail, password and sign-up', async ({ page, studio }) => {
    await page.goto(`${studio.origin}/login`);
    await page.locator('input[type=email]').waitFor();
    await page.locator('input[type=password]').waitFor();
    await page.getByText('Sign up', { exact: true }).waitFor();
  }],
  ['says that a password is wrong', async ({ page, role }) => {
    await submit(page, people[role].email, 'not the password of anybody');
    await page.getByText('Invalid email or password').waitFor();
    assert.equal(new URL(page.url()).pathname, '/login');
  }],
  ['signs in', async ({ page, role }) => {
    await submit(page, people[role].email, password);
    await page.waitForURL((url) => url.pathname !== '/login');
    await menuButton(page, role).waitFor();
  }],
  ['keeps the session where no script can read it', async ({ page, latchkey }) => {
    const [cookie, ...others] = await page.context().cookies(latchkey.address);
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, others.length], [true, 'Lax', 0]);
    const readable = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.ok(!readable.includes(cookie.value));
  }],
  ['shows who is signed in', async ({ page, role }) => {
    await menuButton(page, role).click();
    await page.getByText(people[role].name, { exact: true }).waitFor();
    await page.getByText(people[role].email, { exact: true }).waitFor();
  }],
  ['offers a preview of other roles to an owner alone', async ({ page, role }) => {
    assert.equal(await page.getByText('Preview as role').count(), role === 'owner' ? 1 : 0);
    await page.keyboard.press('Escape');
  }],
  ['shows the navigation of the role', async ({ page, role }) => {
    for (const path of ['/agents', '/workflows']) await navigationLink(page, path).waitFor();
    assert.equal(await page.locator('a[href$="/traces"]').count(), role === 'owner' ? 1 : 0);
  }],
  ['stays signed in when it is loaded again', async ({ page, role }) => {
    await page.reload();
    await menuButton(page, role).waitFor();
    assert.equal(await signInNotice(page).count(), 0);
  }],
  ['goes to another page by its link', async ({ page, role }) => {
    await navigationLink(page, '/workflows').click();
    await page.waitForURL((url) => url.pathname === '/workflows');
    await page.getByRole('heading', { name: 'Workflows' }).or(page.getByPlaceholder(/Filter/)).first().waitFor();
    await menuButton(page, role).waitFor();
  }],
  ['opens a page by its address', async ({ page, studio, role }) => {
    await page.goto(`${studio.origin}/settings`);
    await menuButton(page, role).waitFor();
    assert.equal(new URL(page.url()).pathname, '/settings');
  }],
  ['signs out, for good', async ({ page, studio, latchkey, role }) => {
    const ended = page.waitForResponse((response) => response.url() === `${latchkey.address}/api/auth/logout`);
    await menuButton(page, role).click();
    await page.getByText('Sign out', { exact: true }).click();
    assert.equal((await ended).status(), 200);
    await page.locator('input[type=email]').or(signInNotice(page)).first().waitFor(); // where the Studio goes by itself
    await page.goto(`${studio.origin}/workflows`);
    await signInNotice(page).waitFor();
    assert.deepEqual(await ask(page, `${latchkey.address}/api/auth/me`), { status: 200, body: 'null' });
    assert.deepEqual(await page.context().cookies(latchkey.address), []);
  }],
];

export async function runMastraStudio() {
  const lines = Object.keys(people).flatMap((role) => steps.map(([name]) => `${role}: ${name}`));
  const installed = await installFor(lines, async () => {
    const { folder, version } = await unpack('mastra', 'mastra@latest');
    return { folder, version: `mastra ${version}` };
  });
  if (!installed) return;
  const endings = [];
  try {
    const studio = await serveStudio(join(installed.folder, 'dist/studio'));
    endings.push(studio.stop);
    const latchkey = await startLatchkey(['--trust-origin', studio.origin]);
    endings.push(latchkey.stop);
    studio.pointTo(latchkey.address);
    const browser = await launchBrowser();
    endings.push(() => browser.close());
    for (const role of Object.keys(people)) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      for (const [name, step] of steps) await check(`${role}: ${name}`, () => step({ page, studio, latchkey, role }));
      await context.close();
    }
  } catch (error) {
    failAll(lines, error.message);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
