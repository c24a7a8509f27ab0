// SPDX-License-Identifier: Apache-2.0
//
// The permission rule, read literally: a pattern denotes a set, and a grant covers a required permission when the
// set of the required one lies within the set of the grant. Nothing here is optimised.

// "`namespace` and `action` are 1–64 characters of `A-Z a-z 0-9 . _ -`"; a single word is held to the same.
const isName = (part) => /^[A-Za-z0-9._-]{1,64}$/.test(part);

function isResource(part) {
  const bytes = new TextEncoder().encode(part).length;
  return bytes >= 1 && bytes <= 256 && // "1–256 bytes"
    part.isWellFormed() && // "of well-formed UTF-8": no lone surrogates
    !/\p{Cc}/u.test(part) && // "without control characters,
    !/\p{White_Space}/u.test(part) && // whitespace
    !part.includes('*'); // or `*`"; colons are allowed
}

// The parts of a permission or grant: one, two or three strings; null when it is invalid.
export function parse(text) {
  if (typeof text !== 'string') return null;
  const [first, second, ...rest] = text.split(':');
  // "`*` alone", "a single word (`legacy-admin`) is also a permission"
  if (second === undefined) return first === '*' || isName(first) ? [first] : null;
  // "any part may be `*` (a whole part: `agents:re*` is invalid)"
  if (first !== '*' && !isName(first)) return null;
  if (second !== '*' && !isName(second)) return null;
  if (rest.length === 0) return [first, second]; // "`namespace:action`"
  const resource = rest.join(':'); // "everything after the second colon ... may itself contain colons"
  if (resource !== '*' && !isResource(resource)) return null;
  return [first, second, resource]; // "`namespace:action:resource`"
}

// The grammar of grants and of required permissions, both of which may have `*` as a part.
export const isPermission = (text) => parse(text) !== null;

// "Matching is byte-wise and case-sensitive": no folding and no normalisation; equal well-formed strings are equal bytes.
const partMatches = (pattern, part) => pattern === '*' || pattern === part;

// Whether the set that a pattern denotes contains a thing. A thing is [word], [namespace, action] or
// [namespace, action, resource], and has no `*`.
function denotes(pattern, thing) {
  // "`*` denotes everything."
  if (pattern.length === 1 && pattern[0] === '*') return true;
  // A single word denotes only itself.
  if (pattern.length === 1) return thing.length === 1 && thing[0] === pattern[0];
  // "A grant without a resource denotes that action on every resource", and the action itself;
  // "`*:*` denotes everything that has at least two parts."
  if (pattern.length === 2) return thing.length >= 2 && pattern.every((part, i) => partMatches(part, thing[i]));
  // "A grant with a resource denotes only it"; "`agents:read:*` covers `agents:read:x`, not `agents:read`."
  return thing.length === 3 && pattern.every((part, i) => partMatches(part, thing[i]));
}

// A finite stand-in for all things. Patterns can only tell apart the names they mention, so in each place it is enough
// to take the names mentioned there and one name (a symbol, equal to no string) that stands for all the others.
function thingsThatMatter(...patterns) {
  const names = (i) => [...new Set(patterns.map((p) => p[i]).filter((p) => p !== undefined && p !== '*')), Symbol('other')];
  const words = names(0).map((word) => [word]);
  const pairs = words.flatMap(([namespace]) => names(1).map((action) => [namespace, action]));
  const triples = pairs.flatMap((pair) => names(2).map((resource) => [...pair, resource]));
  return [...words, ...pairs, ...triples];
}

export const grantCovers = (grant, required) => partsCover(parse(grant), parse(required));

// The same of texts that are parsed already.
export function partsCover(g, r) {
  if (g === null || r === null) return false; // "Invalid input never allows"
  // "A grant covers a required permission when everything the required one denotes is denoted by the grant";
  // hence "a required permission with `*` asks for the whole set".
  return thingsThatMatter(g, r).filter((thing) => denotes(r, thing)).every((thing) => denotes(g, thing));
}

// "a grant set may be compiled with `{alias: [namespaces…]}`": the grant itself, and the same grant on each namespace
// that is listed for its own one. What is added is not expanded again. A single word has no namespace.
export function expand(grant, aliases) {
  const [namespace, ...rest] = parse(grant);
  if (rest.length === 0 || !Object.hasOwn(aliases, namespace)) return [grant];
  return [grant, ...aliases[namespace].map((target) => [target, ...rest].join(':'))];
}

export function covers(grants, required, { aliases = {} } = {}) {
  if (!Array.isArray(grants)) throw new TypeError('grants is not an array');
  // "a set with an invalid grant fails to load with the grant named in the error", whatever is then asked of it
  for (const grant of grants) if (!isPermission(grant)) throw new Error(`invalid grant: ${String(grant)}`);
  // An alias and what it stands for are namespaces, never `*`: a table that says otherwise is invalid input too.
  for (const [alias, targets] of Object.entries(aliases)) {
    const valid = Array.isArray(targets) && [alias, ...targets].every((name) => typeof name === 'string' && isName(name));
    if (!valid) throw new Error(`invalid alias: ${alias}`);
  }
  // "Several grants never combine: the answer is yes when one of them covers";
  // "an invalid required permission answers no", as grantCovers does.
  return grants.flatMap((grant) => expand(grant, aliases)).some((grant) => grantCovers(grant, required));
}
