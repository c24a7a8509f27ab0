// SPDX-License-Identifier: Apache-2.0
// The random sequence that the native programs of this folder draw as well (sequence.h): xoshiro128** over 32-bit words,
// seeded by splitmix32. A chunk is seeded from its number, so any part of a sequence can be drawn alone.

export class Sequence {
  /** @param {number} seed @param {number} chunk */
  constructor(seed, chunk) {
    let state = (Math.imul(seed, 0x85ebca6b) ^ Math.imul(chunk, 0xc2b2ae35)) >>> 0;
    const next = () => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next();
  }

  /** The next 32 bits. */
  word() {
    const x = Math.imul(this.b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** One of 0 … n - 1; n is at most 2^20, so that the product is exact. */
  pick(n) {
    return Math.floor((this.word() * n) / 4294967296);
  }

  /** True once in n. */
  once(n) {
    return this.pick(n) === 0;
  }

  /** One of a list. @template T @param {readonly T[]} list @returns {T} */
  of(list) {
    return list[this.pick(list.length)];
  }
}
