import type { ExecutionRules, Transaction } from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createPlainState } from '../src/plain/plain-state.ts';
import { type AccessRecorder, createAccessRecorder } from '../test/support/access-list.ts';
import { type AccessListCase, readAccessListCases } from '../test/support/access-list-fixtures.ts';
import { createMemoryState } from '../test/support/memory-state.ts';
import { fixtureFiles, toAccount } from '../test/support/state-fixtures.ts';

// Block access lists (EIP-7928) name everything that a block of Amsterdam reads and writes. Its blocks run here by the rules
// of Osaka, charged what they were charged there: what they access must be the same, unless a rule of Amsterdam forbids that.

const RULES: ExecutionRules = { chainId: 1, fork: 'osaka', transactionGasCap: undefined, codeSizeLimit: 65_536 };

/** Cases that come out differently, each for an EIP of Amsterdam. */
const EXCLUSIONS: readonly {
  readonly eip: number;
  readonly why: string;
  readonly test: RegExp;
  /** Gas that it takes of the transaction: without it the case must be equal here as well. */
  readonly takes?: (transaction: Transaction) => bigint;
}[] = [
  {
    eip: 7981,
    why: 'an access list costs 64 gas more a byte: the gas limit does not end where the test wants it to',
    takes: ({ accessList }) =>
      accessList.reduce((sum, { storageKeys }) => sum + 64n * (20n + 32n * BigInt(storageKeys.length)), 0n),
    test: /_oog(_before_target_access)?\[.*(warm_target|warm_delegation).*-(oog_\w+)\]$/,
  },
  {
    eip: 8037,
    why: 'new code costs gas for state, which the gas limit does not cover there and covers here',
    test: /create_out_of_gas_code_deposit/,
  },
];
/** Blocks that are invalid for their list alone: EIP-7928 itself. */
const INVALID_LIST = 7928;
/** At least so much of the cases must be compared. */
const LEAST_SHARE = 2 / 3;
const folder = fixtureFolder('blockchain-bal');

describe.skipIf(folder === undefined)('what the engine in WebAssembly reads and writes', () => {
  it('is what the access lists of official blocks say', { timeout: 600_000 }, async () => {
    const recorder = await createAccessRecorder(RULES);
    const excluded: Record<number, number> = {};
    let compared = 0;
    for (const one of fixtureFiles(folder as string).flatMap(readAccessListCases)) {
      const hasInvalidList = one.blocks.some(({ exception }) => exception !== undefined);
      const differences = hasInvalidList ? [] : await compare(recorder, one);
      const exclusion = EXCLUSIONS.find(({ test }) => test.test(one.name));
      if (differences.length > 0 && exclusion?.takes !== undefined) {
        expect(
          await compare(recorder, one, exclusion.takes),
          `${one.name} without the gas of EIP-${exclusion.eip}`,
        ).toEqual([]);
      }
      const eip = hasInvalidList ? INVALID_LIST : differences.length > 0 ? exclusion?.eip : undefined;
      if (eip === undefined) {
        expect(differences, one.name).toEqual([]);
        compared++;
      } else {
        excluded[eip] = (excluded[eip] ?? 0) + 1;
      }
    }
    const total = compared + Object.values(excluded).reduce((sum, count) => sum + count, 0);
    console.log(`${compared} of ${total} access lists are equal; excluded, by EIP: ${JSON.stringify(excluded)}`);
    expect(compared / total).toBeGreaterThan(LEAST_SHARE);
    expect(Object.keys(excluded).map(Number)).toEqual([INVALID_LIST, ...EXCLUSIONS.map((exclusion) => exclusion.eip)]);
  });
});

/** Lines that only one of both has, marked as a diff does. */
async function compare(
  recorder: AccessRecorder,
  { pre, genesisHash, blocks }: AccessListCase,
  takes: (transaction: Transaction) => bigint = () => 0n,
): Promise<string[]> {
  const accounts = Object.entries(pre).map(([address, account]) => [address, toAccount(account)] as const);
  const state = createMemoryState(Object.fromEntries(accounts));
  const hashes = new Map([[0, genesisHash]]);
  const differences: string[] = [];
  for (const { environment, transactions, lines, hash } of blocks) {
    const plain = createPlainState(state, (number) => hashes.get(number));
    const limited = transactions.map(({ transaction, ...rest }) => {
      return { ...rest, transaction: { ...transaction, gasLimit: transaction.gasLimit - takes(transaction) } };
    });
    const recorded = await recorder.run(environment, limited, plain);
    state.apply(plain.diff(environment.number));
    hashes.set(environment.number, hash);
    for (const line of lines) if (!recorded.has(line)) differences.push(`- ${line}`);
    for (const line of recorded) if (!lines.has(line)) differences.push(`+ ${line}`);
  }
  return differences;
}
