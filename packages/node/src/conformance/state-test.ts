import {
  type BlockEnvironment,
  type CreateEngine,
  flatStateOperations,
  genesisOperations,
  headState,
  openStateTrie,
} from '@heddle/executor';
import {
  type ExecutionRules,
  encodeRlp,
  type Hash,
  hexToBytes,
  isActive,
  keccak256Hex,
  type Log,
  ZERO_HASH,
} from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { executionRulesAt } from '../foreign/chain-config.ts';
import { MemoryStore } from '../foreign/memory-store.ts';
import { readBlobSchedule } from '../foreign/read-chain-config.ts';
import type { Speculation } from '../foreign/speculation.ts';
import { readAlloc } from '../genesis/read-alloc.ts';
import type { FixtureFile } from './fixture-files.ts';
import { networkConfig } from './network-config.ts';
import type { CaseVerdict, ConformanceCase } from './run-cases.ts';
import { stateDifference } from './state-difference.ts';
import { type RunTransaction, runsPlainly, runsSpeculatively } from './state-test-run.ts';
import { casesInFiles } from './test-files.ts';

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;

/** A transaction of a test on one fork, and what should come of it. */
interface StateCase {
  readonly test: JsonField;
  readonly fork: string;
  readonly post: JsonField;
}

/**
 * The cases of official state tests (`state_tests` of execution-spec-tests, `GeneralStateTests` of ethereum/tests) in
 * `files`, which are read one at a time: one transaction each, plainly on engines that `createEngine` makes, or as
 * `speculation` has it.
 */
export function stateTests(
  files: readonly FixtureFile[],
  createEngine: CreateEngine,
  speculation?: Speculation,
): Generator<ConformanceCase> {
  const plain = runsPlainly(createEngine);
  const runTransaction = speculation === undefined ? plain : runsSpeculatively(speculation, plain);
  return casesInFiles(files, 'statetest', (name, test) => casesOf(name, test, runTransaction));
}

function* casesOf(name: string, test: JsonField, runTransaction: RunTransaction): Generator<ConformanceCase> {
  for (const [fork, entries] of test.field('post').fields()) {
    for (const [index, post] of entries.elements().entries()) {
      yield { name, fork, index, run: () => runStateTest({ test, fork, post }, runTransaction) };
    }
  }
}

async function runStateTest(one: StateCase, runTransaction: RunTransaction): Promise<CaseVerdict> {
  const { test, post } = one;
  const rules = rulesOf(one);
  const environment = readEnvironment(test.field('env'), rules);
  const { stateRoot, operations } = genesisOperations(readAlloc(test.field('pre')));
  const store = new MemoryStore();
  store.write(operations);
  const raw = post.field('txbytes').bytes();
  const outcome = await runTransaction({ rules, environment, raw, store, trie: openStateTrie(store, stateRoot) });
  const expected = expectedOf(post);
  if ('refused' in outcome) return verdict(expected, `refused, state ${stateRoot}`, { reason: outcome.refused });
  store.write(flatStateOperations(store, outcome.diff));
  const difference = stateDifference(post.field('state'), headState(store));
  return verdict(expected, `state ${outcome.stateRoot}, logs ${hashLogs(outcome.logs)}`, { difference });
}

/** What the file says that comes of the transaction, in the words of {@link runStateTest}. */
function expectedOf(post: JsonField): string {
  const state = `state ${post.field('hash').bytesOfSize(32)}`;
  return post.field('expectException').isAbsent
    ? `${state}, logs ${post.field('logs').bytesOfSize(32)}`
    : `refused, ${state}`;
}

/** As `expected`, or not: then with the reason of a refusal, or where the states part. */
function verdict(
  expected: string,
  actual: string,
  { reason, difference }: { readonly reason?: string; readonly difference?: string | undefined },
): CaseVerdict {
  if (actual === expected) return { pass: true, expected, actual };
  const why = reason ?? difference;
  return { pass: false, expected, actual, ...(why !== undefined && { difference: why }) };
}

function rulesOf({ test, fork }: StateCase): ExecutionRules {
  const config = test.field('config');
  const [chainId, schedule] = config.isAbsent
    ? [config, config]
    : [config.field('chainid'), config.field('blobSchedule')];
  const chain = networkConfig(fork, {
    chainId: chainId.isAbsent ? 1 : chainId.number(1, Number.MAX_SAFE_INTEGER),
    blobSchedule: readBlobSchedule(schedule),
  });
  const isMerged = chain.terminalTotalDifficulty === 0n;
  return executionRulesAt(chain, { number: 0, timestamp: 0, isMerged });
}

/** The block around the transaction. The older suite states for every fork what only later ones have. */
function readEnvironment(env: JsonField, { fork }: ExecutionRules): BlockEnvironment {
  const quantity = (key: string, from: 'berlin' | 'london' | 'cancun') =>
    isActive(fork, from) && !env.field(key).isAbsent ? env.field(key).integer(0n, MAX_UINT256) : 0n;
  return {
    number: env.field('currentNumber').number(0, Number.MAX_SAFE_INTEGER),
    timestamp: env.field('currentTimestamp').number(0, Number.MAX_SAFE_INTEGER),
    beneficiary: env.field('currentCoinbase').address(),
    gasLimit: env.field('currentGasLimit').integer(0n, MAX_UINT64),
    baseFeePerGas: quantity('currentBaseFee', 'london'),
    mixHash: env.field(isActive(fork, 'paris') ? 'currentRandom' : 'currentDifficulty').word(),
    excessBlobGas: quantity('currentExcessBlobGas', 'cancun'),
    parentHash: ZERO_HASH,
    parentBeaconBlockRoot: ZERO_HASH,
    withdrawals: [],
  };
}

/** The hash by which state tests name the logs of a transaction. */
function hashLogs(logs: readonly Log[]): Hash {
  const fields = logs.map(({ address, topics, data }) => [
    hexToBytes(address),
    topics.map((topic) => hexToBytes(topic)),
    hexToBytes(data),
  ]);
  return keccak256Hex(encodeRlp(fields));
}
