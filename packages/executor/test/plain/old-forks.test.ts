import {
  type Address,
  bytesToHex,
  decodeStoredReceipts,
  type ExecutionRules,
  FORKS,
  type Fork,
  type GenesisAccount,
  isActive,
} from '@heddle/primitives';
import {
  createRandom,
  ETHER,
  seedFromEnvironment,
  signedTransaction,
  testAccount,
  testAccounts,
} from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import type { Executor } from '../../src/executor-api.ts';
import { createPlainExecutor } from '../../src/plain/plain-executor.ts';
import type { KeyValueSource } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { headState } from '../../src/state/state-reader.ts';
import { openStateTrie } from '../../src/trie/state-trie.ts';
import { differenceFromOracle } from '../parallel/compare.ts';
import { createOracle } from '../parallel/oracle.ts';
import { randomBlock, randomBlocksAlloc } from '../parallel/random-blocks.ts';
import { BENEFICIARY, blockHashOf, environment, genesisAccount, noCancel, RULES } from '../parallel/test-chain.ts';
import { COINBASE } from '../support/run.ts';

const BLOCKS = 6;
/** Those that no Heddle chain runs under; the official tests that we have begin with Berlin. */
const OLD_FORKS = FORKS.slice(0, FORKS.indexOf('london'));

describe('random blocks under the rules of old forks', () => {
  const seed = seedFromEnvironment('old forks', 1);

  it.each(OLD_FORKS)('give what stock execution gives: %s', async (fork) => {
    const rules: ExecutionRules = { ...RULES, fork, transactionGasCap: undefined };
    const alloc = randomBlocksAlloc(rules);
    const execute = await plainExecution(rules, alloc);
    for (let index = 0; index < BLOCKS; index++) {
      const block = randomBlock(createRandom(`${seed}/${fork}/${index}`), rules);
      const ofBlock = { ...block.environment, baseFeePerGas: 0n };
      const expected = await (await createOracle(rules, alloc)).run(ofBlock, block.transactions);
      const outcome = await execute({ environment: ofBlock, transactions: expected.taken, cancel: noCancel() });
      if (outcome.status !== 'executed') expect.fail(`block ${index}: ${JSON.stringify(outcome)}`);
      const differences = await differenceFromOracle(outcome.result, expected, { alloc, withStateRoot: true });
      expect(differences, `block ${index}`).toEqual([]);
      const lastRoot = decodeStoredReceipts(outcome.result.receipts).at(-1)?.stateRoot;
      expect(lastRoot, `block ${index}`).toBe(isActive(fork, 'byzantium') ? undefined : outcome.result.stateRoot);
    }
  });
});

describe('a beneficiary to whom nothing is paid', () => {
  const alice = testAccount(0);
  const free = signedTransaction(alice, {
    type: 0,
    chainId: undefined,
    maxFeePerGas: 0n,
    to: alice.address,
    value: 0n,
  });
  const alloc = [genesisAccount(alice.address, ETHER)];

  // EIP-161 ended it; before, whatever was touched stood in the state.
  it.each<[Fork, boolean]>([
    ['tangerineWhistle', true],
    ['spuriousDragon', false],
  ])('comes into being under %s: %s', async (fork, comesIntoBeing) => {
    const rules: ExecutionRules = { ...RULES, fork, transactionGasCap: undefined };
    const request = {
      environment: environment({ baseFeePerGas: 0n }),
      transactions: [{ raw: free.raw, sender: alice.address }],
    };
    const expected = await (await createOracle(rules, alloc)).run(request.environment, request.transactions);
    const outcome = await (await plainExecution(rules, alloc))({ ...request, cancel: noCancel() });
    if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
    expect(outcome.result.diff.accounts.has(BENEFICIARY)).toBe(comesIntoBeing);
    expect(outcome.result.stateRoot).toBe(await expected.stateRoot());
  });
});

describe('a sweep', () => {
  it('moves whole balances before the first transaction, and rewards are paid after the last one', async () => {
    const [alice, bob, miner] = testAccounts(3).map(({ address }) => address) as [Address, Address, Address];
    const alloc = [genesisAccount(alice, 5n), genesisAccount(bob, 7n)];
    const execute = await plainExecution({ ...RULES, fork: 'homestead', transactionGasCap: undefined }, alloc);
    const rewards = [{ address: miner, amount: 11n }];
    const sweep = { accounts: [alice, bob, COINBASE], recipient: BENEFICIARY };
    const outcome = await execute({
      environment: environment({ sweep, rewards }),
      transactions: [],
      cancel: noCancel(),
    });
    if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
    const balances = [...outcome.result.diff.accounts].map(([address, { after }]) => [address, after?.balance]);
    expect(new Map(balances as [Address, bigint][])).toEqual(
      new Map([
        [alice, 0n],
        [bob, 0n],
        [COINBASE, 0n],
        [BENEFICIARY, 12n],
        [miner, 11n],
      ]),
    );
  });
});

/** Runs blocks on the state of `alloc`, each as if no other had been. */
async function plainExecution(rules: ExecutionRules, alloc: readonly GenesisAccount[]): Promise<Executor['execute']> {
  const { stateRoot, operations } = genesisOperations(alloc);
  const records = new Map<string, Uint8Array>();
  for (const operation of operations) {
    if (operation.type === 'put') records.set(bytesToHex(operation.key), operation.value);
  }
  const store: KeyValueSource = { getSync: (key) => records.get(bytesToHex(key)) };
  const executor = await createPlainExecutor({
    rules,
    createEngine: createEthereumjsEngine,
    state: headState(store),
    trie: openStateTrie(store, stateRoot),
    readBlockHash: (number) => (number === 0 ? blockHashOf(0) : undefined),
  });
  return executor.execute;
}
