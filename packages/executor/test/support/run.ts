import { type Address, bytesToHex, type ExecutionRules, type Transaction, ZERO_HASH } from '@heddle/primitives';
import { GWEI, TEST_CHAIN_ID } from '@heddle/testkit';
import type { BlockEnvironment, Engine, ExecutedTransaction, RunOutcome, StateAccess } from '../../src/engine.ts';
import { createPlainState, type PlainState } from '../../src/plain/plain-state.ts';
import { createMemoryState, type TestAccountState } from './memory-state.ts';

export const COINBASE: Address = '0xc01bc01bc01bc01bc01bc01bc01bc01bc01bc01b';

export const RULES: ExecutionRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 2n ** 24n,
  codeSizeLimit: 24_576,
};

/** Block 7 of a chain with a base fee of 1 gwei, changed by `fields`. */
export function environment(fields: Partial<BlockEnvironment> = {}): BlockEnvironment {
  return {
    number: 7,
    timestamp: 1_700_000_000,
    beneficiary: COINBASE,
    gasLimit: 30_000_000n,
    baseFeePerGas: GWEI,
    mixHash: ZERO_HASH,
    excessBlobGas: 0n,
    parentHash: `0x${'ab'.repeat(32)}`,
    parentBeaconBlockRoot: `0x${'cd'.repeat(32)}`,
    withdrawals: [],
    ...fields,
  };
}

/** A plain state over `accounts`. */
export function plainState(accounts: Readonly<Record<Address, TestAccountState>>): PlainState {
  return createPlainState(createMemoryState(accounts), () => undefined);
}

/** A state that notes which accounts and slots are read. */
export function recording(state: StateAccess): StateAccess & { readonly reads: string[] } {
  const reads: string[] = [];
  return {
    reads,
    readAccount(address) {
      reads.push(`account ${address}`);
      return state.readAccount(address);
    },
    readSender(address, nonce) {
      reads.push(`sender ${address} ${nonce}`);
      return state.readSender(address, nonce);
    },
    readSlot(address, slot) {
      reads.push(`slot ${address} ${BigInt(slot)}`);
      return state.readSlot(address, slot);
    },
    hasStorage(address) {
      reads.push(`storage ${address}`);
      return state.hasStorage(address);
    },
    readCode: (codeHash) => state.readCode(codeHash),
    readBlockHash: (number) => state.readBlockHash(number),
  };
}

/** Runs one transaction that nobody abandons. */
export function run(
  engine: Engine,
  transaction: Transaction,
  sender: Address,
  state: StateAccess,
): Promise<RunOutcome> {
  return engine.runTransaction({ transaction, sender }, state, { isAbandoned: () => false });
}

/** The outcome of a transaction that must run. */
export function executed(outcome: RunOutcome): ExecutedTransaction {
  if (outcome.status !== 'executed') throw new Error(`not executed: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** `value` as a slot or a slot's key: 32 bytes of hex. */
export function word(value: bigint | number): `0x${string}` {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

/** What engines must agree on in the outcome of a call. */
export function comparable({ succeeded, gasUsed, logs, returnData, haltReason }: ExecutedTransaction) {
  return { succeeded, gasUsed, logs, returnData: bytesToHex(returnData), haltReason };
}
