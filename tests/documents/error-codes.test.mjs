// SPDX-License-Identifier: Apache-2.0
// The page of error codes has every code of the one list, with its sentence and advice, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from 'latchkey';

const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('the page of error codes has an anchor, the sentence and advice for each, in the order of the list', () => {
  const listed = [...read('core/include/latchkey/error_codes.def').matchAll(/^LATCHKEY_ERROR\(\w+, "(\w+)", "([^"]+)"\)$/gm)];
  const sections = read('docs/error-codes.md').split(/^## /m).slice(1).map((text) => text.split('\n\n'));
  assert.deepEqual(
    sections.map(([code, sentence]) => [code, sentence]),
    listed.map(([, code, sentence]) => [code, sentence]),
  );
  for (const [code, , advice] of sections) assert.ok(advice?.trim().length > 20, `${code} comes with advice`);
  assert.deepEqual(sections.map(([code]) => code), [...ERROR_CODES]);
});
