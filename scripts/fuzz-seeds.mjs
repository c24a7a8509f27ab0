// The inputs that fuzzing starts from, one folder a target: the repository's own (tests/fuzz/seeds), the cases of
// tests/vectors in the form that the target reads, and the public corpora where they are.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const separator = '\x1e';
const longest = 1024; // what is longer says nothing more and slows every round

const casesOf = (stem) => JSON.parse(readFileSync(join(root, 'tests/vectors', `${stem}.json`), 'utf8')).cases;
const grantOf = (grant) => (typeof grant === 'string' ? grant : grant.grant);
const flagsOf = ({ httpOnly = true, secure = true, sameSite = 'lax' } = {}) =>
  String.fromCharCode(64 + (httpOnly ? 1 : 0) + (secure ? 2 : 0) + (sameSite === 'none' ? 4 : sameSite === 'strict' ? 8 : 0));

/** What the vectors give each target. */
const fromVectors = {
  audit_event: () => ['audit-lines', 'audit-leaves', 'audit-filters'].flatMap(casesOf).map((one) => JSON.stringify(one.event)),
  audit_filter: () =>
    casesOf('audit-filters').map(({ filter, event: { actor, action, resource } }) =>
      [JSON.stringify(filter), actor.id, action, resource?.type ?? '', resource?.id ?? ''].join(separator)),
  base64url: () => casesOf('session-tokens').map((one) => one.text),
  capabilities: () => casesOf('capabilities').map((one) => JSON.stringify(one.facts)),
  cookie_header: () => ['cookies', 'cookie-lookup'].flatMap(casesOf).map((one) => one.header),
  cookie_writing: () =>
    casesOf('set-cookies').map(({ cookie, value, attributes = {} }) =>
      [cookie, value, attributes.path ?? '/', attributes.domain ?? '', attributes.maxAge ?? '', flagsOf(attributes)].join(separator)),
  grant_set: () =>
    ['permission-cover', 'permission-explain']
      .flatMap(casesOf)
      .map((one) => [one.required, ...(one.granted ?? []).map(grantOf)].join('\n')),
  license: () => ['licenses', 'signed-licenses'].flatMap(casesOf).map((one) => one.text),
  permission: () => casesOf('permission-grammar').map((one) => one.text),
  return_path: () => casesOf('return-paths').map((one) => one.text),
  route_permission: () => casesOf('route-permissions').map((one) => `${one.method} ${one.path}`),
  session_token: () => casesOf('session-tokens').map((one) => one.text),
};

const httpState = (corpora) =>
  JSON.parse(readFileSync(join(corpora, 'http-state/parser.json'), 'utf8')).map((one) =>
    ['http://home.example.org/cookie-parser', ...one.received].join(separator));
const jsonTests = (corpora) => {
  const folder = join(corpora, 'jsontestsuite/test_parsing');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
};
const naughtyStrings = (corpora) => JSON.parse(readFileSync(join(corpora, 'naughty-strings/blns.json'), 'utf8'));

/** What the public corpora give each target. */
const fromCorpora = {
  cookie_header: naughtyStrings,
  cookie_jar: httpState,
  json: jsonTests,
  license: naughtyStrings,
  return_path: naughtyStrings,
};

/** The targets, by their files. */
export const targetNames = () =>
  readdirSync(join(root, 'tests/fuzz'))
    .map((name) => name.match(/^(\w+)_fuzz\.cpp$/)?.[1])
    .filter(Boolean);

/** Writes the seeds of these targets below `folder`, which is emptied first. */
export function writeSeeds(folder, targets) {
  rmSync(folder, { recursive: true, force: true });
  const corpora = process.env.LATCHKEY_CORPORA ?? resolve(root, '../shared/corpora');
  for (const target of targets) {
    const own = join(folder, target);
    mkdirSync(own, { recursive: true });
    const kept = join(root, 'tests/fuzz/seeds', target);
    if (existsSync(kept)) cpSync(kept, own, { recursive: true });
    const given = fromVectors[target]?.() ?? [];
    if (existsSync(corpora)) given.push(...(fromCorpora[target]?.(corpora) ?? []));
    for (const bytes of given.map((one) => Buffer.from(one)).filter((one) => one.length <= longest)) {
      writeFileSync(join(own, createHash('sha1').update(bytes).digest('hex')), bytes);
    }
  }
}
