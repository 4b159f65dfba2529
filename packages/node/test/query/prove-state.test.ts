import {
  createDatabase,
  createEthereumjsEngine,
  type Database,
  genesisOperations,
  pruneHistory,
} from '@heddle/executor';
import { type Address, type Hash, keccak256Hex, ZERO_HASH } from '@heddle/primitives';
import type { AccountProof } from '@heddle/rpc';
import { createRandom, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlockToKeep, chainOperations } from '../../src/chain/chain-operations.ts';
import { openChainView } from '../../src/chain/chain-view.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';
import { createQueryService } from '../../src/query/query-service.ts';
import { createTestChain, type TestChain } from '../chain/chain-fixture.ts';
import { RULES } from '../threads/test-store.ts';

const NOBODY: Address = `0x${'99'.repeat(20)}`;
const folder = temporaryDirectory('prove-state');
let database: Database;
let chain: TestChain;
let prove: (address: Address, slots: readonly Hash[], blockNumber: number) => Promise<AccountProof>;

beforeAll(async () => {
  database = await createDatabase(folder.path);
  chain = createTestChain(createRandom(seedFromEnvironment('prove-state')));
  const { operations } = genesisOperations(chain.alloc);
  await database.batch([...operations, ...chainOperations(chain.blocks[0] as BlockToKeep)], { sync: false });
  for (let count = 0; count < 30; count++) await chain.extend(database);
  const engine = await createEthereumjsEngine(RULES);
  const service = createQueryService({ engine, database, rules: RULES, limits: DEFAULT_QUERY_LIMITS });
  prove = async (address, slots, blockNumber) =>
    (await service.requests.proof({ address, slots, blockNumber })) as AccountProof;
});

afterAll(async () => {
  await database.close();
  folder.remove();
});

describe('a proof over the store', () => {
  it('begins with the root of the header that is asked for, at the head and before, and says what the state says', async () => {
    const view = openChainView(database, () => undefined);
    const address = chain.alloc[0]?.address ?? NOBODY;
    for (const number of [30, 29, 12, 0]) {
      const stateRoot = view.headerByNumber(number)?.header.stateRoot;
      const { account, accountNodes, storageRoot, slots } = await prove(address, [ZERO_HASH], number);
      expect(accountNodes[0] && keccak256Hex(accountNodes[0])).toBe(stateRoot);
      expect(account).toMatchObject({ nonce: view.account(address, number)?.nonce });
      expect(slots[0]?.nodes[0] && keccak256Hex(slots[0].nodes[0])).toBe(
        `0x${Buffer.from(storageRoot ?? []).toString('hex')}`,
      );
      expect(slots[0]?.value.at(-1)).toBe(7);
      const none = await prove(NOBODY, [ZERO_HASH], number);
      expect(none).toMatchObject({ account: undefined, storageRoot: undefined, slots: [{ nodes: [] }] });
      expect(none.accountNodes[0] && keccak256Hex(none.accountNodes[0])).toBe(stateRoot);
    }
  });

  it('is refused above the head and below the kept history', async () => {
    await expect(prove(NOBODY, [], 31)).rejects.toMatchObject({ code: 'QUERY_BLOCK_UNKNOWN' });
    await pruneHistory(database, { headNumber: 30, keep: 10, maxRecords: 10_000 });
    await expect(prove(NOBODY, [], 20)).rejects.toMatchObject({ code: 'STATE_PRUNED' });
    await prove(NOBODY, [], 21);
  });
});
