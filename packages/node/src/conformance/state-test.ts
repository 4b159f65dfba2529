import {
  type BlockEnvironment,
  type CreateEngine,
  createPlainState,
  type Engine,
  type ExecutedTransaction,
  flatStateOperations,
  genesisOperations,
  headState,
  openStateTrie,
  type PlainState,
  type PreparedTransaction,
} from '@heddle/executor';
import {
  decodeTransaction,
  type ExecutionRules,
  encodeRlp,
  type Hash,
  HeddleError,
  hexToBytes,
  isActive,
  keccak256Hex,
  type Log,
  recoverSender,
  ZERO_HASH,
} from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { executionRulesAt } from '../foreign/chain-config.ts';
import { MemoryStore } from '../foreign/memory-store.ts';
import { perRules } from '../foreign/per-rules.ts';
import { readBlobSchedule } from '../foreign/read-chain-config.ts';
import { readAlloc } from '../genesis/read-alloc.ts';
import { readTests } from './fixture-files.ts';
import { networkConfig } from './network-config.ts';
import type { CaseVerdict, ConformanceCase } from './run-cases.ts';
import { stateDifference } from './state-difference.ts';

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;
const NEVER_ABANDONED = { isAbandoned: () => false };

type EngineFor = (rules: ExecutionRules) => Promise<Engine>;

/** A transaction of a test on one fork, and what should come of it. */
interface StateCase {
  readonly test: JsonField;
  readonly fork: string;
  readonly post: JsonField;
}

/**
 * The cases of official state tests (`state_tests` of execution-spec-tests, `GeneralStateTests` of ethereum/tests) in
 * `files`, which are read one at a time: one transaction each, on engines that `createEngine` makes.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function* stateTests(files: readonly string[], createEngine: CreateEngine): Generator<ConformanceCase> {
  const engineFor = perRules(createEngine);
  for (const file of files) {
    for (const [name, test] of readTests(file)) {
      for (const [fork, entries] of test.field('post').fields()) {
        for (const [index, post] of entries.elements().entries()) {
          yield { name, fork, index, run: () => runStateTest({ test, fork, post }, engineFor) };
        }
      }
    }
  }
}

async function runStateTest(one: StateCase, engineFor: EngineFor): Promise<CaseVerdict> {
  const { test, post } = one;
  const rules = rulesOf(one);
  const environment = readEnvironment(test.field('env'), rules);
  const { stateRoot, operations } = genesisOperations(readAlloc(test.field('pre')));
  const store = new MemoryStore();
  store.write(operations);
  const state = createPlainState(headState(store), pretendedHash, rules.fork);
  const outcome = await runTransaction(await engineFor(rules), {
    environment,
    bytes: post.field('txbytes').bytes(),
    state,
  });
  const expected = expectedOf(post);
  if ('refused' in outcome) return verdict(expected, `refused, state ${stateRoot}`, { reason: outcome.refused });
  state.apply(outcome.writes);
  state.credit(environment.beneficiary, outcome.feeCredit);
  const diff = state.diff(environment.number);
  const root = await openStateTrie(store, stateRoot).root(diff);
  store.write(flatStateOperations(store, diff));
  const difference = stateDifference(post.field('state'), headState(store));
  return verdict(expected, `state ${root}, logs ${hashLogs(outcome.logs)}`, { difference });
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

/** The hash of block `number`: of its decimal digits, by agreement of all state tests. */
function pretendedHash(number: number): Hash {
  return keccak256Hex(Buffer.from(String(number), 'utf8'));
}

interface TransactionRun {
  readonly environment: BlockEnvironment;
  readonly bytes: Uint8Array;
  readonly state: PlainState;
}

/** A test may hold bytes that are no transaction at all: such a one is refused before it runs. */
async function runTransaction(
  engine: Engine,
  { environment, bytes, state }: TransactionRun,
): Promise<ExecutedTransaction | { readonly refused: string }> {
  let prepared: PreparedTransaction;
  try {
    const transaction = decodeTransaction(bytes);
    prepared = { transaction, sender: recoverSender(transaction) };
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return { refused: error.message };
  }
  if (prepared.transaction.gasLimit > environment.gasLimit) return { refused: 'gas limit reached' };
  engine.beginBlock(environment);
  const outcome = await engine.runTransaction(prepared, state, NEVER_ABANDONED);
  if (outcome.status === 'executed') return outcome;
  return { refused: outcome.status === 'invalid' ? outcome.reason : 'abandoned' };
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
