// SPDX-License-Identifier: Apache-2.0
// How long a fresh process needs from the import of a library to its first decision. With a name: does that and prints
// the processor time in nanoseconds. Without: each in turn, some processes each, and prints JSON.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { median, printJson, whyNot } from '../harness.mjs';

const rounds = 9;

const decided = async ({ loadCore }) => (await loadCore()).permissions(['agents:read']).covers('agents:read');

const decisions = {
  // The entry for programs that decide and sign nobody in, which is all that the peers do as well.
  'latchkey/core': async () => decided(await import('latchkey/core')),
  latchkey: async () => decided(await import('latchkey')),
  CASL: async () => {
    const { createMongoAbility } = await import('@casl/ability');
    return createMongoAbility([{ action: 'read', subject: 'agents' }]).can('read', 'agents');
  },
  'better-auth access': async () => {
    const { createAccessControl } = await import('better-auth/plugins/access');
    const statements = { agents: ['read'] };
    return createAccessControl(statements).newRole(statements).authorize({ agents: ['read'] }).success;
  },
  casbin: async () => {
    const { newEnforcer, newModel, StringAdapter } = await import('casbin');
    const model = newModel(`[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`);
    return (await newEnforcer(model, new StringAdapter('p, ada, agents, read'))).enforceSync('ada', 'agents', 'read');
  },
  'cedar-wasm': async () => {
    const { isAuthorized } = await import('@cedar-policy/cedar-wasm/nodejs');
    const answer = isAuthorized({
      principal: { type: 'User', id: 'ada' },
      action: { type: 'Action', id: 'read' },
      resource: { type: 'Namespace', id: 'agents' },
      context: {},
      policies: {
        staticPolicies: 'permit(principal == User::"ada", action == Action::"read", resource == Namespace::"agents");',
      },
      entities: [],
    });
    return answer.response?.decision === 'allow';
  },
  'empty module': async (file) => (await import(pathToFileURL(file))).default,
};

async function decide(name, file) {
  const wall = process.hrtime.bigint();
  const start = process.cpuUsage();
  const granted = await decisions[name](file);
  const { user, system } = process.cpuUsage(start);
  const clock = Number(process.hrtime.bigint() - wall);
  if (granted !== true) throw new Error(`${name} did not grant`);
  printJson({ processor: (user + system) * 1000, clock });
}

async function all() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, 'export default true;\n');
  const results = Object.fromEntries(Object.keys(decisions).map((name) => [name, []]));
  const failed = {};
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(decisions).filter((one) => !failed[one])) {
        const program = [fileURLToPath(import.meta.url), name, empty];
        try {
          const { stdout } = await promisify(execFile)(process.execPath, program);
          results[name].push(JSON.parse(stdout));
        } catch (error) {
          const absent = /ERR_MODULE_NOT_FOUND/.test(error.stderr);
          failed[name] = { skipped: absent ? 'not installed' : whyNot(error) };
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const figures = (times) => ({
    ns: median(times.map((one) => one.clock)),
    processorNs: median(times.map((one) => one.processor)),
  });
  printJson(Object.fromEntries(Object.entries(results).map(([name, times]) => [name, failed[name] ?? figures(times)])));
}

await (process.argv[2] ? decide(process.argv[2], process.argv[3]) : all());
