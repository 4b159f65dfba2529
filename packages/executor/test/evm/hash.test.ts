/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileAssembly } from '../support/compile-assembly.ts';

const SOURCES = join(import.meta.dirname, '..', '..', 'assembly', 'evm');
const ENTRY = 'export { hashSlot, seedHashes } from "./hash"; export { placeArena } from "./layout";';
const OPTIONS = [
  '--runtime',
  'stub',
  '--importMemory',
  '--noExportMemory',
  '--initialMemory',
  '4',
  '--noAssert',
  '-O3',
];
const ARENA = 65_536;
const KEY = 1_024;
/** As many keys as a transaction can afford, in a table that holds twice as many. */
const KEYS = 32_000;
const CELLS = 65_536;

interface Hashes {
  placeArena(arena: number): void;
  seedHashes(seed: bigint): void;
  hashSlot(account: number, key: number): number;
}

let hashes: Hashes;
let view: DataView;
beforeAll(async () => {
  const bytes = await compileAssembly('entry.ts', OPTIONS, (path) => {
    if (path === 'entry.ts') return ENTRY;
    try {
      return readFileSync(join(SOURCES, path), 'utf8');
    } catch {
      return undefined;
    }
  });
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4 });
  view = new DataView(memory.buffer);
  const module = await WebAssembly.compile(bytes);
  hashes = new WebAssembly.Instance<Hashes & Readonly<Record<string, unknown>>>(module, { env: { memory } }).exports;
  hashes.placeArena(ARENA);
});

describe('the hashes of slots', () => {
  for (const [name, keyOf] of [
    ['multiples of 2^48', (index: number) => BigInt(index) << 48n],
    ['multiples of 2^224', (index: number) => BigInt(index) << 224n],
    ['numbers in a row', (index: number) => BigInt(index)],
    ['multiples of 2^32 + 1', (index: number) => BigInt(index) * 0x1_0000_0001n],
  ] as const) {
    it(`spread ${name} over a table as chance would`, () => {
      const random = createRandom(seedFromEnvironment('hash'));
      for (let round = 0; round < 5; round++) {
        hashes.seedHashes(random.bigint(0n, (1n << 64n) - 1n));
        const cells = new Set<number>();
        for (let index = 0; index < KEYS; index++) {
          for (let limb = 0; limb < 4; limb++) {
            view.setBigUint64(KEY + limb * 8, BigInt.asUintN(64, keyOf(index) >> BigInt(limb * 64)), true);
          }
          cells.add(hashes.hashSlot(0x1234_5678, KEY) & (CELLS - 1));
        }
        // By chance 38.6 % of the cells are taken.
        expect(cells.size / CELLS).toBeGreaterThan(0.37);
      }
    });
  }
});
