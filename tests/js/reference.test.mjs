// SPDX-License-Identifier: Apache-2.0
// The core, through the public API, against an independent reading of the rule.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadCore } from 'latchkey';
import { allTexts } from '../reference/permission_pairs.mjs';
import { grantCovers, isPermission } from '../reference/permissions.mjs';

let core;
before(async () => (core = await loadCore()));
after(() => (core = undefined));

function compare(all) {
  let pairs = 0;
  const differences = [];
  for (const grant of all) {
    const valid = isPermission(grant);
    let granted = null;
    try {
      granted = core.permissions([grant]);
    } catch (error) {
      assert.equal(error.code, 'ERR_LATCHKEY_GRANT_INVALID');
    }
    assert.equal(granted !== null, valid, grant);
    for (const required of all) {
      pairs++;
      const answer = granted !== null && granted.covers(required);
      const expected = valid && isPermission(required) && grantCovers(grant, required);
      if (answer !== expected) differences.push(`${grant} / ${required}: ${answer}`);
    }
    granted?.dispose();
  }
  return { pairs, differences };
}

test('[RB-01] agrees with the reference on all 7,056 pairs of up to three parts', () => {
  assert.deepEqual(compare(allTexts(['a', 'b', '*', ''], 3)), { pairs: 7056, differences: [] });
});
