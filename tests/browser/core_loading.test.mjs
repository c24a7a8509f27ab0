// SPDX-License-Identifier: Apache-2.0
// The package alone in a page and in a worker, under the strict policy that its README names.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launchBrowser } from './support.mjs';

const dist = new URL('../../js/dist/', import.meta.url);
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const types = { js: 'text/javascript', wasm: 'application/wasm' };

const program = (wasm) => `
  import { loadCore } from '/package/index.js';
  const answer = await loadCore(${wasm ? `{ wasm: '${wasm}' }` : ''}).then(
    (core) => {
      const token = core.cookie('a=1; session=é', 'session');
      return [core.permissions(['agents:*']).covers('agents:read'), core.safeReturnPath('//evil.example'), token].join(' ');
    },
    (error) => error.code + ': ' + error.cause?.message,
  );
`;
const toPage = 'document.title = answer;';
const pages = {
  '/page.js': program() + toPage,
  '/path.js': program('/assets/latchkey.wasm') + toPage,
  '/in-worker.js': `${program('/assets/latchkey.wasm')} postMessage(answer);`,
  '/worker.js': `new Worker('/in-worker.js', { type: 'module' }).onmessage = ({ data }) => (document.title = data);`,
};

/** What the server says in place of the module, and what it was asked for. */
let instead = null;
let asked = [];
let address;
let browser;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://server');
  const name = pathname.split('/').at(-1);
  asked.push(name);
  response.setHeader('content-security-policy', policy);
  if (pathname.endsWith('.html')) {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><script type="module" src="${pathname.replace('.html', '.js')}"></script>`);
  } else if (pages[pathname]) {
    response.setHeader('content-type', types.js).end(pages[pathname]);
  } else if (instead && pathname.endsWith('.wasm')) {
    instead(response);
  } else if (/^\/(package|assets)\/[\w.-]+\.(js|wasm)$/.test(pathname)) {
    response.setHeader('content-type', types[name.split('.').at(-1)]).end(readFileSync(new URL(name, dist)));
  } else {
    response.writeHead(404).end();
  }
});

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${server.address().port}`;
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

/** The title that a page gives itself, and what its policy refused. */
async function titleOf(page, answer = null) {
  instead = answer;
  asked = [];
  const tab = await browser.newPage();
  const refused = [];
  tab.on('console', (message) => /content security policy|refused to/i.test(message.text()) && refused.push(message.text()));
  tab.on('pageerror', (error) => refused.push(String(error)));
  try {
    await tab.goto(`${address}/${page}.html`);
    await tab.waitForFunction(() => document.title !== '');
    assert.deepEqual(refused, []);
    return await tab.title();
  } finally {
    await tab.close();
  }
}

const right = 'true / é';

test('a page under a strict policy loads the core from the file beside the script, and no second copy', async () => {
  assert.equal(await titleOf('page'), right);
  assert.ok(asked.includes('latchkey.wasm'));
  assert.ok(!asked.includes('core-bytes.js'));
});

test('a page loads the core where the server answers with a page of its own instead, or not at all', async () => {
  const html = (response) => response.setHeader('content-type', 'text/html').end('<!doctype html>');
  const nothing = (response) => response.writeHead(404).end();
  for (const answer of [html, nothing]) {
    assert.equal(await titleOf('page', answer), right);
    assert.ok(asked.includes('core-bytes.js'));
  }
});

test('a path is one of the page, and in a worker one of the worker', async () => {
  for (const page of ['path', 'worker']) {
    assert.equal(await titleOf(page), right);
    assert.ok(asked.includes('latchkey.wasm') && !asked.includes('core-bytes.js'), page);
  }
});
