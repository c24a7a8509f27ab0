// SPDX-License-Identifier: Apache-2.0
// How the executable is built against those who find a mistake in it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSanitized, readElf } from './elf.mjs';
import { executable } from './executable.mjs';

const elf = readElf(executable);
const skip = isSanitized(elf) && 'the sanitizers bring their own checks in place of the hardening';
const amd64 = 62;

describe('[NS-03] the executable', { skip }, () => {
  test('is loaded anywhere, with a stack that holds no code', () => {
    const sharedObject = 3;
    const pieFlag = 0x08000000;
    const flags1 = 0x6ffffffb;
    assert.equal(elf.type, sharedObject);
    assert.ok(elf.segment('interpreter'));
    assert.ok(elf.dynamic.get(flags1) & pieFlag, 'linked with -pie');
    assert.equal(elf.segment('stack').flags & 1, 0, 'not executable');
  });

  test('has its tables of addresses read-only before it begins', () => {
    const flags = 30;
    const bindNow = 8;
    assert.ok(elf.segment('relro')?.size > 0);
    assert.ok(elf.dynamic.get(flags) & bindNow, 'linked with -z now');
  });

  test('guards its stack, and the calls of the C library whose sizes are known', () => {
    assert.ok(elf.imports.includes('__stack_chk_fail'), '-fstack-protector-strong');
    assert.ok(elf.imports.some((name) => /^__\w+_chk$/.test(name) && name !== '__stack_chk_fail'), '-D_FORTIFY_SOURCE=2');
  });

  // The mark of the whole file is the linker's, which sets it only when the system's own start files have it as well; so
  // the code is looked at: deleting destructors are reached through tables of virtual functions.
  test('marks where indirect calls may go', { skip: elf.machine !== amd64 && 'a feature of x86-64' }, () => {
    const endbr64 = Buffer.from('f30f1efa', 'hex');
    const isMarked = ({ address }) => elf.codeAt(address, 4).equals(endbr64);
    assert.ok(isMarked(elf.functions.find(({ name }) => name === 'main')), '-fcf-protection');
    const virtual = elf.functions.filter(({ name }) => /^_ZN8latchkey\w*D0Ev$/.test(name));
    assert.ok(virtual.length > 20, `${virtual.length} destructors`);
    assert.deepEqual(virtual.filter((one) => !isMarked(one)).map(({ name }) => name), []);
  });
});
