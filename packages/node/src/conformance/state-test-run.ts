import {
  type BlockEnvironment,
  type CreateEngine,
  createPlainState,
  headState,
  type SharedStateTrie,
  type StateDiff,
} from '@heddle/executor';
import {
  type Address,
  assert,
  decodeStoredReceipts,
  decodeTransaction,
  type ExecutionRules,
  type Hash,
  HeddleError,
  keccak256Hex,
  type Log,
  recoverSender,
  SYSTEM_CONTRACTS,
  type Transaction,
} from '@heddle/primitives';
import type { MemoryStore } from '../foreign/memory-store.ts';
import { perRules } from '../foreign/per-rules.ts';
import type { Speculation } from '../foreign/speculation.ts';

/** A state test's transaction, and what it meets. */
export interface TransactionJob {
  readonly rules: ExecutionRules;
  readonly environment: BlockEnvironment;
  /** May be no transaction at all: such a one is refused before it runs. */
  readonly raw: Uint8Array;
  /** The state before it, with its trie. */
  readonly store: MemoryStore;
  readonly trie: SharedStateTrie;
}

/** Runs it. Writes nothing. */
export type RunTransaction = (job: TransactionJob) => Promise<TransactionEnd | { readonly refused: string }>;

interface TransactionEnd {
  readonly diff: StateDiff;
  readonly stateRoot: Hash;
  readonly logs: readonly Log[];
}

const NEVER_ABANDONED = { isAbandoned: () => false };
const GAS_LIMIT_REACHED = 'gas limit reached';

/** On a state of its own, by an engine alone. */
export function runsPlainly(createEngine: CreateEngine): RunTransaction {
  const engineFor = perRules(createEngine);
  return async ({ rules, environment, raw, store, trie }) => {
    const prepared = prepare(raw);
    if ('refused' in prepared) return prepared;
    if (prepared.transaction.gasLimit > environment.gasLimit) return { refused: GAS_LIMIT_REACHED };
    const engine = await engineFor(rules);
    const state = createPlainState(headState(store), pretendedHash, rules.fork);
    engine.beginBlock(environment);
    const outcome = await engine.runTransaction(prepared, state, NEVER_ABANDONED);
    if (outcome.status !== 'executed') return { refused: outcome.status === 'invalid' ? outcome.reason : 'abandoned' };
    state.apply(outcome.writes);
    state.credit(environment.beneficiary, outcome.feeCredit);
    const diff = state.diff(environment.number);
    return { diff, stateRoot: await trie.root(diff), logs: outcome.logs };
  };
}

/**
 * As a block of one transaction; by `plain` where the state has system contracts, which a block calls at its start and
 * end, and a state test does not.
 */
export function runsSpeculatively(speculation: Speculation, plain: RunTransaction): RunTransaction {
  let current: TransactionJob | undefined;
  const job = () => {
    assert(current !== undefined, 'a test was begun');
    return current;
  };
  const executors = speculation.over({
    store: () => job().store,
    trie: () => job().trie,
    readBlockHash: pretendedHash,
  });
  return async (begun) => {
    const { environment, raw, store } = begun;
    const { requestContracts: _, ...rules } = begun.rules; // a block cannot do without them, a state test does
    const state = headState(store);
    if (Object.values(SYSTEM_CONTRACTS).some(({ address }) => state.account(address) !== undefined))
      return plain(begun);
    const prepared = prepare(raw);
    if ('refused' in prepared) return prepared;
    current = begun;
    const transactions = [{ raw, sender: prepared.sender }];
    const outcome = await executors.execute(rules, { environment, transactions, cancel: new Int32Array(1) });
    assert(outcome.status !== 'cancelled', 'nobody cancels this job');
    if (outcome.status === 'invalid') return { refused: outcome.reason };
    const { diff, stateRoot, receipts } = outcome.result;
    return { diff, stateRoot, logs: decodeStoredReceipts(receipts)[0]?.logs ?? [] };
  };
}

function prepare(
  raw: Uint8Array,
): { readonly transaction: Transaction; readonly sender: Address } | { readonly refused: string } {
  try {
    const transaction = decodeTransaction(raw);
    return { transaction, sender: recoverSender(transaction) };
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return { refused: error.message };
  }
}

/** The hash of block `number`: of its decimal digits, by agreement of all state tests. */
function pretendedHash(number: number): Hash {
  return keccak256Hex(Buffer.from(String(number), 'utf8'));
}
