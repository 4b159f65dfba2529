/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { compilePart } from '../support/compile-assembly.ts';

const ENTRY = `
  export { hashSlot, seedHashes } from "./evm/hash";
  export { placeArena } from "./evm/layout";
  export { hashAddress, hashSlot as hashLocation, seedHashes as seedLocations } from "./location-hash";
`;
const ARENA = 65_536;
const KEY = 1_024;
/** As many keys as a transaction can afford, in a table that holds twice as many. */
const KEYS = 32_000;
const CELLS = 65_536;

interface Hashes {
  placeArena(arena: number): void;
  seedHashes(seed: bigint): void;
  hashSlot(account: number, key: number): number;
  seedLocations(seed: bigint): void;
  hashAddress(address: number): number;
  hashLocation(account: number, key: number): number;
}

let hashes: Hashes;
let view: DataView;
beforeAll(async () => {
  const module = await compilePart(ENTRY, '.', ['--initialMemory', '4']);
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4 });
  view = new DataView(memory.buffer);
  hashes = new WebAssembly.Instance<Hashes & Readonly<Record<string, unknown>>>(module, { env: { memory } }).exports;
  hashes.placeArena(ARENA);
});

const MASK = (1n << 64n) - 1n;

describe('the hashes of slots', () => {
  for (const [name, keyOf] of [
    ['multiples of 2^48', (index: number) => BigInt(index) << 48n],
    ['multiples of 2^224', (index: number) => BigInt(index) << 224n],
    ['numbers in a row', (index: number) => BigInt(index)],
    ['multiples of 2^32 + 1', (index: number) => BigInt(index) * 0x1_0000_0001n],
  ] as const) {
    const write = (index: number) => {
      for (let limb = 0; limb < 4; limb++) {
        view.setBigUint64(KEY + limb * 8, BigInt.asUintN(64, keyOf(index) >> BigInt(limb * 64)), true);
      }
    };

    it(`spread ${name} over a table of the EVM as chance would`, () => {
      expectSpread(hashes.seedHashes, write, () => hashes.hashSlot(0x1234_5678, KEY));
    });

    it(`spread ${name} over the table of locations as chance would`, () => {
      expectSpread(hashes.seedLocations, write, () => hashes.hashLocation(0x1234_5678, KEY));
    });
  }
});

describe('the hashes of addresses', () => {
  it('spread those over the table of locations as chance would that fall together by a hash without a secret', () => {
    const write = (index: number) => {
      for (const [limb, word] of alike(index).entries()) view.setBigUint64(KEY + limb * 8, word, true);
      view.setUint32(KEY + 16, 7, true);
    };
    expectSpread(hashes.seedLocations, write, () => hashes.hashAddress(KEY));
  });

  it('depend on the seed', () => {
    view.setBigUint64(KEY, 1n, true);
    const found = [1n, 2n, 1n].map((seed) => {
      hashes.seedLocations(seed);
      return hashes.hashAddress(KEY);
    });
    expect(found[2]).toBe(found[0]);
    expect(found[1]).not.toBe(found[0]);
  });
});

function expectSpread(seedHashes: (seed: bigint) => void, write: (index: number) => void, hash: () => number): void {
  const random = createRandom(seedFromEnvironment('hash'));
  for (let round = 0; round < 5; round++) {
    seedHashes(random.bigint(0n, MASK));
    const cells = new Set<number>();
    for (let index = 0; index < KEYS; index++) {
      write(index);
      cells.add(hash() & (CELLS - 1));
    }
    // By chance 38.6 % of the cells are taken.
    expect(cells.size / CELLS).toBeGreaterThan(0.37);
  }
}

/** The first 16 bytes of an address: a step of hash = (rotl(hash, 23) ^ word) * odd undoes what the one before did. */
function alike(index: number): [bigint, bigint] {
  const first = BigInt(index) * 0x1_0000_0001n;
  const hash = BigInt.asUintN(64, ((1n << 23n) ^ first) * 0x9e37_79b9_7f4a_7c15n);
  return [first, ((hash << 23n) & MASK) | (hash >> 41n)];
}
