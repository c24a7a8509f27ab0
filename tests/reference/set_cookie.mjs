// SPDX-License-Identifier: Apache-2.0
// Set-Cookie, read from RFC 6265 and RFC 6265bis alone: which cookies may be written (§4.1.1) and what a user agent
// makes of a line (§5.2). Texts are byte strings: each character stands for one byte. Shares no code with the product.

// "cookie-name = token", "token = <token, defined in [RFC2616], Section 2.2>": 1*<any CHAR except CTLs or separators>
const isToken = (name) => /^[\x21-\x7e]+$/.test(name) && !/[()<>@,;:\\"/[\]?={} \t]/.test(name);

// "cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E"; the quotes that the grammar allows around a value are
// not offered: the value is what stands between `=` and `;`.
const isCookieValue = (value) => /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value);

// "path-value = <any CHAR except CTLs or ";">"; a domain is held to the same, and both to the 1,024 bytes of 6265bis §5.6.
// Bytes above ASCII are let through: they are text of another time, and end no attribute.
const isAttributeValue = (text) => text.length <= 1024 && !/[\x00-\x1f\x7f;]/.test(text);

// A user agent removes white space around an attribute's value (§5.2), so one that has any is not what is kept.
const isKeptWhole = (text) => !/^[ \t]|[ \t]$/.test(text);

export const MOST_BYTES = 4096; // name and value, 6265bis §5.6
export const MOST_SECONDS = 34_560_000; // 400 days, 6265bis §5.5

/** The code of the error with which a cookie has to be refused; null when it has to be written. */
export function refusal({ name, value, path, domain, maxAge, secure, sameSite }) {
  const host = name.toLowerCase().startsWith('__host-');
  const prefixed = host || name.toLowerCase().startsWith('__secure-');
  const fits =
    isToken(name) &&
    isCookieValue(value) &&
    [path, domain].every((text) => isAttributeValue(text) && isKeptWhole(text)) &&
    path.startsWith('/') && // "If the attribute-value is empty or if the first character is not "/"": another path (§5.2.4)
    (maxAge === undefined || (maxAge >= 0 && maxAge <= MOST_SECONDS)) &&
    !(prefixed && !secure) && // 6265bis §4.1.3.1, §4.1.3.2
    !(host && (path !== '/' || domain !== '')) &&
    !(sameSite === 'none' && !secure); // 6265bis §5.7: such a cookie is dropped
  if (!fits) return 'ERR_LATCHKEY_COOKIE_INVALID';
  return name.length + value.length > MOST_BYTES ? 'ERR_LATCHKEY_COOKIE_TOO_LARGE' : null;
}

const trim = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');

/** §5.2, without what a user agent then does with the attributes: they stay as they are, in order, names in lower case. */
export function readSetCookie(line) {
  // "If the set-cookie-string contains a %x3B (";") character: the name-value-pair string consists of the characters
  // up to, but not including, the first %x3B"
  const [pair, ...rest] = line.split(';');
  const split = (text) => {
    const at = text.indexOf('=');
    return at < 0 ? [trim(text), ''] : [trim(text.slice(0, at)), trim(text.slice(at + 1))];
  };
  if (!pair.includes('=')) return null; // "If the name-value-pair string lacks a %x3D ("=") character, ignore"
  const [name, value] = split(pair);
  if (name === '') return null;
  return { name, value, attributes: rest.map(split).map(([key, text]) => [key.toLowerCase(), text]) };
}

const title = { lax: 'Lax', strict: 'Strict', none: 'None' };

/** What a line has to be read back as: these attributes, each once, and no other. */
export function wantedReading({ name, value, path, domain, maxAge, secure, httpOnly, sameSite }) {
  const attributes = [['path', path], ['samesite', title[sameSite]]];
  if (httpOnly) attributes.push(['httponly', '']);
  if (secure) attributes.push(['secure', '']);
  if (domain !== '') attributes.push(['domain', domain]);
  if (maxAge !== undefined) attributes.push(['max-age', String(maxAge)]);
  return { name, value, attributes: attributes.sort() };
}

/** Why a line is not this cookie and nothing else; null when it is. */
export function misreading(line, cookie) {
  // RFC 9110 §5.5: a field value has no CR, LF or NUL; no other control character belongs here either.
  if (/[\x00-\x1f\x7f]/.test(line)) return 'a control character';
  const read = readSetCookie(line);
  if (read === null) return 'no cookie';
  read.attributes.sort();
  const wanted = wantedReading(cookie);
  if (read.name !== wanted.name) return `the name ${JSON.stringify(read.name)}`;
  if (read.value !== wanted.value) return `the value ${JSON.stringify(read.value)}`;
  const same =
    read.attributes.length === wanted.attributes.length &&
    read.attributes.every(([key, text], i) => key === wanted.attributes[i][0] && text === wanted.attributes[i][1]);
  return same ? null : `the attributes ${JSON.stringify(read.attributes)}`;
}
