// SPDX-License-Identifier: Apache-2.0
// The cost of a check through the public JS API, beside one look-up in a Set. Prints JSON: {name: nanoseconds}.
import { loadCore } from 'latchkey';

const rounds = 9;

/** The median over some rounds of the time that one call takes, in nanoseconds. */
function measure(calls, run) {
  run(Math.min(calls, 20_000));
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    run(calls);
    times.push(Number(process.hrtime.bigint() - start) / calls);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
}

const actions = ['read', 'write', 'execute', 'delete', 'publish'];
const makeGrants = (count) => Array.from({ length: count }, (_, i) => `namespace-${Math.floor(i / 5)}:${actions[i % 5]}`);

/** A page asks the same few questions again and again. */
const makeQuestions = (grants) =>
  Array.from({ length: 64 }, (_, i) => grants[(i * 7919) % grants.length] + (i % 2 === 0 ? '' : 'x'));

const started = process.hrtime.bigint();
const core = await loadCore();
core.permissions(['agents:read']).covers('agents:read');
const results = { 'first decision': Number(process.hrtime.bigint() - started) };

let sink = 0;
for (const count of [8, 100_000]) {
  const grants = makeGrants(count);
  const granted = core.permissions(grants);
  const set = new Set(grants);
  const questions = makeQuestions(grants);
  results[`check/${count}`] = measure(1_000_000, (calls) => {
    for (let i = 0; i < calls; i++) if (granted.covers(questions[i & 63])) sink++;
  });
  results[`set/${count}`] = measure(1_000_000, (calls) => {
    for (let i = 0; i < calls; i++) if (set.has(questions[i & 63])) sink++;
  });
  // A question that was never asked before, so that no answer is remembered.
  let next = 0;
  const fresh = Array.from({ length: 320_000 }, (_, i) => `namespace-${i % 1000}:read:item-${i}`);
  results[`first/${count}`] = measure(30_000, (calls) => {
    for (let i = 0; i < calls; i++) if (granted.covers(fresh[next++ % fresh.length])) sink++;
  });
  granted.dispose();
}
if (sink === 0) throw new Error('nothing was covered');
process.stdout.write(JSON.stringify(results));
