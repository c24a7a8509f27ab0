// SPDX-License-Identifier: Apache-2.0
// One server and one browser for all of it: starting them costs more than most of the cases.

import { after, before, describe } from 'node:test';
import { accessCases } from './cases/access.mjs';
import { accessibilityCases } from './cases/accessibility.mjs';
import { auditCases } from './cases/audit.mjs';
import { firstPaintCases } from './cases/first_paint.mjs';
import { policyCases } from './cases/policy.mjs';
import { signInCases } from './cases/sign_in.mjs';
import { signOutCases } from './cases/sign_out.mjs';
import { startStudio } from './support.mjs';

describe('the demo studio', () => {
  const studio = {};
  before(async () => {
    Object.assign(studio, await startStudio());
  });
  after(() => studio.stop?.());

  signInCases(studio);
  firstPaintCases(studio);
  accessCases(studio);
  auditCases(studio);
  signOutCases(studio);
  accessibilityCases(studio);
  // Last, because it also judges what happened on every page that the others opened.
  policyCases(studio);
});
