// SPDX-License-Identifier: Apache-2.0
// From measurements to rows: what was measured beside whom, and whether the goal is met. Nothing is measured here.

const missing = (reason) => ({ skipped: reason });
const mastra = missing('not measured, see below');

/** `group` holds {ns}, {bytes}, … or {skipped} by name. */
const figures = (group, names, { key = 'ns', prefix = '' } = {}) =>
  Object.fromEntries(names.map((name) => {
    const one = group[prefix + name];
    return [name, one?.[key] ?? missing(one?.skipped ?? 'not measured')];
  }));

/** The slowest of the headers, which is what an attacker would send. */
function worst(group, name) {
  const isHostile = (key) => key.startsWith('hostile/') && key.endsWith(`/${name}`);
  const all = Object.keys(group).filter(isHostile).map((key) => group[key]);
  const skipped = all.find((one) => one.skipped);
  return skipped ? missing(skipped.skipped) : Math.max(...all.map((one) => one.ns));
}

/** null: nobody can say, because the other figure is missing. */
const goal = (text, met) => ({ text, met });
const timesFaster = (text, peer, ours, times) => goal(text, typeof peer === 'number' ? peer >= times * ours : null);

const caslEtc = ['CASL', 'better-auth access', 'casbin', 'cedar-wasm'];

function nativeChecks({ native }) {
  return [8, 100_000].map((count) => {
    const ours = native[`check/${count}`];
    const limit = native[`set_lookup/${count}`];
    const goals = [goal('<= 3x one look-up', ours <= 3 * limit)];
    if (count === 8) goals.unshift(goal('<= 30 ns', ours <= 30));
    return {
      id: `check-native-${count}`, job: `check, native, ${count.toLocaleString('en')} grants`, unit: 'ns', ours,
      peers: { 'naive loop': native[`naive_loop/${count}`], 'casbin-cpp': missing('not in Debian') },
      limit: { name: 'hash set look-up', value: limit }, goals,
    };
  });
}

function jsChecks({ js, permissions }) {
  const rows = [8, 100_000].map((count) => {
    const group = permissions[count];
    const ours = group.latchkey.ns;
    const peers = { ...figures(group, caslEtc), Mastra: mastra };
    const ratio = js['check/100000'].ns / js['check/8'].ns;
    const goals = count === 8
      ? [goal('<= 60 ns', ours <= 60), timesFaster('>= 3x as fast as CASL', peers.CASL, ours, 3)]
      : [goal('as with 8 (<= 1.5x)', ratio <= 1.5)];
    return {
      id: `check-js-${count}`, job: `check, JS, warm, ${count.toLocaleString('en')} grants`, unit: 'ns', ours, peers,
      limit: { name: 'Set.has', value: group['Set.has'].ns }, goals,
    };
  });
  const first = js['first/8'].ns;
  return [...rows, {
    id: 'check-js-first', job: 'check, JS, first time for a permission', unit: 'ns', ours: first,
    peers: { 'a text through Embind': js['Embind text'].ns ?? js['Embind text'] },
    limit: { name: 'bare export', value: js['bare export'].ns }, goals: [goal('<= 300 ns', first <= 300)],
  }];
}

function sessionRows({ native, sessions }) {
  const names = ['node:crypto', 'node:crypto, key per token', 'jose', 'iron-session'];
  const rowOf = (job, ours, alone, most) => {
    const peers = figures(sessions, names, { prefix: `${job}/` });
    const goals = [goal(`<= ${most / 1000} us`, ours <= most)];
    if (job === 'seal') goals.push(timesFaster('>= 100x iron-session', peers['iron-session'], ours, 100));
    const limit = { name: 'AES-GCM alone', value: alone };
    return { id: `session-${job}`, job: `${job} a session`, unit: 'ns', ours, peers, limit, goals };
  };
  return [rowOf('seal', native.seal, native.cipher, 5000), rowOf('open', native.open, native.decipher, 2500)];
}

function cookieRows({ native, cookies }) {
  const names = ['cookie', 'cookie-es', 'latchkey, JS'];
  const shapes = Object.keys(native).filter((key) => /^cookie_hostile\/\d+\/8192$/.test(key));
  const hostile = Math.max(...shapes.map((key) => native[key]));
  const doubled = Math.max(...shapes.map((key) => native[key.replace('8192', '16384')] / native[key]));
  const inJs = cookies['find/latchkey, JS'].ns;
  const halves = Object.keys(cookies).filter((key) => key.startsWith('half/'));
  const doubledInJs = Math.max(...halves.map((key) => cookies[key.replace('half', 'hostile')].ns / cookies[key].ns));
  return [{
    id: 'cookie-find', job: 'find the session among 20 cookies', unit: 'ns', ours: native.cookie_find,
    peers: figures(cookies, names, { prefix: 'find/' }),
    limit: { name: 'scan for the text', value: native.cookie_scan },
    goals: [goal('<= 250 ns', native.cookie_find <= 250)],
  }, {
    id: 'cookie-find-js', job: 'find the session among 20 cookies, JS API', unit: 'ns', ours: inJs,
    peers: figures(cookies, ['cookie', 'cookie-es'], { prefix: 'find/' }), limit: null,
    goals: [
      timesFaster('<= 1x cookie', cookies['find/cookie'].ns, inJs, 1),
      goal('linear: 8 KB <= 3x 4 KB, each', doubledInJs <= 3),
    ],
  }, {
    id: 'cookie-hostile', job: 'find it in a hostile 8 KB header, worst of 8', unit: 'ns', ours: hostile,
    peers: Object.fromEntries(names.map((name) => [name, worst(cookies, name)])), limit: null,
    goals: [goal('<= 25 us', hostile <= 25_000), goal('linear: 16 KB <= 3x 8 KB, each', doubled <= 3)],
  }];
}

function serverRows({ server }) {
  const peersOf = (key) => ({
    'Hono, constant answer': server.hono[key] ?? server.hono,
    'better-auth get-session': server['better-auth'][key] ?? server['better-auth'],
    'Mastra, development mode': server.mastra[key] ?? server.mastra,
  });
  const { me, trivial, mastra: peer } = server;
  return [{
    id: 'me-rate', job: 'GET /api/auth/me, signed in, with roles', unit: 'req/s', ours: me.rate,
    peers: peersOf('rate'), limit: { name: 'trivial route', value: trivial.rate },
    goals: [
      goal('>= 60% of trivial', me.rate >= 0.6 * trivial.rate),
      goal('>= 10x Mastra', peer.skipped ? null : me.rate >= 10 * peer.rate),
    ],
  }, {
    id: 'me-processor', job: 'GET /api/auth/me, processor time', unit: 'ns', ours: me.processorNs,
    peers: peersOf('processorNs'), limit: { name: 'trivial route', value: trivial.processorNs },
    // The same ratios as above, from figures that a busy machine distorts less.
    goals: [
      goal('<= 25 us', me.processorNs <= 25_000),
      goal('trivial >= 60% of it', trivial.processorNs >= 0.6 * me.processorNs),
      timesFaster('Mastra >= 10x it', peer.processorNs, me.processorNs, 10),
    ],
  }];
}

/** Connections that say nothing, beside 32 busy ones on GET /api/auth/me. */
function idleRows({ idle }) {
  const { ours, hono } = idle;
  if (ours.skipped) return [];
  const row = (id, job, unit, key, goals) => ({
    id, job, unit, ours: ours.beside[key],
    peers: hono.skipped
      ? { 'Hono, constant answer': hono }
      : { 'Hono, constant answer': hono.beside[key], '- without the idle': hono.alone[key] },
    limit: { name: 'without the idle', value: ours.alone[key] }, goals,
  });
  const mebibyte = 1 << 20;
  return [
    // The plan says: no slower. A tenth is what two turns of the same thing differ by.
    row('idle-rate', '5,000 idle + 32 busy connections', 'req/s', 'rate', [goal('>= 0.9x without', ours.ratio >= 0.9)]),
    row('idle-processor', '5,000 idle + 32 busy, processor time', 'ns', 'processorNs',
      [goal('<= 1.1x without', ours.processorRatio <= 1.1)]),
    row('idle-memory', '5,000 idle + 32 busy, resident', 'memory', 'resident',
      [goal('<= 64 MB', ours.beside.resident <= 64 * mebibyte)]),
  ];
}

function loadRows({ sizes, firstDecision }) {
  const bytes = (id, job, ours, most, rest) =>
    ({ id, job, unit: 'bytes', ours, goals: [goal(`<= ${most} KB`, ours <= most * 1024)], ...rest });
  const { 'latchkey/core': core, latchkey: whole, CASL: casl, 'empty module': empty } = firstDecision;
  return [
    bytes('size-core', 'WASM and its JS, gzipped', sizes.core, 60, {
      peers: figures(sizes.peers, caslEtc, { key: 'bytes' }),
      limit: { name: 'Embind and JSON alone', value: sizes.floor },
    }),
    bytes('size-eager', 'eager JS, gzipped', sizes.eager, 10, { peers: {}, limit: null }),
    {
      id: 'first-decision', job: 'import of latchkey/core to first decision, Node, on the clock', unit: 'ns',
      ours: core.ns, peers: figures(firstDecision, caslEtc),
      limit: { name: 'empty module', value: empty.ns },
      goals: [
        goal('<= 12 ms', core.ns <= 12e6),
        goal('<= 0.95x CASL', typeof casl.ns === 'number' ? core.ns <= 0.95 * casl.ns : null),
      ],
    },
    ...(whole.skipped ? [] : [{
      id: 'first-decision-whole', job: 'import of latchkey to first decision, Node, on the clock', unit: 'ns',
      ours: whole.ns, peers: figures(firstDecision, caslEtc), limit: { name: 'empty module', value: empty.ns },
      goals: [goal('<= 12 ms', whole.ns <= 12e6)],
    }]),
    {
      id: 'first-decision-processor', job: 'import of latchkey/core to first decision, processor time', unit: 'ns',
      ours: core.processorNs, peers: figures(firstDecision, caslEtc, { key: 'processorNs' }),
      limit: { name: 'empty module', value: empty.processorNs }, goals: [],
    },
  ];
}

export const seriesCounts = [5, 8, 100, 10_000, 100_000];

/** The same job by the number of grants: flat or not. */
function seriesOf({ native, js }) {
  const line = (name, of) => ({ name, unit: 'ns', values: seriesCounts.map(of) });
  const worstRatio = Math.max(...seriesCounts.map((count) => native[`check/${count}`] / native[`set_lookup/${count}`]));
  return {
    counts: seriesCounts,
    lines: [
      line('check, native', (count) => native[`check/${count}`]),
      line('  one hash set look-up', (count) => native[`set_lookup/${count}`]),
      line('  naive loop', (count) => native[`naive_loop/${count}`]),
      line('check, JS, warm', (count) => js[`check/${count}`].ns),
      line('  Set.has', (count) => js[`set/${count}`].ns),
      line('check, JS, first time', (count) => js[`first/${count}`].ns),
    ],
    goals: [goal('native: <= 3x one look-up at every size', worstRatio <= 3)],
  };
}

/** Rows of the plan that nothing can be measured for yet. */
const notMeasured = [
  ['checks beside Mastra', 'part of @mastra/core that is under its Enterprise license'],
  ['required audit events; deep pages; counts; export; chain', 'waits for the audit log in its final form'],
  ['elements with Lit, gzipped', 'waits for the elements'],
].map(([job, why]) => ({ job, why }));

/** What the plan's own machine took for some peers and limits: goals in absolute time were set beside these. */
function speedOf({ native, firstDecision }) {
  const [empty, casl] = [firstDecision['empty module'], firstDecision.CASL];
  return [
    { name: 'AES-GCM alone', then: 460, now: native.decipher },
    { name: 'import of an empty module', then: 1e6, now: empty.ns },
    { name: "CASL's import to first decision", then: 12.6e6, now: casl.ns },
  ].filter(({ now }) => typeof now === 'number');
}

/** By the steps that their rows are made of. */
const sections = [
  [nativeChecks, ['native']], [jsChecks, ['js', 'permissions']], [sessionRows, ['native', 'sessions']],
  [cookieRows, ['native', 'cookies']], [serverRows, ['server']], [idleRows, ['idle']],
  [loadRows, ['sizes', 'firstDecision']],
];

/** Rows of steps that were left out are left out. */
export function report(machine, measured) {
  const has = (steps) => steps.every((step) => measured[step]);
  const why = measured.idle?.ours.skipped;
  return {
    machine,
    rows: sections.filter(([, steps]) => has(steps)).flatMap(([rowsOf]) => rowsOf(measured)),
    series: has(['native', 'js']) ? seriesOf(measured) : null,
    speed: has(['native', 'firstDecision']) ? speedOf(measured) : [],
    notMeasured: [...(why ? [{ job: '5,000 idle and 32 busy connections', why }] : []), ...notMeasured],
  };
}
