// SPDX-License-Identifier: Apache-2.0
// A mail server on a free port of loopback that takes every letter.

import { once } from 'node:events';
import { createServer } from 'node:net';

export async function startMailbox() {
  const letters = [];
  const waiting = [];
  const server = createServer((socket) => {
    let text = '';
    let letter = null;
    const say = (line) => socket.write(`${line}\r\n`);
    const hear = (line) => {
      if (letter !== null) {
        if (line !== '.') return (letter += `${line}\n`);
        letters.push(letter);
        letter = null;
        waiting.splice(0).forEach((wake) => wake());
        return say('250 taken');
      }
      const command = line.slice(0, 4).toUpperCase();
      if (command === 'DATA') letter = '';
      say({ EHLO: '250 mailbox', DATA: '354 go on', QUIT: '221 bye' }[command] ?? '250 fine');
      if (command === 'QUIT') socket.end();
    };
    socket.setEncoding('latin1').on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (text + chunk).split('\r\n');
      text = lines.pop();
      lines.forEach(hear);
    });
    say('220 mailbox');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${server.address().port}`,
    /** The letter with this number, once it has come; lines that were broken for the way are whole again. */
    async letter(index) {
      while (letters.length <= index) await new Promise((resolve) => waiting.push(resolve));
      return letters[index].replace(/=\n/g, '').replace(/=3D/gi, '=');
    },
    stop: () => server.close(),
  };
}
