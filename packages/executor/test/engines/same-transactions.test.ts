import { type Address, type ExecutionRules, FORKS, isActive } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { CallMessage, Engine, ExecutedTransaction } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { plainState, RULES, run } from '../support/run.ts';
import { drawTransactionCase, type TransactionCase } from './random-transactions.ts';

const seed = seedFromEnvironment('same-transactions');
const CASES = Number(process.env.HEDDLE_TRANSACTIONS ?? 200);
const SINCE_BERLIN = FORKS.filter((fork) => isActive(fork, 'berlin'));

describe('a call comes to the same with both engines', () => {
  it.each(SINCE_BERLIN)('under %s', async (fork) => {
    const rules: ExecutionRules = { ...RULES, fork };
    const [reference, wasm] = await Promise.all([createEthereumjsEngine(rules), createWasmEngine(rules)]);
    for (let index = 0; index < CASES / 3; index++) {
      const random = createRandom(`${seed}/call/${fork}/${index}`);
      const drawn = drawTransactionCase(random, rules);
      if (drawn.transaction.type === 4 && !isActive(fork, 'prague')) continue; // means nothing there
      const message = toMessage(drawn, random.chance(0.5));
      const expected = await callOutcomeOf(reference, drawn, message);
      expect(await callOutcomeOf(wasm, drawn, message), `case ${random.seed}`).toEqual(expected);
    }
  });
});

describe('a transaction comes to the same with both engines', () => {
  it.each(SINCE_BERLIN)('under %s, whether it is valid, whatever it costs', async (fork) => {
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
  return outcome.status === 'executed' ? withoutUnclearBeneficiary(outcome, environment.beneficiary) : outcome;
}

/** The transaction as `eth_call` would run it. */
function toMessage({ transaction, sender }: TransactionCase, isFree: boolean): CallMessage {
  const { to, gasLimit, value, data, accessList, authorizationList, maxFeePerGas } = transaction;
  const gasPrice = isFree ? 0n : maxFeePerGas;
  return { from: sender, to, gasLimit, gasPrice, value, data, accessList, authorizationList };
}

function callOutcomeOf(engine: Engine, { environment, accounts }: TransactionCase, message: CallMessage) {
  engine.beginBlock(environment);
  return engine.runCall(message, plainState(accounts), { isAbandoned: () => false });
}

/**
 * The outcome without what may differ about a beneficiary that has nothing: one that was touched comes into being by its
 * fee, whether the write set names it or not; and a fee of 0 clears one that the run has read, but engines do not read the
 * same before they find that the gas is out.
 */
function withoutUnclearBeneficiary(outcome: ExecutedTransaction, beneficiary: Address): ExecutedTransaction {
  const accounts = new Map(outcome.writes.accounts);
  const deleted = new Set(outcome.writes.deleted);
  const wiped = new Set(outcome.writes.wiped);
  const write = accounts.get(beneficiary);
  if (write && Object.keys(write).length === 0 && outcome.feeCredit > 0n) accounts.delete(beneficiary);
  if (outcome.haltReason !== undefined && deleted.delete(beneficiary)) wiped.delete(beneficiary);
  return { ...outcome, writes: { ...outcome.writes, accounts, deleted, wiped } };
}
