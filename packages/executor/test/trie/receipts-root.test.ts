import {
  bloomOfLogs,
  bytesToHex,
  encodeReceipt,
  type Hash,
  type Log,
  type Receipt,
  uniteBlooms,
} from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { orderedTrieRoot } from '../../src/trie/ordered-trie-root.ts';
import { rootOfReceipts, type UnbloomedReceipt } from '../../src/trie/receipts-root.ts';

const seed = seedFromEnvironment('receipts root');
/** Sizes at which a field or a list gets a longer prefix, or needs another block of Keccak. */
const DATA_SIZES = [0, 1, 1, 2, 31, 32, 33, 55, 56, 57, 255, 256, 257, 1_000, 70_000];

/** What the receipts come to by the codec of receipts and the root of any ordered list. */
async function expected(receipts: readonly UnbloomedReceipt[]) {
  const whole: Receipt[] = receipts.map((receipt) => ({ ...receipt, logsBloom: bloomOfLogs(receipt.logs) }));
  const blooms = whole.map(({ logsBloom }) => logsBloom);
  return { receiptsRoot: await orderedTrieRoot(whole.map(encodeReceipt)), blooms, logsBloom: uniteBlooms(blooms) };
}

function drawReceipts(random: Random, count: number): UnbloomedReceipt[] {
  const tokens = Array.from({ length: 5 }, () => bytesToHex(random.bytes(20)));
  const events = Array.from({ length: 5 }, () => bytesToHex(random.bytes(32)));
  const drawLog = (): Log => ({
    address: random.chance(0.5) ? random.pick(tokens) : bytesToHex(random.bytes(20)),
    topics: Array.from({ length: random.int(0, 4) }, () =>
      random.chance(0.5) ? random.pick(events) : (bytesToHex(random.bytes(32)) satisfies Hash),
    ),
    data: bytesToHex(random.chance(0.9) ? random.bytes(random.int(0, 64)) : random.bytes(random.pick(DATA_SIZES))),
  });
  let cumulativeGasUsed = 0n;
  return Array.from({ length: count }, () => {
    const gasUsed = random.bigint(0n, random.pick([1n, 200n, 1n << 20n, 1n << 50n]));
    cumulativeGasUsed += gasUsed;
    return {
      type: random.pick([0, 1, 2, 3, 4] as const),
      succeeded: random.chance(0.7),
      gasUsed,
      cumulativeGasUsed,
      logs: Array.from({ length: random.chance(0.5) ? 0 : random.int(1, 6) }, drawLog),
      contractAddress: undefined,
      ...(random.chance(0.1) ? { stateRoot: bytesToHex(random.bytes(32)) } : {}),
    };
  });
}

it.each([0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 700])(
  'root and blooms of %i receipts are those of the codec',
  async (count) => {
    const random = createRandom(`${seed} ${count}`);
    for (let round = 0; round < 5; round++) {
      const receipts = drawReceipts(random, count);
      expect(rootOfReceipts(receipts)).toEqual(await expected(receipts));
    }
  },
);

it('a byte of data is its own encoding below 0x80 only', async () => {
  const random = createRandom(seed);
  const address = bytesToHex(random.bytes(20));
  const [receipt] = drawReceipts(random, 1);
  const receipts = ['0x00', '0x7f', '0x80', '0x9f', '0xa0', '0xff', '0x'].map((data) => ({
    ...(receipt as UnbloomedReceipt),
    logs: [{ address, topics: [], data: data as `0x${string}` }],
  }));
  expect(rootOfReceipts(receipts)).toEqual(await expected(receipts));
});

it('more entries than are remembered between two blooms are all in them', async () => {
  const random = createRandom(seed);
  const receipts = drawReceipts(random, 400).map((receipt) => ({
    ...receipt,
    logs: Array.from({ length: 3 }, () => ({
      address: bytesToHex(random.bytes(20)),
      topics: [bytesToHex(random.bytes(32)), bytesToHex(random.bytes(32))],
      data: '0x' as const,
    })),
  }));
  for (let round = 0; round < 2; round++) expect(rootOfReceipts(receipts)).toEqual(await expected(receipts));
});

it('entries that differ in one byte are told apart', async () => {
  const random = createRandom(seed);
  const [receipt] = drawReceipts(random, 1);
  const variantsOf = (size: number) => {
    const bytes = random.bytes(size);
    return Array.from({ length: size + 1 }, (_, place) =>
      bytesToHex(bytes.map((byte, at) => byte ^ Number(at === place))),
    );
  };
  const topics = variantsOf(32);
  const receipts = [...variantsOf(20), ...topics].map((entry) => ({
    ...(receipt as UnbloomedReceipt),
    logs: [{ address: bytesToHex(random.bytes(20)), topics: [], data: '0x' as const }].map((log) =>
      entry.length === 42 ? { ...log, address: entry } : { ...log, topics: [entry] },
    ),
  }));
  expect(rootOfReceipts(receipts)).toEqual(await expected(receipts));
});
