// SPDX-License-Identifier: Apache-2.0
// createAuthClient in a browser where the page and the server differ: on another site, whose cookies browsers keep apart, it
// takes no sign-in for one; on a trusted origin it reads the refusals of a server that lets it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { password, people, startStudio } from './support.mjs';

const packageFolder = new URL('../../js/dist/', import.meta.url);
const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: server.address().port, stop };
}

/** An empty page and the npm package. */
const application = () =>
  listen(async (request, response) => {
    const name = /^\/latchkey\/([\w.-]+)$/.exec(request.url)?.[1];
    const bytes = name && (await readFile(new URL(name, packageFolder)).catch(() => null));
    if (request.url !== '/' && !bytes) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(name ?? '')] ?? 'text/html' });
    response.end(bytes || '<!doctype html><title>Application</title>');
  });

/** A server that refuses each sign-in with what its address names as the password. */
const refusals = (origin) =>
  listen(async (request, response) => {
    response.setHeader('access-control-allow-origin', origin());
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', 'content-type');
    response.setHeader('access-control-expose-headers', 'retry-after, x-request-id');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    let body = '';
    for await (const part of request) body += part;
    const { email: code, password: status } = JSON.parse(body);
    const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
    if (status === '429') headers['retry-after'] = '893';
    response.writeHead(Number(status), headers).end(JSON.stringify({ error: 'Refused', code }));
  });

describe('the client in a page of another origin', () => {
  let page;
  let server;
  let studio;
  before(async () => {
    page = await application();
    server = await refusals(() => `http://127.0.0.1:${page.port}`);
    const trusted = ['127.0.0.1', 'localhost'].flatMap((host) => ['--trust-origin', `http://${host}:${page.port}`]);
    studio = await startStudio(trusted, ['member']);
  });
  after(async () => {
    await studio?.stop();
    server?.stop();
    page?.stop();
  });

  /** What sign-ins come to: the error's code, status and so on, or `resolved`; then what the client shows. */
  async function signIn(host, baseURL, attempts) {
    const tab = await studio.open();
    await tab.goto(`http://${host}:${page.port}`);
    const seen = await tab.evaluate(
      async ([address, list]) => {
        const { createAuthClient } = await import('/latchkey/index.js');
        const auth = createAuthClient({ baseURL: address });
        const outcomes = [];
        for (const credentials of list) {
          outcomes.push(
            await auth.signIn.email(credentials).then(
              () => ({ resolved: true }),
              ({ code, status, retryAfter, requestId, message }) => ({ code, status, retryAfter, requestId, message }),
            ),
          );
        }
        const { isError, isSuccess } = auth.useCredentialsLogin().get();
        auth.dispose();
        return { outcomes, isError, isSuccess };
      },
      [baseURL, attempts],
    );
    await tab.context().close();
    return seen;
  }
  const member = { email: people.member.email, password };

  it('takes no sign-in for one whose cookie the browser did not keep', async () => {
    const { outcomes, ...shown } = await signIn('localhost', studio.address, [member]);
    assert.equal(outcomes[0].code, 'ERR_LATCHKEY_SESSION_NOT_KEPT');
    assert.match(outcomes[0].message, /same site/);
    assert.deepEqual(shown, { isError: true, isSuccess: false });
  });

  it('signs in where the site is the same', async () => {
    const seen = await signIn('127.0.0.1', studio.address, [member]);
    assert.deepEqual(seen, { outcomes: [{ resolved: true }], isError: false, isSuccess: true });
  });

  it('tells refusals by their code, status, time to wait and request id', async () => {
    const cases = [
      [413, 'ERR_LATCHKEY_BODY_TOO_LARGE'],
      [414, 'ERR_LATCHKEY_URI_TOO_LONG'],
      [429, 'ERR_LATCHKEY_THROTTLED', 893],
      [431, 'ERR_LATCHKEY_HEADERS_TOO_LARGE'],
      [503, 'ERR_LATCHKEY_UNAVAILABLE'],
    ];
    const attempts = cases.map(([status, code]) => ({ email: code, password: String(status) }));
    const { outcomes } = await signIn('127.0.0.1', `http://127.0.0.1:${server.port}`, attempts);
    const told = outcomes.map(({ status, code, retryAfter, requestId }) => [status, code, retryAfter, requestId]);
    assert.deepEqual(told, cases.map(([status, code, retryAfter]) => [status, code, retryAfter, 'r-1']));
  });
});
