// SPDX-License-Identifier: Apache-2.0
// The packed package in new projects without any configuration: each bundler serves or builds a small page that asks the
// core, and the browser's title says what came of it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { addLatchkey, check, failAll, freePort, install, installFor, launchBrowser, run, start } from './support.mjs';

const page = (script) => `<!doctype html><title>waiting</title>${script}\n`;

/** Asks the core through both entries; the title is `ok true` when they are one and it answers. */
const program = `
import { createAuthClient, loadCore } from 'latchkey';
import { loadCore as sameCore } from 'latchkey/core';
createAuthClient().dispose();
loadCore().then(
  (core) => (document.title = 'ok ' + (core.permissions(['agents:*']).covers('agents:read') && loadCore === sameCore)),
  (error) => (document.title = error.code + ': ' + error.cause?.message),
);
`;

const nextApplication = {
  'app/layout.js': `
    export default function Layout({ children }) {
      return <html lang="en"><body>{children}</body></html>;
    }
  `,
  'app/page.js': `
    'use client';
    import { useEffect, useState } from 'react';
    import { createAuthClient, loadCore } from 'latchkey';
    import { AuthProvider, AuthRequired, useCurrentUser } from 'latchkey/react';

    const fetchNobody = async (url) => Response.json(url.endsWith('/me') ? null : { enabled: true, login: null });
    const client = createAuthClient({ baseURL: 'http://127.0.0.1:1', fetch: fetchNobody });
    function Name() {
      const { data, isPending } = useCurrentUser();
      return <p>{isPending ? 'loading' : (data?.email ?? 'nobody')}</p>;
    }
    export default function Page() {
      const [title, setTitle] = useState('waiting');
      useEffect(() => {
        loadCore().then(
          (core) => setTitle('ok ' + core.permissions(['agents:*']).covers('agents:read')),
          (error) => setTitle(error.code + ': ' + error.cause?.message),
        );
      }, []);
      return (
        <AuthProvider client={client}>
          <title>{title}</title>
          <Name />
          <AuthRequired loading="wait" signedOut="sign in">secret</AuthRequired>
        </AuthProvider>
      );
    }
  `,
  'app/api/may/route.js': `
    import { loadCore } from 'latchkey/core';
    export const dynamic = 'force-dynamic';
    export async function GET() {
      try {
        return Response.json({ ok: (await loadCore()).permissions(['agents:*']).covers('agents:read') });
      } catch (error) {
        return Response.json({ code: error.code, cause: String(error.cause) }, { status: 500 });
      }
    }
  `,
};

function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const remove = (folder, ...names) => names.forEach((name) => rmSync(join(folder, name), { recursive: true, force: true }));

const bin = (folder, name) => join(folder, 'node_modules/.bin', name);
const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', BROWSER: 'none' };
delete environment.NODE_ENV;

/** Serves what a bundler has written. */
async function serveFolder(folder) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const file = join(folder, path === '/' ? 'index.html' : path);
    const bytes = await readFile(file).catch(() => null);
    response.writeHead(bytes ? 200 : 404, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    response.end(bytes ?? undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A server of a bundler on a free port; `ready` matches the line that says so. */
async function serveBy(folder, name, args, ready) {
  const port = await freePort();
  const options = { cwd: folder, env: environment, ready };
  const server = await start(bin(folder, name), [...args, '--port', String(port)], options);
  return { address: `http://127.0.0.1:${port}`, stop: server.stop };
}

/** What the page's title comes to, and what React or the browser had to complain about. */
async function open(browser, address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/hydrat/i.test(message.text())) complaints.push(message.text());
  });
  try {
    await page.goto(address, { timeout: 120_000 });
    await page.waitForFunction(() => !['', 'waiting'].includes(document.title), undefined, { timeout: 60_000 });
    return { title: await page.title(), text: await page.locator('body').innerText(), complaints };
  } finally {
    await page.close();
  }
}

async function assertOk(browser, address) {
  const { title, complaints } = await open(browser, address);
  assert.equal(title, 'ok true');
  assert.deepEqual(complaints, []);
}

/** Runs `use` with a server and takes it away. */
async function withServer(starting, use) {
  const server = await starting;
  try {
    await use(server.address);
  } finally {
    await server.stop();
  }
}

function vite(major) {
  const names = ['dev', 'build and preview'].map((mode) => `vite ${major} ${mode}`);
  return {
    folder: `vite-${major}`,
    packages: [`vite@${major}`],
    names,
    async run(folder, browser) {
      write(folder, { 'index.html': page('<script type="module" src="/src/main.js"></script>'), 'src/main.js': program });
      remove(folder, 'dist', 'node_modules/.vite');
      const host = ['--host', '127.0.0.1', '--strictPort'];
      await check(names[0], () =>
        withServer(serveBy(folder, 'vite', host, /127\.0\.0\.1:\d+/), (address) => assertOk(browser, address)));
      await check(names[1], async () => {
        await run(bin(folder, 'vite'), ['build'], { cwd: folder, env: environment });
        const preview = serveBy(folder, 'vite', ['preview', ...host], /127\.0\.0\.1:\d+/);
        await withServer(preview, (address) => assertOk(browser, address));
      });
    },
  };
}

function next(major) {
  const modes = [
    ['dev', ['dev']],
    ['dev with Turbopack', ['dev', '--turbopack']],
    ['build and start', ['start'], ['build']],
    ['build and start with Turbopack', ['start'], ['build', '--turbopack']],
  ];
  const names = modes.flatMap(([mode]) => ['route handler', 'page'].map((part) => `next ${major} ${mode}: ${part}`));
  return {
    folder: `next-${major}`,
    packages: [`next@${major}`, 'react@19', 'react-dom@19'],
    names,
    async run(folder, browser) {
      write(folder, nextApplication);
      for (const [mode, serve, build] of modes) {
        const mine = names.filter((name) => name.startsWith(`next ${major} ${mode}: `));
        remove(folder, '.next');
        try {
          if (build) await run(bin(folder, 'next'), build, { cwd: folder, env: environment });
          await withServer(serveBy(folder, 'next', [...serve, '--hostname', '127.0.0.1'], /Ready in/), async (address) => {
            await check(mine[0], async () => assert.deepEqual(await (await fetch(`${address}/api/may`)).json(), { ok: true }));
            await check(mine[1], async () => {
              const html = await (await fetch(address)).text();
              assert.match(html, /<p>loading<\/p>/, 'rendered on the server');
              const { title, text, complaints } = await open(browser, address);
              assert.equal(title, 'ok true');
              assert.match(text, /nobody\s+sign in/);
              assert.deepEqual(complaints, []);
            });
          });
        } catch (error) {
          failAll(mine, error.message);
        }
      }
    },
  };
}

const webpack = {
  folder: 'webpack-5',
  packages: ['webpack@5', 'webpack-cli'],
  names: ['webpack 5 production', 'webpack 5 development'],
  async run(folder, browser) {
    for (const name of this.names) {
      await check(name, async () => {
        remove(folder, 'dist');
        write(folder, { 'src/index.js': program, 'dist/index.html': page('<script src="main.js"></script>') });
        await run(bin(folder, 'webpack'), ['--mode', name.split(' ').at(-1)], { cwd: folder, env: environment });
        await withServer(serveFolder(join(folder, 'dist')), (address) => assertOk(browser, address));
      });
    }
  },
};

const esbuild = {
  folder: 'esbuild',
  packages: ['esbuild@latest'],
  names: ['esbuild bundle', 'esbuild bundle, minified and split'],
  async run(folder, browser) {
    const options = [[], ['--minify', '--splitting']];
    for (const [index, name] of this.names.entries()) {
      await check(name, async () => {
        remove(folder, 'dist');
        write(folder, { 'src/main.js': program, 'dist/index.html': page('<script type="module" src="main.js"></script>') });
        const args = ['src/main.js', '--bundle', '--format=esm', '--outdir=dist', ...options[index]];
        await run(bin(folder, 'esbuild'), args, { cwd: folder, env: environment });
        await withServer(serveFolder(join(folder, 'dist')), (address) => assertOk(browser, address));
      });
    }
  },
};

export async function runBundlers() {
  const browser = await launchBrowser();
  try {
    for (const bundler of [vite(7), vite(8), next(15), webpack, esbuild]) {
      const installed = await installFor(bundler.names, () => install(bundler.folder, bundler.packages));
      if (!installed) continue;
      try {
        await addLatchkey(installed.folder);
        await bundler.run(installed.folder, browser);
      } catch (error) {
        failAll(bundler.names, error.message);
      }
    }
  } finally {
    await browser.close();
  }
}
