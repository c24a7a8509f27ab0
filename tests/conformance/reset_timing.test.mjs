// Whether the time of the answer behind a request for a reset tells if an account has the address (CR-08): the work for a
// known address must not stand in the way of the next request longer than that for an unknown one.
//
// LATCHKEY_RESET_TRIES=200 node --test tests/conformance/reset_timing.test.mjs   measures, and fails outside of 0.45 to 0.55

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { cookieOf, folder, json, serve } from './executable.mjs';
import { startMailbox } from './mailbox.mjs';

const wanted = Number(process.env.LATCHKEY_RESET_TRIES ?? 0);
const tries = wanted || 6;
/** As many as the limit of an address allows. */
const samples = wanted ? 3 : 1;

/** How often a value of the first list is above one of the second; a half says that they can't be told apart. */
function areaUnderCurve(first, second) {
  let wins = 0;
  for (const one of first) for (const other of second) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (first.length * second.length);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function requestFor(email, host) {
  const body = JSON.stringify({ email });
  return `POST /api/auth/credentials/request-password-reset HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** One connection that pipelines; `between(emails)` gives the milliseconds from the first answer to the last. */
async function openPipeline(origin) {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname).setNoDelay(true).setEncoding('latin1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const answers = [];
  let text = '';
  let wake = () => {};
  let isClosed = false;
  let failure = 'closed';
  socket.on('error', ({ message }) => (failure = message)).on('close', () => {
    isClosed = true;
    wake();
  });
  socket.on('data', (chunk) => {
    const now = performance.now();
    text += chunk;
    for (;;) {
      const end = text.indexOf('{"success":true}');
      if (end < 0) break;
      answers.push(now);
      text = text.slice(end + 16);
    }
    if (text.includes('"error"')) socket.destroy(new Error(text));
    wake();
  });
  return {
    async between(emails) {
      answers.length = 0;
      socket.write(emails.map((email) => requestFor(email, host)).join(''));
      while (answers.length < emails.length) {
        if (isClosed) throw new Error(`The connection is over: ${failure}`);
        await new Promise((resolve) => (wake = resolve));
      }
      return answers.at(-1) - answers[0];
    },
    close: () => socket.destroy(),
  };
}

async function signUpAll(server, emails) {
  for (const email of emails) {
    const body = JSON.stringify({ email, password: 'correct horse battery' });
    const made = await fetch(`${server.origin}/api/auth/credentials/sign-up`, { method: 'POST', headers: json, body });
    assert.equal(made.status, 200);
    assert.ok(cookieOf(made));
  }
}

test('[CR-08] the answer behind a request for a reset comes as soon for a known address as for another', async (t) => {
  const mailbox = await startMailbox();
  const env = {
    LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:4111',
    LATCHKEY_MAIL_URL: mailbox.url,
    LATCHKEY_MAIL_FROM: 'auth@example.com',
    // Quick to make many accounts with.
    LATCHKEY_PASSWORD_FORMAT: 'better-auth',
  };
  const server = await serve(['--dev', '--data', join(folder, 'reset-timing')], env);
  let pipeline;
  try {
    const known = Array.from({ length: tries }, (_, i) => `known-${i}@example.com`);
    const unknown = Array.from({ length: tries }, (_, i) => `unkno-${i}@example.com`);
    await signUpAll(server, known);
    // Only now: a connection that is idle for long is closed.
    pipeline = await openPipeline(server.origin);
    const times = new Map([...known, ...unknown].map((email) => [email, []]));
    let behind = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let i = 0; i < tries; i++) {
        // In turns, the first of a pair by turns too: whatever else the machine does hits both alike.
        const pair = i % 2 === 0 ? [known[i], unknown[i]] : [unknown[i], known[i]];
        for (const email of pair) {
          const others = [0, 1].map(() => `behind-${behind++}@example.com`);
          times.get(email).push(await pipeline.between([email, ...others]));
          // As many as may wait for their time, and no more.
          if (wanted) await new Promise((resolve) => setTimeout(resolve, 120));
        }
      }
    }
    const of = (emails) => emails.map((email) => median(times.get(email)));
    const area = areaUnderCurve(of(known), of(unknown));
    t.diagnostic(
      `AUC ${area.toFixed(3)} of ${tries} known and ${tries} unknown addresses, medians ` +
        `${median(of(known)).toFixed(2)} and ${median(of(unknown)).toFixed(2)} ms`,
    );
    // Few tries tell nothing; the native tests see that the store does the same work.
    if (wanted) assert.ok(area > 0.45 && area < 0.55, `AUC ${area}`);
  } finally {
    pipeline?.close();
    await server.stop();
    mailbox.stop();
  }
});
