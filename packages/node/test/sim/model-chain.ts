import {
  type Address,
  bytesToHex,
  type ChainSpec,
  CONSTANT_HEADER_FIELDS,
  concatBytes,
  decodeBlock,
  decodeHeader,
  EMPTY_BLOOM,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeBlock,
  encodeHeader,
  type Hash,
  type Header,
  HeddleError,
  hashHeader,
  keccak256Hex,
  ZERO_HASH,
} from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { DriverExecution, DriverPool } from '../../src/consensus/driver-ports.ts';
import { extraDataOf, timeFault, timestampMsOf } from '../../src/execution/child-header.ts';
import type { DecidedBlock, ExecuteAnswer, HeadInfo } from '../../src/execution/main-boundary.ts';
import { packBytes, unpackBytes } from '../../src/pool/packed-bytes.ts';
import { genesisHead, senderOf } from '../consensus/fake-chain.ts';
import { type Life, never } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The state root of a block that no honest node accepts. */
export const INVALID_STATE: Hash = `0x${'ee'.repeat(32)}`;

/** The chain of one node: it outlives its processes. What is in it is on the disk. */
export class ModelStore {
  readonly blocks: (DecidedBlock & { readonly blockId: Hash; readonly block: Uint8Array })[] = [];
  head: HeadInfo;
  /** The head's header, decoded. */
  parent: Header;

  constructor(spec: ChainSpec) {
    this.head = genesisHead(spec);
    this.parent = decodeHeader(this.head.header);
  }
}

/** What all nodes' pools draw from. Each knows most transactions and must fetch the others. */
export class ModelTransactions {
  readonly #raws = new Map<Hash, Uint8Array>();

  add(raw: Uint8Array): void {
    this.#raws.set(keccak256Hex(raw), raw);
  }

  /** Undefined: the pool of `node` does not hold it. One in four is unknown to a given node. */
  of(node: number, hash: Hash): Uint8Array | undefined {
    return (Number.parseInt(hash.slice(2, 8), 16) + node) % 4 === 0 ? undefined : this.#raws.get(hash);
  }
}

/** How slow a node's execution is, and whether its disk takes blocks. */
export interface ModelMachine {
  readonly index: number;
  readonly store: ModelStore;
  /** What building, executing or storing a block takes at least and at most, milliseconds. */
  workMs: readonly [number, number];
  isDiskFull(): boolean;
  /** Builds blocks that are invalid. */
  readonly isSpoiler: boolean;
}

/** What one process needs to build and execute. */
export interface ModelWork {
  readonly spec: ChainSpec;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly life: Life;
  readonly machine: ModelMachine;
  readonly transactions: ModelTransactions;
  /** Transactions in each block. */
  readonly transactionCount: number;
}

/** The execution thread of one process: a block is a header with its parent, a value of its own and a body. */
export function modelExecution(work: ModelWork): DriverExecution {
  const { life, machine } = work;
  const { store } = machine;
  const labour = () => {
    const [leastMs, mostMs] = machine.workMs;
    return life.wait(work.time, leastMs + (mostMs - leastMs) * (work.random.int(0, 1_000) / 1_000));
  };
  let last: Promise<unknown> = Promise.resolve();
  const commit: DriverExecution['commit'] = async ({ blockId, block, certificate, validators, nextValidators }) => {
    if (!life.passes('before commit')) return never();
    await labour();
    if (machine.isDiskFull()) throw new HeddleError('DISK_FULL', 'the batch did not fit');
    const { header, transactions } = decodeBlock(block);
    if (header.parentHash !== store.head.hash) throw new HeddleError('BLOCK_NOT_ON_HEAD', 'old parent');
    const verdict = judge(work, header, transactions);
    if (verdict.status !== 'valid') {
      const isForeign = verdict.status === 'invalid' && verdict.isForeignBody;
      throw new HeddleError(isForeign ? 'COMMIT_FOREIGN_BODY' : 'COMMIT_INVALID', 'not valid');
    }
    const { number } = header;
    store.blocks.push({ blockId, block, certificate });
    store.parent = header;
    store.head = { number, hash: blockId, header: encodeHeader(header), certificate, validators, nextValidators };
    if (!life.passes('after commit')) return never();
    return { head: store.head, touched: 'all', summary: summaryOf(number, blockId) };
  };
  return {
    head: async () => store.head,
    async build({ parentHash, timestampMs, beneficiary, candidates, cancel }) {
      if (!life.passes('before build')) return never();
      await labour();
      if (isCalledOff(cancel)) return { status: 'cancelled' };
      if (parentHash !== store.head.hash) throw new HeddleError('BLOCK_NOT_ON_HEAD', 'old parent');
      const transactions = unpackBytes(candidates.raws).map((raw) => Uint8Array.from(raw));
      const header = headerFor(work, { timestampMs, beneficiary, transactions });
      const block = encodeBlock({ header, transactions, withdrawals: [] });
      return { status: 'built', blockId: hashHeader(header), block, invalid: [], tooSlow: [], failed: [] };
    },
    async execute({ block, cancel }) {
      if (!life.passes('before execute')) return never();
      await labour();
      if (isCalledOff(cancel)) return { status: 'cancelled' };
      const { header, transactions } = decodeBlock(block);
      return judge(work, header, transactions);
    },
    commit(job) {
      const turn = last.then(() => commit(job)); // one after another, as the thread's queue has it
      last = turn.catch(() => undefined);
      return turn;
    },
    blocks: async ({ from, maxCount }) => store.blocks.slice(from - 1, from - 1 + maxCount),
  };
}

/** The pool thread of one process. */
export function modelPool(work: ModelWork): DriverPool {
  const { machine, transactions, random } = work;
  let headHash = machine.store.head.hash;
  return {
    async candidates() {
      const raws = Array.from({ length: work.transactionCount }, () => concatBytes(Uint8Array.of(2), random.bytes(12)));
      for (const raw of raws) transactions.add(raw);
      return { headHash, raws: packBytes(raws), senders: raws.map(senderOf) };
    },
    async resolveTransactions(hashes) {
      const found = hashes.map((hash) => transactions.of(machine.index, hash));
      const raws = found.filter((raw) => raw !== undefined);
      const missing = found.flatMap((raw, place) => (raw ? [] : [place]));
      return { raws: packBytes(raws), senders: raws.map(senderOf), missing };
    },
    recoverSenders: async (batch) => unpackBytes(batch).map(senderOf),
    senderOf,
    head({ hash }) {
      headHash = hash;
    },
    leftOut: () => undefined,
  };
}

function headerFor(
  { spec, random, machine }: ModelWork,
  choice: { timestampMs: number; beneficiary: Address; transactions: readonly Uint8Array[] },
): Header {
  const { parent } = machine.store;
  const { timestampMs, beneficiary, transactions } = choice;
  return {
    ...CONSTANT_HEADER_FIELDS,
    parentHash: machine.store.head.hash,
    beneficiary,
    stateRoot: machine.isSpoiler ? INVALID_STATE : EMPTY_TRIE_ROOT,
    transactionsRoot: rootOf(transactions),
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    number: parent.number + 1,
    gasLimit: spec.gasLimit,
    gasUsed: 0n,
    timestamp: Math.floor(timestampMs / 1_000),
    extraData: extraDataOf(timestampMs),
    mixHash: bytesToHex(random.bytes(32)), // no two builds give the same block
    baseFeePerGas: 7n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
  };
}

function judge({ spec, machine }: ModelWork, header: Header, transactions: readonly Uint8Array[]): ExecuteAnswer {
  const { head, parent } = machine.store;
  if (header.transactionsRoot !== rootOf(transactions)) {
    return { status: 'invalid', reason: 'transactionsRoot: not of this body', isForeignBody: true };
  }
  if (header.parentHash !== head.hash) return { status: 'invalid', reason: 'parentHash: not the head' };
  if (header.stateRoot === INVALID_STATE) return { status: 'invalid', reason: 'stateRoot: wrong' };
  const fault = timeFault(timestampMsOf(header), parent, spec);
  return fault ? { status: 'invalid', reason: fault } : { status: 'valid' };
}

function isCalledOff(cancel: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(cancel), 0) !== 0;
}

function rootOf(transactions: readonly Uint8Array[]): Hash {
  return transactions.length === 0 ? EMPTY_TRIE_ROOT : keccak256Hex(concatBytes(...transactions));
}

function summaryOf(number: number, hash: Hash) {
  const work = { transactionCount: 0, gasUsed: 0n, executionMs: 0, reExecutions: 0, speedUpOn8: 0 };
  return { number, hash, round: 0, ...work, limitedBy: undefined };
}
