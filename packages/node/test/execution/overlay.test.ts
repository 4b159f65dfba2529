import type { Hash } from '@heddle/primitives';
import { expect, it } from 'vitest';
import { type ExecutedBlock, Overlay } from '../../src/execution/overlay.ts';
import { ParallelismRecords } from '../../src/execution/parallelism-records.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { EMPTY_RESULT } from './empty-result.ts';
import { testSpec } from './execution-fixture.ts';

const idOf = (index: number): Hash => `0x${index.toString(16).padStart(64, '0')}`;
const genesis = genesisBlock(testSpec(), idOf(0));
/** Blocks that a test tells apart. */
const executed = (): ExecutedBlock => ({ block: genesis, senders: [], result: EMPTY_RESULT });

it('the overlay keeps the eight blocks that were put last, until the height is decided', () => {
  const overlay = new Overlay();
  const blocks = Array.from({ length: 8 }, executed);
  for (const [index, block] of blocks.entries()) overlay.put(idOf(index), block);
  const again = executed();
  overlay.put(idOf(0), again); // now the newest
  overlay.put(idOf(8), executed());
  expect(overlay.get(idOf(1))).toBeUndefined();
  expect(overlay.get(idOf(0))).toBe(again);
  expect(overlay.get(idOf(2))).toBe(blocks[2]);
  overlay.clear();
  expect([0, 2, 8].map((index) => overlay.get(idOf(index)))).toEqual([undefined, undefined, undefined]);
});

it('figures are kept of the latest 1,024 blocks', () => {
  const records = new ParallelismRecords();
  for (let number = 1; number <= 1_025; number++) records.keep(number, { number });
  expect(records.get(1)).toBeUndefined();
  expect(records.get(2)).toEqual({ number: 2 });
  expect(records.get(1_025)).toEqual({ number: 1_025 });
});
