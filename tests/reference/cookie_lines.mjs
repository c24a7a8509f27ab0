// SPDX-License-Identifier: Apache-2.0
// Cookies made to break out of their header, and what the core makes of them: native (latchkey_cookie_lines) and WASM
// (through the public API), compared with the reading of set_cookie.mjs.
import assert from 'node:assert/strict';
import { runNative } from './native.mjs';
import { Sequence } from './sequence.mjs';
import { misreading, refusal } from './set_cookie.mjs';

export const COOKIES_PER_CHUNK = 16_384;
const PROGRAM = 'latchkey_cookie_lines';

// All of these lists are byte strings, and stand in cookie_lines.cpp too.
const NAMES = ['a', 'sid', 'mastra_session', '__Host-s', '__Secure-s', '__host-S', '__HOST-', '__secure-', '__Host', "!#$%&'*+-.^_`|~"];
const PATHS = ['/', '/', '/app', '/a/b', '/app/', '//', '/\xc3\xa4', ''];
const DOMAINS = ['', '', 'example.com', '.example.com', 'EXAMPLE.com', 'a.b.example', '127.0.0.1', 'xn--e1afmkfd.example'];
const FRAGMENTS = [
  ';', '; ', ' ;', '=', ',', ' ', '\t', '\r\n', '\r', '\n', '\0', '\x7f', '\x01', '\x1f', '"', '\\', '%0d%0a', '%3B', 'a', 'B7',
  '; Path=/', '; Domain=evil.example', '; Secure', ';HttpOnly', '; Max-Age=0', '; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  '\r\nSet-Cookie: x=y', '\n\nbody', '\x80', '\xff', '\xc2\x85', '\xe2\x80\xa8', '\xc2\xa0', '\xed\xa0\x80', '__Host-', '/',
];
const TOKEN_BYTES = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
const VALUE_BYTES =
  "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const AGES = [undefined, undefined, 0, 1, 3600, 34_560_000, 34_560_001, -1];
const SAME_SITES = ['lax', 'strict', 'none'];

const bytesOf = (random, alphabet, length) => {
  let made = '';
  for (let i = 0; i < length; i++) made += alphabet[random.pick(alphabet.length)];
  return made;
};
const anyBytes = (random, length) => {
  let made = '';
  for (let i = 0; i < length; i++) made += String.fromCharCode(random.pick(256));
  return made;
};

/** A text of fragments and good bytes, or a good text in which one byte is another. */
function hostileText(random, good) {
  if (random.once(2)) {
    const at = random.pick(good.length + 1);
    return good.slice(0, at) + random.of(FRAGMENTS) + good.slice(at);
  }
  let made = '';
  for (let left = random.pick(6); left > 0; left--) made += random.of(FRAGMENTS);
  return made;
}

function drawName(random) {
  const kind = random.pick(16);
  if (kind < 8) return random.of(NAMES);
  if (kind < 13) return bytesOf(random, TOKEN_BYTES, 1 + random.pick(16));
  if (kind < 15) return hostileText(random, random.of(NAMES));
  return anyBytes(random, random.pick(8));
}

function drawValue(random) {
  const kind = random.pick(16);
  if (kind < 11) return bytesOf(random, VALUE_BYTES, random.pick(32));
  if (kind < 14) return hostileText(random, bytesOf(random, VALUE_BYTES, random.pick(8)));
  if (kind < 15) return anyBytes(random, random.pick(16));
  return random.once(16) ? 'v'.repeat(4078 + random.pick(20)) : '';
}

function drawAttribute(random, good) {
  const kind = random.pick(16);
  if (kind < 13) return random.of(good);
  if (kind < 14) return hostileText(random, random.of(good));
  if (kind < 15) return `/${hostileText(random, bytesOf(random, VALUE_BYTES, random.pick(8)))}`;
  return random.once(16) ? `/${'p'.repeat(1020 + random.pick(8))}` : `/${anyBytes(random, random.pick(8))}`;
}

export function drawCookie(random) {
  return {
    name: drawName(random),
    value: drawValue(random),
    path: drawAttribute(random, PATHS),
    domain: drawAttribute(random, DOMAINS),
    maxAge: random.of(AGES),
    httpOnly: random.once(2),
    secure: !random.once(4),
    sameSite: random.of(SAME_SITES),
  };
}

/** Why an answer, a line or the code of an error, is wrong; null when it is right. */
function fault(answer, cookie) {
  const code = refusal(cookie);
  if (answer.error !== undefined) return answer.error === code ? null : `refused with ${answer.error}, not ${code}`;
  if (code !== null) return `written instead of ${code}: ${JSON.stringify(answer.line)}`;
  const misread = misreading(answer.line, cookie);
  return misread && `read back as ${misread}: ${JSON.stringify(answer.line)}`;
}

function collector(cases) {
  const found = { cases, allowed: 0, differences: 0, first: null };
  return {
    found,
    judge(who, answer, cookie) {
      if (answer.line !== undefined) found.allowed++;
      const why = fault(answer, cookie);
      if (why === null) return;
      found.differences++;
      found.first ??= `${who}: ${why}, given ${JSON.stringify(cookie)}`;
    },
  };
}

/** Judges what the native core makes of chunks of the sequence. A record is its length (16 bits), `+` or `-`, and text. */
export function judgeNativeCookies({ seed, first, chunks }) {
  const output = runNative(PROGRAM, seed, first, chunks);
  const { found, judge } = collector(chunks * COOKIES_PER_CHUNK);
  let at = 0;
  for (let chunk = first; chunk < first + chunks; chunk++) {
    const random = new Sequence(seed, chunk);
    for (let i = 0; i < COOKIES_PER_CHUNK; i++) {
      const length = output.readUInt16LE(at);
      const text = output.latin1Slice(at + 3, at + 3 + length);
      judge('native', output[at + 2] === 0x2b ? { line: text } : { error: text }, drawCookie(random));
      at += 3 + length;
    }
  }
  assert.equal(at, output.length);
  return found;
}

/** As UTF-8, which is how a text reaches the core and comes back. */
const utf8 = (text) => Buffer.from(text, 'utf8').toString('latin1');

/** The same sequence through the public API, where the bytes above ASCII are characters. */
export function judgeWasmCookies(core, { seed, first, chunks }) {
  const { found, judge } = collector(chunks * COOKIES_PER_CHUNK);
  for (let chunk = first; chunk < first + chunks; chunk++) {
    const random = new Sequence(seed, chunk);
    for (let i = 0; i < COOKIES_PER_CHUNK; i++) {
      const cookie = drawCookie(random);
      const { name, value, ...attributes } = cookie;
      let answer;
      try {
        answer = { line: utf8(core.setCookie(name, value, attributes)) };
      } catch (error) {
        answer = { error: error.code };
      }
      const sent = Object.entries(cookie).map(([key, text]) => [key, typeof text === 'string' ? utf8(text) : text]);
      judge('WASM', answer, Object.fromEntries(sent));
    }
  }
  return found;
}
