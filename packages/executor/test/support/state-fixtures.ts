import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Address,
  bigIntToBytesOfSize,
  bytesToHex,
  decodeTransaction,
  encodeRlp,
  type Fork,
  type Hash,
  hexToBytes,
  keccak256Hex,
  type Log,
  recoverSender,
  ZERO_HASH,
} from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { BlockEnvironment, CreateEngine, Engine, PreparedTransaction } from '../../src/engine.ts';
import { createPlainState } from '../../src/plain/plain-state.ts';
import { createMemoryState, type TestAccountState } from './memory-state.ts';
import { stateRootOf } from './state-root.ts';

type Quantity = string;

interface FixtureFile {
  readonly [test: string]: StateTest;
}

interface StateTest {
  readonly env: Readonly<Record<string, Quantity>>;
  readonly pre: Readonly<Record<Address, PreAccount>>;
  readonly post: Readonly<Record<string, readonly PostEntry[]>>;
  readonly config?: { readonly chainid?: Quantity };
}

/** An account as the fixtures write it. */
export interface PreAccount {
  readonly balance: Quantity;
  readonly nonce: Quantity;
  readonly code: string;
  readonly storage: Readonly<Record<string, Quantity>>;
}

interface PostEntry {
  readonly hash: Hash;
  readonly logs: Hash;
  readonly txbytes: string;
  readonly expectException?: string;
}

/** One transaction of one test on one fork. */
export interface StateCase {
  readonly name: string;
  readonly fork: Fork;
  readonly test: StateTest;
  readonly entry: PostEntry;
}

const FORK_NAMES: Readonly<Record<string, Fork>> = {
  Berlin: 'berlin',
  London: 'london',
  Paris: 'paris',
  Shanghai: 'shanghai',
  Cancun: 'cancun',
  Prague: 'prague',
  Osaka: 'osaka',
};

/** All files of a set, sorted. */
export function fixtureFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .map((path) => join(folder, path))
    .sort();
}

/** The cases of one file. */
function readCases(file: string): StateCase[] {
  const tests = JSON.parse(readFileSync(file, 'utf8')) as FixtureFile;
  return Object.entries(tests).flatMap(([id, test]) =>
    Object.entries(test.post).flatMap(([forkName, entries]) =>
      entries.map((entry, index) => {
        const fork = FORK_NAMES[forkName];
        if (fork === undefined) throw new Error(`unknown fork ${forkName} in ${file}`);
        return { name: `${id} ${forkName} ${index}`, fork, test, entry };
      }),
    ),
  );
}

/** `count` cases drawn by `random`: one of each file in turn, so that every feature has its share. */
export function* sampleCases(files: readonly string[], count: number, random: Random): Generator<StateCase> {
  const order = random.shuffle(files);
  for (let index = 0; index < count; index++) {
    yield random.pick(readCases(order[index % order.length] as string));
  }
}

/** Makes engines with mainnet's limits, one for all cases of a fork and chain. */
export function perFork(createEngine: CreateEngine): (fork: Fork, chainId: number) => Promise<Engine> {
  const engines = new Map<string, Promise<Engine>>();
  return (fork, chainId) => {
    const key = `${fork} ${chainId}`;
    const transactionGasCap = fork === 'osaka' ? 2n ** 24n : undefined;
    const engine = engines.get(key) ?? createEngine({ chainId, fork, transactionGasCap, codeSizeLimit: 24_576 });
    engines.set(key, engine);
    return engine;
  };
}

/** What differs from the recording; undefined when all agrees. */
export async function checkCase(
  { fork, test, entry }: StateCase,
  engineFor: ReturnType<typeof perFork>,
): Promise<string | undefined> {
  const engine = await engineFor(fork, Number(test.config?.chainid ?? 1));
  const environment = environmentOf(test.env, fork);
  const state = createMemoryState(
    Object.fromEntries(Object.entries(test.pre).map(([address, account]) => [address, toAccount(account)])),
  );
  const plain = createPlainState(state, (number) => keccak256Hex(Buffer.from(String(number), 'utf8')));
  const outcome = await run(engine, environment, entry.txbytes, plain);
  if (typeof outcome === 'string') {
    if (entry.expectException === undefined) return `refused: ${outcome}`;
  } else {
    if (entry.expectException !== undefined) return `not refused: ${entry.expectException}`;
    plain.apply(outcome.writes);
    plain.credit(environment.beneficiary, outcome.feeCredit);
    state.apply(plain.diff(environment.number));
    const logs = keccak256Hex(encodeRlp(outcome.logs.map(logFields)));
    if (logs !== entry.logs) return `logs ${logs} instead of ${entry.logs}`;
  }
  const root = await stateRootOf(state);
  return root === entry.hash ? undefined : `state root ${root} instead of ${entry.hash}`;
}

async function run(
  engine: Engine,
  environment: BlockEnvironment,
  txbytes: string,
  state: ReturnType<typeof createPlainState>,
) {
  let prepared: PreparedTransaction;
  try {
    const transaction = decodeTransaction(hexToBytes(txbytes));
    prepared = { transaction, sender: recoverSender(transaction) };
  } catch (error) {
    return String(error);
  }
  if (prepared.transaction.gasLimit > environment.gasLimit) return 'gas limit reached';
  engine.beginBlock(environment);
  const outcome = await engine.runTransaction(prepared, state, { isAbandoned: () => false });
  if (outcome.status === 'abandoned') throw new Error('nobody abandons this run');
  return outcome.status === 'invalid' ? outcome.reason : outcome;
}

function environmentOf(env: Readonly<Record<string, Quantity>>, fork: Fork): BlockEnvironment {
  const isAfterMerge = !['berlin', 'london'].includes(fork);
  const isBlobFork = ['cancun', 'prague', 'osaka'].includes(fork);
  return {
    number: Number(env.currentNumber),
    timestamp: Number(env.currentTimestamp),
    beneficiary: (env.currentCoinbase as string).toLowerCase() as Address,
    gasLimit: BigInt(env.currentGasLimit as string),
    baseFeePerGas: fork === 'berlin' ? 0n : BigInt(env.currentBaseFee ?? 0),
    mixHash: pad(isAfterMerge ? env.currentRandom : env.currentDifficulty),
    excessBlobGas: isBlobFork ? BigInt(env.currentExcessBlobGas ?? 0) : 0n,
    parentHash: ZERO_HASH,
    parentBeaconBlockRoot: ZERO_HASH,
    withdrawals: [],
  };
}

/** The account as states take it; quantities have any length. */
export function toAccount({ balance, nonce, code, storage }: PreAccount): TestAccountState {
  return {
    balance: BigInt(balance),
    nonce: BigInt(nonce),
    code: hexToBytes(code),
    storage: new Map(Object.entries(storage).map(([slot, value]) => [pad(slot), hexToBytes(pad(value))])),
  };
}

function pad(quantity: Quantity | undefined): Hash {
  return bytesToHex(bigIntToBytesOfSize(BigInt(quantity ?? 0), 32));
}

function logFields({ address, topics, data }: Log) {
  return [hexToBytes(address), topics.map((topic) => hexToBytes(topic)), hexToBytes(data)];
}
