// SPDX-License-Identifier: Apache-2.0
// What all measurements in JavaScript share: grants and questions, taking turns, medians.

/** The same grants as in core_bench.cpp: namespaces with five actions each. */
const actions = ['read', 'write', 'execute', 'delete', 'publish'];
export const makeGrants = (count) =>
  Array.from({ length: count }, (_, i) => `namespace-${Math.floor(i / 5)}:${actions[i % 5]}`);

export const QUESTIONS = 64;

/** A page asks the same few questions again and again. Every second one is not granted. */
export const makeQuestions = (grants) =>
  flat(Array.from({ length: QUESTIONS }, (_, i) => grants[(i * 7919) % grants.length] + (i % 2 === 0 ? '' : 'x')));

/** As texts come from a request: in one piece. What was put together is flattened by its first reader, who'd pay. */
export const flat = (texts) => JSON.parse(JSON.stringify(texts));

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Processor time of all threads, not time on the clock: others use this machine as well. */
const elapsedNs = async (run, calls) => {
  run.before?.(calls);
  const start = process.cpuUsage();
  await run(calls);
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
};

/** Some contestants need seconds for one call: then one round has to do. */
const roundsFor = (ns, wanted) => (ns > 1e9 ? 1 : ns > 1e8 ? 3 : wanted);

/** How many calls fill a round; finding out warms the code up. */
async function callsFor(run, roundNs) {
  let calls = 2;
  let took = await elapsedNs(run, calls);
  while (took < roundNs) {
    calls *= Math.min(16, Math.max(2, Math.ceil(roundNs / Math.max(took, 1))));
    took = await elapsedNs(run, calls);
  }
  return { calls, took };
}

async function prepare({ name, make, expect }, { rounds, roundMs }) {
  try {
    const run = await make();
    run.before?.(2);
    const answered = await run(2);
    if (expect !== undefined && answered !== expect) throw new Error(`answered ${answered} of two with yes`);
    const { calls, took } = await callsFor(run, roundMs * 1e6);
    const wanted = roundsFor(took, rounds);
    if (wanted === rounds) for (let i = 0; i < 2; i++) await elapsedNs(run, calls);
    return { name, run, calls, rounds: wanted, times: [] };
  } catch (error) {
    return { name, skipped: whyNot(error) };
  }
}

/** A peer that is absent or fails costs its own figure and nothing else. */
export const whyNot = (error) =>
  error?.code === 'ERR_MODULE_NOT_FOUND' ? 'not installed' : String(error?.message ?? error).split('\n')[0];

/**
 * Nanoseconds of processor time a call, the median over rounds in which the contestants take turns, so that a busy
 * machine is equally busy for all of them. A contestant's `make` gives `run(calls)`, which counts the calls that were
 * answered with yes: nobody's work can be optimised away, and `expect` is what the first two must count. Each has a
 * loop of its own; a shared one would make every call in it an indirect one. `run.before(calls)` is not measured.
 * @returns {Promise<Record<string, {ns: number} | {skipped: string}>>}
 */
export async function takeTurns(contestants, { rounds = 9, roundMs = 15 } = {}) {
  const ready = [];
  for (const contestant of contestants) ready.push(await prepare(contestant, { rounds, roundMs }));
  for (let round = 0; round < rounds; round++) {
    for (const one of ready) {
      if (one.skipped === undefined && round < one.rounds) {
        one.times.push((await elapsedNs(one.run, one.calls)) / one.calls);
      }
    }
  }
  const figure = ({ skipped, times }) => (skipped ? { skipped } : { ns: median(times) });
  return Object.fromEntries(ready.map((one) => [one.name, figure(one)]));
}

export const printJson = (value) => process.stdout.write(JSON.stringify(value));
