// SPDX-License-Identifier: Apache-2.0
// Finding the session in a Cookie header: others' libraries, our own JS API, and the scan for the text. Ours natively
// is in core_bench.cpp with the same headers. Prints JSON.
import { loadCore } from 'latchkey';
import { flat, printJson, takeTurns } from '../harness.mjs';

const name = 'mastra_session';

function twentyCookies() {
  let header = '';
  for (let i = 0; i < 19; i++) header += `preference_${i}=value-of-some-length-${i}; `;
  return `${header}${name}=${'A'.repeat(300)}`;
}

/** Headers that look for a weak spot, the session's cookie last; the same as in core_bench.cpp. */
const hostilePieces = [
  () => ';', () => '=;', () => 'a;', () => 'a=;', () => '"\\";', () => '%00=%;',
  (i) => `k${i}=%;`, // other names each time
  () => `${'='.repeat(Math.floor(8192 / 90))};`, // less than 100 of them
];

function hostile(pieceAt, size = 8192) {
  const last = `${name}=x`;
  let header = '';
  for (let i = 0; header.length + pieceAt(i).length + last.length <= size; i++) header += pieceAt(i);
  return header + last;
}

const finders = {
  cookie: async () => {
    const { parseCookie } = await import('cookie');
    return (header) => parseCookie(header)[name];
  },
  'cookie-es': async () => {
    const { parse } = await import('cookie-es');
    return (header) => parse(header)[name];
  },
  'latchkey, JS': async () => {
    const core = await loadCore();
    return (header) => {
      // A header over the limits is nobody's session.
      try {
        return core.cookie(header, name);
      } catch {
        return null;
      }
    };
  },
};

// Here the function is called through a variable; a call of some nanoseconds beside microseconds.
const contestant = (label, header, load) => ({ name: label, make: async () => {
  const find = await load();
  return (calls) => {
    let found = 0;
    for (let i = 0; i < calls; i++) if (find(header)) found++;
    return found;
  };
} });

const [normal, ...hostileHeaders] = flat([twentyCookies(), ...hostilePieces.map(hostile)]);
const contestants = [];
for (const [label, load] of Object.entries(finders)) {
  contestants.push({ ...contestant(`find/${label}`, normal, load), expect: 2 });
  hostileHeaders.forEach((header, shape) => contestants.push(contestant(`hostile/${shape}/${label}`, header, load)));
}
// Half of each, for whether ours takes half of the time.
flat(hostilePieces.map((pieceAt) => hostile(pieceAt, 4096))).forEach((header, shape) =>
  contestants.push(contestant(`half/${shape}/latchkey, JS`, header, finders['latchkey, JS'])));
contestants.push({ name: 'find/indexOf', expect: 2, make: () => (calls) => {
  let found = 0;
  for (let i = 0; i < calls; i++) if (normal.indexOf(`${name}=`) > 0) found++;
  return found;
} });
printJson(await takeTurns(contestants, { roundMs: 8 }));
