import { type Address, hexToBytes } from '@heddle/primitives';
import { ETHER, signedTransaction, type TestAccount, testAccount, testAccounts } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockResult, SenderTransaction } from '../../src/executor-api.ts';
import { TESTED_ENGINE } from '../support/tested-engine.ts';
import { differenceFromOracle } from './compare.ts';
import { CONTRACTS, contractAccounts } from './contracts.ts';
import { createOracle } from './oracle.ts';
import { vaultCode } from './paying-contracts.ts';
import { createTestChain, environment, genesisAccount, noCancel, RULES, type TestChain } from './test-chain.ts';

const SENDERS = testAccounts(24);
const FRESH = testAccount(0, 'unfunded').address;
const [VAULT, POOR_VAULT]: Address[] = [`0x${'e1'.repeat(20)}`, `0x${'e2'.repeat(20)}`] as const;

const alloc = [
  ...SENDERS.map(({ address }) => genesisAccount(address, 10n * ETHER)),
  ...contractAccounts(SENDERS.map(({ address }) => address)),
  genesisAccount(VAULT as Address, ETHER, { nonce: 1n, code: vaultCode }),
  genesisAccount(POOR_VAULT as Address, 7n, { nonce: 1n, code: vaultCode }),
];

interface Call {
  readonly to: Address | undefined;
  readonly words: readonly (number | Address)[];
  readonly value?: bigint;
  readonly nonce?: number;
}

function send(from: TestAccount, { to, words, value = 0n, nonce = 0 }: Call): SenderTransaction {
  const data = Buffer.concat(words.map((word) => hexToBytes(`0x${BigInt(word).toString(16).padStart(64, '0')}`)));
  const { raw } = signedTransaction(from, { to, data, value, nonce, gasLimit: 300_000n });
  return { raw, sender: from.address };
}

const eachSends = (call: Call) => SENDERS.map((from) => send(from, call));

describe('balances that are only added to and taken from', () => {
  let chain: TestChain;
  beforeAll(async () => {
    chain = await createTestChain(alloc);
  });
  afterAll(() => chain?.close());

  /** On 1, 2 and 3 workers, as stock execution has it. */
  async function run(transactions: readonly SenderTransaction[]): Promise<BlockResult[]> {
    const expected = await (await createOracle(RULES, alloc)).run(environment(), transactions);
    expect(expected.taken).toHaveLength(transactions.length);
    const results: BlockResult[] = [];
    for (const workers of [1, 2, 3]) {
      const executor = await chain.start(workers);
      const outcome = await executor.execute({ environment: environment(), transactions, cancel: noCancel() });
      if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
      expect(await differenceFromOracle(outcome.result, expected)).toEqual([]);
      results.push(outcome.result);
    }
    return results;
  }

  const meets: Readonly<Record<string, readonly SenderTransaction[]>> = {
    'pay into one contract': eachSends({ to: VAULT, words: [0], value: 3n }),
    'are paid by one contract that has enough': eachSends({ to: VAULT, words: [2] }),
    'pay somebody through one contract': eachSends({ to: CONTRACTS.passer, words: [VAULT as Address], value: 4n }),
    'send from a wallet that is paid meanwhile': SENDERS.slice(1).flatMap((from, nonce) => [
      send(from, { to: CONTRACTS.passer, words: [SENDERS[0]?.address ?? FRESH], value: 4n }),
      send(SENDERS[0] as TestAccount, { to: VAULT, words: [0], value: 1n, nonce }),
    ]),
  };
  for (const [what, transactions] of Object.entries(meets)) {
    it.runIf(TESTED_ENGINE === 'wasm')(`make no two transactions wait that ${what}`, async () => {
      for (const { figures } of await run(transactions)) {
        expect(figures.hot.filter(({ kind }) => kind === 'balance')).toEqual([]);
      }
    });
  }

  it('suffice or not by what came before', async () => {
    const [first, second, third] = SENDERS as [TestAccount, TestAccount, TestAccount];
    await run([
      send(first, { to: POOR_VAULT, words: [8] }), // has 7
      send(second, { to: POOR_VAULT, words: [0], value: 1n }),
      send(first, { to: POOR_VAULT, words: [8], nonce: 1 }),
      send(third, { to: POOR_VAULT, words: [1] }), // has nothing
      send(first, { to: POOR_VAULT, words: [3], value: 2n, nonce: 2 }),
      send(first, { to: POOR_VAULT, words: [3], value: 3n, nonce: 3 }), // brings what it is paid
      send(second, { to: CONTRACTS.reporter, words: [POOR_VAULT as Address], nonce: 1 }),
    ]);
  });

  it('say whether there is an account', async () => {
    const [first, second, third] = SENDERS as [TestAccount, TestAccount, TestAccount];
    await run([
      send(first, { to: CONTRACTS.observer, words: [FRESH] }),
      send(first, { to: CONTRACTS.passer, words: [FRESH], value: 2n, nonce: 1 }), // pays for a new account
      send(second, { to: CONTRACTS.passer, words: [FRESH], value: 2n }), // does not
      send(third, { to: CONTRACTS.observer, words: [FRESH] }),
      send(second, { to: CONTRACTS.passer, words: [FRESH], nonce: 1 }), // touches it with nothing
      send(third, { to: CONTRACTS.observer, words: [FRESH], nonce: 1 }),
    ]);
  });
});
