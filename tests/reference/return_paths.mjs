// SPDX-License-Identifier: Apache-2.0
// Texts made to leave the origin, and what `safeReturnPath` makes of them, judged by the WHATWG URL class of the platform
// and by the requirement SO-20 read literally.
import { Sequence } from './sequence.mjs';

export const PATHS_PER_CHUNK = 16_384;

const PIECES = [
  '/', '/', '/', '\\', '//', '/\\', '\\/', '\t', '\r', '\n', '\r\n', '\0', '\x1f', '\x7f', '\x85', ' ', '.', '..', '/.', '/..',
  '@', ':', '?', '#', ';', '&', '=', '%', '%2f', '%2F', '%5c', '%5C', '%09', '%0a', '%0D', '%00', '%2e', '%2e%2e', '%40', '%3a',
  'http:', 'https:', 'HTTP:', 'HtTpS:', 'http://', 'https://', 'HTTPS:\\\\', 'javascript:', 'JAVASCRIPT:', 'data:', 'file:',
  'blob:', 'ws:', 'about:blank', 'evil.example', 'EVIL.example', '//evil.example', 'user@evil.example', 'user:pw@evil.example',
  '127.0.0.1', '[::1]', '2130706433', '0x7f.1', ':80', ':443', 'a', 'agents', 'runs', 'x.y', '~', 'ä', '€', '😀', '。', '．', '／',
  '＼', '：', '⁄', '\u2028', '\u200b', '\ufeff', '\u00ad', '\ud800', '\udc00', '\ud83d', '\ufffd',
];
const ORDINARY = ['agents', 'workflows', 'runs', 'a-1', 'x.y', '~me', 'ä', '%20', '%2F', 'tools', '0'];
const ENDS = ['', '', '', '?tab=runs', '?a=1&b=//c', '#top', '?q=#', '/', '?next=https://evil.example/', '#//evil.example'];

/** Bases of every kind: a default port, another one, plain http, a path that a relative reference would start from. */
const BASES = [
  'https://studio.example', 'http://localhost:4111', 'https://studio.example:8443/a/b?c#d', 'http://127.0.0.1/', 'http://[::1]:8080/x/',
].map((base) => [base, new URL(base).origin]);

export function drawPath(random) {
  if (random.once(256)) {
    const unit = random.of(['a', 'ä', '😀', '/']);
    return `/${unit.repeat(Math.floor(2048 / Buffer.byteLength(unit)) - 2 + random.pick(4))}`;
  }
  const kind = random.pick(16);
  if (kind < 3) {
    let path = '';
    for (let left = 1 + random.pick(4); left > 0; left--) path += `/${random.of(ORDINARY)}`;
    return path + random.of(ENDS);
  }
  let text = kind < 12 ? '/' : '';
  if (kind < 4) {
    for (let left = random.pick(8); left > 0; left--) text += String.fromCharCode(random.pick(random.once(2) ? 256 : 65_536));
  } else {
    for (let left = random.pick(8); left > 0; left--) text += random.of(PIECES);
  }
  return text;
}

// "must start `/`, second char not `/` or `\`, no CTL/TAB/CR/LF/backslash anywhere, ≤2 KiB"; text is well-formed Unicode.
const isSafe = (text) =>
  text.startsWith('/') &&
  !/^.[/\\]/su.test(text) &&
  !/[\p{Cc}\\]/u.test(text) &&
  text.isWellFormed() &&
  Buffer.byteLength(text) <= 2048;

const originFrom = (path, base) => {
  try {
    return new URL(path, base).origin;
  } catch {
    return 'nowhere';
  }
};

/** Why an answer is wrong, seen from one of the bases; null when it is right. */
export function fault(text, answer, turn) {
  const expected = isSafe(text) ? text : '/';
  if (answer !== expected) return `answers ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`;
  const [base, origin] = BASES[turn % BASES.length];
  const led = originFrom(answer, base);
  return led === origin ? null : `leads from ${base} to ${led}`;
}

/** Judges the answers, through the public API, to chunks of the sequence. */
export function judgePaths(core, { seed, first, chunks }) {
  const found = { cases: chunks * PATHS_PER_CHUNK, allowed: 0, differences: 0, first: null };
  for (let chunk = first; chunk < first + chunks; chunk++) {
    const random = new Sequence(seed, chunk);
    for (let i = 0; i < PATHS_PER_CHUNK; i++) {
      const text = drawPath(random);
      const answer = core.safeReturnPath(text);
      if (answer === text && text !== '/') found.allowed++;
      const why = fault(text, answer, i);
      if (why === null) continue;
      found.differences++;
      found.first ??= `${JSON.stringify(text)} ${why}`;
    }
  }
  return found;
}
