import { join } from 'node:path';
import { createEthereumjsEngine } from '@heddle/executor';
import {
  type Block,
  decodeBlock,
  EMPTY_TRIE_ROOT,
  encodeBlock,
  type Header,
  hashHeader,
  ZERO_HASH,
} from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryChains, type MemoryChain } from '../../src/foreign/memory-chain.ts';
import { type OfficialChain, readOfficialChain } from './official-chain.ts';

const folder = fixtureFolder('rpc');

// 54 blocks: Homestead at 0, then a fork every three blocks up to the second one of blob parameters.
describe.skipIf(folder === undefined)('the public chain through every fork', { timeout: 120_000 }, () => {
  let official: OfficialChain;
  let chain: MemoryChain;
  const chains = createMemoryChains(createEthereumjsEngine);

  beforeAll(() => {
    official = readOfficialChain(join(folder as string, 'execution-apis', 'chain'));
    chain = chains.begin(official.start);
  });

  /** The chain up to but without block `number`. */
  const chainBefore = async (number: number): Promise<MemoryChain> => {
    if (chain.head().header.number >= number) chain = chains.begin(official.start);
    while (chain.head().header.number < number - 1) await add(official.blocks[chain.head().header.number]);
    return chain;
  };
  const add = async (bytes: Uint8Array | undefined) => {
    const verdict = await chain.add(bytes as Uint8Array);
    expect(verdict).toMatchObject({ status: 'accepted' });
  };
  const block = (number: number) => decodeBlock(official.blocks[number - 1] as Uint8Array);
  const withHeader = ({ header, ...body }: Block, change: Partial<Header>) => {
    return encodeBlock({ header: { ...header, ...change }, ...body });
  };

  it('encodes again byte for byte', () => {
    for (const bytes of official.blocks) expect(encodeBlock(decodeBlock(bytes))).toEqual(bytes);
  });

  it('is accepted block by block, to the hash of its head', async () => {
    const whole = await chainBefore(official.blocks.length + 1);
    expect(whole.head().header.number).toBe(54);
    expect(whole.head().hash).toBe(official.headHash);
  });

  it('does not take a second block for a height, which it refuses by number', async () => {
    const whole = await chainBefore(8);
    expect(await whole.add(official.blocks[3] as Uint8Array)).toEqual({
      status: 'refused',
      kind: 'header',
      reason: 'number: the header says 4, expected 8',
    });
  });

  it('may lower its gas limit by just under a 1,024th', async () => {
    const before = await chainBefore(2);
    const { gasLimit } = before.head().header;
    expect(await before.add(withHeader(block(2), { gasLimit: gasLimit - gasLimit / 1_024n + 1n }))).toMatchObject({
      status: 'accepted',
    });
    chain = chains.begin(official.start);
  });

  it.each<[string, number, Partial<Header>, string, RegExp]>([
    ['a foreign parent', 5, { parentHash: ZERO_HASH }, 'header', /^parentHash: /],
    ['no later time than its parent', 5, { timestamp: 40 }, 'header', /^timestamp: 40 is not above the parent's 40$/],
    ['a higher difficulty', 2, { difficulty: 1n }, 'header', /^difficulty: the header says 1, expected \d+$/],
    ['a gas limit that falls too fast', 2, { gasLimit: 99_902_344n }, 'header', /^gasLimit: .* or more away/],
    ['a base fee before London', 5, { baseFeePerGas: 1n }, 'header', /^baseFeePerGas: .* comes with london$/],
    ['none since London', 27, { baseFeePerGas: undefined }, 'header', /^baseFeePerGas: .* due since london$/],
    ['33 bytes of extra data', 5, { extraData: `0x${'00'.repeat(33)}` }, 'header', /^extraData: 33 bytes exceed 32$/],
    ['other transactions', 5, { transactionsRoot: EMPTY_TRIE_ROOT }, 'header', /^transactionsRoot: /],
    ['other receipts, with roots in them', 2, { receiptsRoot: ZERO_HASH }, 'result', /^receiptsRoot: /],
    ['another state', 2, { stateRoot: ZERO_HASH }, 'result', /^stateRoot: /],
    ['a difficulty after the merge', 37, { difficulty: 1n }, 'header', /^difficulty: the header says 1, expected 0$/],
    ['another excess of blob gas', 51, { excessBlobGas: 1n }, 'header', /^excessBlobGas: /],
    ['other requests', 46, { requestsHash: ZERO_HASH }, 'result', /^requestsHash: /],
  ])('is refused with %s (block %i)', async (_, number, change, kind, reason) => {
    const before = await chainBefore(number);
    const verdict = await before.add(withHeader(block(number), change));
    expect(verdict).toMatchObject({ status: 'refused', kind, reason: expect.stringMatching(reason) });
    await add(official.blocks[number - 1]); // what was refused left nothing behind
    expect(before.head().hash).toBe(hashHeader(block(number).header));
  });
});
