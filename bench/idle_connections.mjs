// SPDX-License-Identifier: Apache-2.0
// Opens connections to a server on loopback, asks once on each and then keeps them open in silence, as browsers do.
// Prints how many as JSON once all are answered, and closes them when standard input ends.
//   node bench/idle_connections.mjs PORT PATH COUNT HEADERS     HEADERS: a JSON object
import { connect } from 'node:net';
import { printJson, whyNot } from './harness.mjs';

const [port, path, count, headers] = process.argv.slice(2);
const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...JSON.parse(headers) }).map((one) => one.join(': '));
const request = [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
/** At once, so that no queue of the server overflows. */
const OPENING = 64;

/** As many clients' addresses: a server may bound the connections of each. */
const CLIENTS = 8;
let opened = 0;

/** Resolves when the answer begins; it is small enough to have come as a whole. */
const openOne = () => new Promise((resolve, reject) => {
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: `127.0.0.${2 + (opened++ % CLIENTS)}` });
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the server closed an idle connection')));
  socket.once('data', (answer) => {
    if (answer.toString('latin1').startsWith('HTTP/1.1 200 ')) resolve(socket);
    else reject(new Error(`the server answered ${answer.toString('latin1').split('\r\n')[0]}`));
  });
  socket.write(request);
});

try {
  let left = Number(count);
  const openSome = async () => {
    while (left-- > 0) await openOne();
  };
  await Promise.all(Array.from({ length: OPENING }, openSome));
  printJson({ open: Number(count) });
} catch (error) {
  printJson({ skipped: whyNot(error) });
}
process.stdout.write('\n');
process.stdin.on('end', () => process.exit()).resume();
