// SPDX-License-Identifier: Apache-2.0
// One check in JavaScript, ours and others', each with the same grants and questions in the form that its own library
// asks for, made beforehand: CASL and Better Auth never parse a text here, ours does. Prints JSON.
//   node bench/peers/permissions.mjs GRANTS [long]   long: also who needs seconds for one check among so many
import { loadCore } from 'latchkey';
import { makeGrants, makeQuestions, printJson, takeTurns } from '../harness.mjs';

const count = Number(process.argv[2] ?? 8);
const grants = makeGrants(count);
const questions = makeQuestions(grants);
const pairs = (texts) => texts.map((text) => text.split(':'));

async function latchkey() {
  const core = await loadCore();
  const granted = core.permissions(grants);
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (granted.covers(questions[i & 63])) yes++;
    return yes;
  };
}

/** The limit. */
function setHas() {
  const set = new Set(grants);
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (set.has(questions[i & 63])) yes++;
    return yes;
  };
}

async function casl() {
  const { createMongoAbility } = await import('@casl/ability');
  const ability = createMongoAbility(pairs(grants).map(([subject, action]) => ({ action, subject })));
  const asked = pairs(questions).map(([subject, action]) => ({ action, subject }));
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (ability.can(asked[i & 63].action, asked[i & 63].subject)) yes++;
    return yes;
  };
}

async function betterAuthAccess() {
  const { createAccessControl } = await import('better-auth/plugins/access');
  const statements = {};
  for (const [resource, action] of pairs(grants)) (statements[resource] ??= []).push(action);
  const role = createAccessControl(statements).newRole(statements);
  const asked = pairs(questions).map(([resource, action]) => ({ [resource]: [action] }));
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (role.authorize(asked[i & 63]).success) yes++;
    return yes;
  };
}

const casbinModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`;

async function casbin() {
  const { newEnforcer, newModel, StringAdapter } = await import('casbin');
  const policy = pairs(grants).map(([object, action]) => `p, ada, ${object}, ${action}`).join('\n');
  const enforcer = await newEnforcer(newModel(casbinModel), new StringAdapter(policy));
  const asked = pairs(questions);
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (enforcer.enforceSync('ada', asked[i & 63][0], asked[i & 63][1])) yes++;
    return yes;
  };
}

async function cedar() {
  const { preparsePolicySet, statefulIsAuthorized } = await import('@cedar-policy/cedar-wasm/nodejs');
  const permit = ([name, action]) =>
    `permit(principal == User::"ada", action == Action::"${action}", resource == Namespace::"${name}");`;
  const staticPolicies = pairs(grants).map(permit).join('\n');
  const { type, errors } = preparsePolicySet('studio', { staticPolicies });
  if (type !== 'success') throw new Error(errors?.[0]?.message ?? 'the policies were refused');
  const asked = pairs(questions).map(([name, action]) => ({
    principal: { type: 'User', id: 'ada' },
    action: { type: 'Action', id: action },
    resource: { type: 'Namespace', id: name },
    context: {},
    entities: [],
    preparsedPolicySetId: 'studio',
  }));
  return (calls) => {
    let yes = 0;
    for (let i = 0; i < calls; i++) if (statefulIsAuthorized(asked[i & 63]).response?.decision === 'allow') yes++;
    return yes;
  };
}

const contestants = {
  latchkey, 'Set.has': setHas, CASL: casl, 'better-auth access': betterAuthAccess, casbin, 'cedar-wasm': cedar,
};
/** These go through all policies for each check. */
const linear = ['casbin', 'cedar-wasm'];
if (count > 10_000 && process.argv[3] !== 'long') {
  for (const name of linear) {
    contestants[name] = () => {
      throw new Error('skipped, linear: see --long');
    };
  }
}
printJson(await takeTurns(Object.entries(contestants).map(([name, make]) => ({ name, make, expect: 1 }))));
