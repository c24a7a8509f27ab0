// SPDX-License-Identifier: Apache-2.0
// What an ELF64 file of this machine's byte order says about itself: as much as its hardening shows in.

import { readFileSync } from 'node:fs';

const segmentTypes = { interpreter: 3, stack: 0x6474e551, relro: 0x6474e552 };
const sectionTypes = { symbols: 2, dynamic: 6, dynamicSymbols: 11 };

export function readElf(path) {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error(`${path} is no 64-bit little-endian ELF file`);
  const number = (at) => Number(bytes.readBigUInt64LE(at));
  const rows = (at, size, count, read) => Array.from({ length: count }, (_, i) => read(at + i * size));

  const segments = rows(number(32), bytes.readUInt16LE(54), bytes.readUInt16LE(56), (at) => ({
    type: bytes.readUInt32LE(at),
    flags: bytes.readUInt32LE(at + 4),
    offset: number(at + 8),
    address: number(at + 16),
    size: number(at + 32),
  }));
  const sections = rows(number(40), bytes.readUInt16LE(58), bytes.readUInt16LE(60), (at) => ({
    type: bytes.readUInt32LE(at + 4),
    offset: number(at + 24),
    size: number(at + 32),
    link: bytes.readUInt32LE(at + 40),
  }));

  const textAt = (at) => bytes.toString('latin1', at, bytes.indexOf(0, at));
  const symbolsOf = (type) =>
    sections.filter((section) => section.type === type).flatMap(({ offset, size, link }) =>
      rows(offset, 24, size / 24, (at) => ({
        name: textAt(sections[link].offset + bytes.readUInt32LE(at)),
        isFunction: (bytes[at + 4] & 15) === 2,
        isDefined: bytes.readUInt16LE(at + 6) !== 0,
        address: number(at + 8),
      })));
  const offsetOf = (address) => {
    const segment = segments.find((one) => one.type === 1 && address >= one.address && address < one.address + one.size);
    return segment.offset + address - segment.address;
  };
  const dynamic = new Map(
    sections.filter(({ type }) => type === sectionTypes.dynamic).flatMap(({ offset, size }) =>
      rows(offset, 16, size / 16, (at) => [number(at), number(at + 8)])));

  return {
    type: bytes.readUInt16LE(16),
    machine: bytes.readUInt16LE(18),
    dynamic,
    segment: (name) => segments.find(({ type }) => type === segmentTypes[name]),
    imports: symbolsOf(sectionTypes.dynamicSymbols).filter(({ isDefined }) => !isDefined).map(({ name }) => name),
    /** Of the whole table, which a stripped file has none of. */
    functions: symbolsOf(sectionTypes.symbols).filter(({ isFunction, isDefined }) => isFunction && isDefined),
    codeAt: (address, length) => bytes.subarray(offsetOf(address), offsetOf(address) + length),
  };
}

/** Whether a sanitizer is linked in, statically or as a library. */
export const isSanitized = ({ functions, imports }) =>
  [...functions.map(({ name }) => name), ...imports].some((name) => /^__(asan|tsan)_init$/.test(name));
