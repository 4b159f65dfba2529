import { flatStateOperations, genesisOperations, headState, namedEngine, openStateTrie } from '@heddle/executor';
import { EMPTY_BYTES, type ExecutionRules, ZERO_HASH } from '@heddle/primitives';
import { ETHER, GWEI, TEST_CHAIN_ID, type TestAccount, testAccounts, transfer } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createForkExecutors } from '../../src/foreign/fork-executors.ts';
import { MemoryStore } from '../../src/foreign/memory-store.ts';

const [alice, bob] = testAccounts(2) as [TestAccount, TestAccount];
const OSAKA: ExecutionRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 1n << 24n,
  codeSizeLimit: 24_576,
};
const PRAGUE: ExecutionRules = { ...OSAKA, fork: 'prague', transactionGasCap: undefined };
const ENVIRONMENT = {
  timestamp: 1_700_000_001,
  beneficiary: `0x${'fe'.repeat(20)}`,
  gasLimit: 30_000_000n,
  baseFeePerGas: GWEI,
  mixHash: ZERO_HASH,
  excessBlobGas: 0n,
  parentHash: ZERO_HASH,
  parentBeaconBlockRoot: ZERO_HASH,
  withdrawals: [],
} as const;

describe('executors that keep what they have read', () => {
  it('find the state that each other left, whatever the rules go back to', async () => {
    const alloc = { address: alice.address, balance: ETHER, nonce: 0n, code: EMPTY_BYTES, storage: new Map() };
    const { stateRoot, operations } = genesisOperations([alloc]);
    const store = new MemoryStore();
    store.write(operations);
    const trie = openStateTrie(store, stateRoot);
    const executors = createForkExecutors({
      createEngine: namedEngine('wasm'),
      state: headState(store),
      trie,
      readBlockHash: () => undefined,
      keepsState: true,
    });
    for (const [nonce, rules] of [OSAKA, PRAGUE, PRAGUE, OSAKA, PRAGUE].entries()) {
      const { raw } = transfer(alice, bob, 1n, { nonce });
      const outcome = await executors.execute(rules, {
        environment: { ...ENVIRONMENT, number: nonce + 1 },
        transactions: [{ raw, sender: alice.address }],
        cancel: new Int32Array(1),
      });
      if (outcome.status !== 'executed') expect.fail(`block ${nonce + 1}: ${JSON.stringify(outcome)}`);
      store.write(flatStateOperations(store, outcome.result.diff));
      store.write(trie.operations(outcome.result.stateRoot));
      executors.apply(outcome.result.stateRoot);
    }
    expect(headState(store).account(bob.address)?.balance).toBe(5n);
  });
});
