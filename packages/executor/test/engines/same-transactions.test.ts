import type { Address, ExecutionRules, Fork } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { Engine, ExecutedTransaction } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { plainState, RULES, run } from '../support/run.ts';
import { drawTransactionCase, type TransactionCase } from './random-transactions.ts';

const seed = seedFromEnvironment('same-transactions');
const CASES = Number(process.env.HEDDLE_TRANSACTIONS ?? 300);
const FORKS: readonly Fork[] = ['berlin', 'london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'];

describe('a transaction comes to the same with both engines', () => {
  it.each(FORKS)('under %s, whether it is valid, whatever it costs', { timeout: 120_000 }, async (fork) => {
    const rules: ExecutionRules = { ...RULES, fork, transactionGasCap: fork === 'osaka' ? 2n ** 24n : undefined };
    const [reference, wasm] = await Promise.all([createEthereumjsEngine(rules), createWasmEngine(rules)]);
    const seen = { executed: 0, invalid: new Set<string>() };
    for (let index = 0; index < CASES; index++) {
      const drawn = drawTransactionCase(createRandom(`${seed}/${fork}/${index}`), rules);
      const expected = await outcomeOf(reference, drawn);
      expect(await outcomeOf(wasm, drawn), `case ${seed}/${fork}/${index}`).toEqual(expected);
      if (expected.status === 'executed') seen.executed++;
      else if (expected.status === 'invalid') seen.invalid.add(expected.reason.replace(/0x\w+|\d+/g, ''));
    }
    expect(seen.executed).toBeGreaterThan(CASES / 10);
    expect(seen.invalid.size).toBeGreaterThan(5);
  });
});

async function outcomeOf(engine: Engine, { environment, accounts, transaction, sender }: TransactionCase) {
  engine.beginBlock(environment);
  const outcome = await run(engine, transaction, sender, plainState(accounts));
  return outcome.status === 'executed' ? withoutBareBeneficiary(outcome, environment.beneficiary) : outcome;
}

/** A beneficiary that was nothing but touched comes into being by its fee, whether the write set names it or not. */
function withoutBareBeneficiary(outcome: ExecutedTransaction, beneficiary: Address): ExecutedTransaction {
  const accounts = new Map(outcome.writes.accounts);
  const write = accounts.get(beneficiary);
  if (write && Object.keys(write).length === 0 && outcome.feeCredit > 0n) accounts.delete(beneficiary);
  return { ...outcome, writes: { ...outcome.writes, accounts } };
}
