// SPDX-License-Identifier: Apache-2.0
// Runs the package and the executable against published counterparts, which are installed on demand into build/interop.
// The last line is `N passed, N failed`. With arguments, only the groups whose names contain one of them.
//   node tests/interop/run.mjs [bundlers] [studio] [client] [accounts]

import { runBetterAuth } from './better_auth.mjs';
import { runBundlers } from './bundlers.mjs';
import { runMastraClient } from './mastra_client.mjs';
import { runMastraStudio } from './mastra_studio.mjs';
import { check, totals } from './support.mjs';

const groups = [
  ['bundlers', runBundlers],
  ['mastra studio', runMastraStudio],
  ['mastra client', runMastraClient],
  ['better auth accounts', runBetterAuth],
];
const wanted = process.argv.slice(2);
for (const [name, run] of groups) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  console.log(`== ${name}`);
  await run().catch((error) => check(`${name} ran to its end`, () => Promise.reject(error)));
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
