import {
  bloomOfLogs,
  bytesToHex,
  encodeReceipt,
  encodeStoredReceipts,
  type Hash,
  type Hex,
  type Log,
  type Receipt,
  uniteBlooms,
} from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { encodeRunResults } from '../../src/shared-memory/run-result.ts';
import { orderedTrieRoot } from '../../src/trie/ordered-trie-root.ts';
import { type BlockReceipts, blockReceipts } from '../../src/trie/receipts-root.ts';

const seed = seedFromEnvironment('receipts root');
/** Sizes at which a field or a list gets a longer prefix, or needs another block of Keccak. */
const DATA_SIZES = [0, 1, 1, 2, 31, 32, 33, 55, 56, 57, 255, 256, 257, 1_000, 70_000];

/** The bytes of receipts as text, which is compared many times as fast. */
type Shown = Omit<BlockReceipts, 'receipts'> & { readonly receipts: Hex };

/** What the receipts come to by their codec and the root of any ordered list. */
async function expected(drawn: readonly Receipt[]): Promise<Shown> {
  let cumulativeGasUsed = 0n;
  const receipts = drawn.map((receipt) => {
    cumulativeGasUsed += receipt.gasUsed;
    return { ...receipt, cumulativeGasUsed };
  });
  return {
    receipts: bytesToHex(encodeStoredReceipts(receipts)),
    gasUsed: cumulativeGasUsed,
    receiptsRoot: orderedTrieRoot(receipts.map(encodeReceipt)),
    logsBloom: uniteBlooms(receipts.map(({ logsBloom }) => logsBloom)),
  };
}

function made(receipts: readonly Receipt[]): Shown {
  const heads = receipts.map(({ type, gasUsed, stateRoot }) => ({ type, gasUsed: Number(gasUsed), stateRoot }));
  const whole = blockReceipts(heads, encodeRunResults(receipts));
  return { ...whole, receipts: bytesToHex(whole.receipts) };
}

function drawReceipts(random: Random, count: number): Receipt[] {
  const tokens = Array.from({ length: 5 }, () => bytesToHex(random.bytes(20)));
  const events = Array.from({ length: 5 }, () => bytesToHex(random.bytes(32)));
  const drawLog = (): Log => ({
    address: random.chance(0.5) ? random.pick(tokens) : bytesToHex(random.bytes(20)),
    topics: Array.from({ length: random.int(0, 4) }, () =>
      random.chance(0.5) ? random.pick(events) : (bytesToHex(random.bytes(32)) satisfies Hash),
    ),
    data: bytesToHex(random.chance(0.9) ? random.bytes(random.int(0, 64)) : random.bytes(random.pick(DATA_SIZES))),
  });
  return Array.from({ length: count }, () => {
    return {
      type: random.pick([0, 1, 2, 3, 4] as const),
      succeeded: random.chance(0.7),
      gasUsed: random.bigint(0n, random.pick([1n, 200n, 1n << 20n, 1n << 40n])),
      cumulativeGasUsed: 0n,
      ...logged(Array.from({ length: random.chance(0.5) ? 0 : random.int(1, 6) }, drawLog)),
      contractAddress: random.chance(0.2) ? bytesToHex(random.bytes(20)) : undefined,
      ...(random.chance(0.1) ? { stateRoot: bytesToHex(random.bytes(32)) } : {}),
    };
  });
}

function logged(logs: readonly Log[]): Pick<Receipt, 'logs' | 'logsBloom'> {
  return { logs, logsBloom: bloomOfLogs(logs) };
}

it.each([0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 700])(
  'stored form, root and bloom of %i receipts are those of the codec',
  async (count) => {
    const random = createRandom(`${seed} ${count}`);
    for (let round = 0; round < 5; round++) {
      const receipts = drawReceipts(random, count);
      expect(made(receipts)).toEqual(await expected(receipts));
    }
  },
);

it('a byte of data is its own encoding below 0x80 only', async () => {
  const random = createRandom(seed);
  const address = bytesToHex(random.bytes(20));
  const [receipt] = drawReceipts(random, 1);
  const receipts = ['0x00', '0x7f', '0x80', '0x9f', '0xa0', '0xff', '0x'].map((data) => ({
    ...(receipt as Receipt),
    ...logged([{ address, topics: [], data: data as `0x${string}` }]),
  }));
  expect(made(receipts)).toEqual(await expected(receipts));
});

it('more entries than are remembered between two blooms are all in them', async () => {
  const random = createRandom(seed);
  const receipts = drawReceipts(random, 400).map((receipt) => ({
    ...receipt,
    ...logged(
      Array.from({ length: 3 }, () => ({
        address: bytesToHex(random.bytes(20)),
        topics: [bytesToHex(random.bytes(32)), bytesToHex(random.bytes(32))],
        data: '0x' as const,
      })),
    ),
  }));
  for (let round = 0; round < 2; round++) expect(made(receipts)).toEqual(await expected(receipts));
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
    ...(receipt as Receipt),
    ...logged([
      entry.length === 42
        ? { address: entry, topics: [], data: '0x' }
        : { address: bytesToHex(random.bytes(20)), topics: [entry], data: '0x' },
    ]),
  }));
  expect(made(receipts)).toEqual(await expected(receipts));
});
