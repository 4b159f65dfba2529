import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import {
  type Address,
  type Block,
  bytesToHex,
  type ChainSpec,
  CONSTANT_HEADER_FIELDS,
  concatBytes,
  decodeBlock,
  decodeCommitCertificate,
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
  hexToBytes,
  keccak256,
  keccak256Hex,
  type TimestampRule,
  ZERO_ADDRESS,
} from '@heddle/primitives';
import { type TestAccount, testAccounts } from '@heddle/testkit';
import type { DriverClock, DriverExecution, DriverPool } from '../../src/consensus/driver-ports.ts';
import { childEnvironment, extraDataOf, headerFault } from '../../src/execution/child-header.ts';
import type { BuildAnswer, DecidedBlock, ExecuteAnswer, HeadInfo } from '../../src/execution/main-boundary.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { packBytes, unpackBytes } from '../../src/pool/packed-bytes.ts';

/** A chain spec of `count` validators of equal stake, and their keys. */
export function fakeSpec(
  count: number,
  genesisTimestamp: number,
  timestamps: TimestampRule = 'strict',
): { spec: ChainSpec; keys: TestAccount[] } {
  const keys = testAccounts(count, 'validator');
  const fees = testAccounts(count, 'fee');
  const validators = keys.map(({ address }, index) => {
    return { address, stake: 10n, feeAddress: fees[index]?.address ?? ZERO_ADDRESS };
  });
  const spec: ChainSpec = {
    chainId: 31337,
    fork: 'osaka',
    transactionGasCap: 1n << 24n,
    codeSizeLimit: 24_576,
    initialBaseFee: 1_000_000_000n,
    elasticity: 2,
    baseFeeDenominator: 8,
    timestamps,
    validators,
    genesisTimestamp,
    gasLimit: 30_000_000n,
    genesisMixHash: keccak256Hex(new Uint8Array(1)),
    genesisBeneficiary: ZERO_ADDRESS,
    genesisExtraData: keccak256Hex(new Uint8Array(2)),
  };
  return { spec, keys };
}

/** The head of a chain that holds nothing but its genesis block. */
export function genesisHead(spec: ChainSpec): HeadInfo {
  const { header } = genesisBlock(spec, EMPTY_TRIE_ROOT);
  return {
    number: 0,
    hash: hashHeader(header),
    header: encodeHeader(header),
    certificate: undefined,
    nextValidators: encodeValidatorSet(createValidatorSet(spec.validators)),
    validators: undefined,
  };
}

/** What a node keeps of the chain: it outlives the process. */
export class FakeStore {
  readonly blocks: DecidedBlock[] = [];
  head: HeadInfo;
  /** Every head there was, by number. */
  readonly #heads: HeadInfo[] = [];

  constructor(spec: ChainSpec) {
    this.head = genesisHead(spec);
  }

  append(head: HeadInfo, block: DecidedBlock): void {
    this.#heads[this.head.number] = this.head;
    this.head = head;
    this.blocks.push(block);
  }

  /** All of another node's blocks, as a sync brings them. */
  copyFrom(other: FakeStore): void {
    this.head = other.head;
    this.blocks.splice(0, this.blocks.length, ...other.blocks);
  }

  rewind(number: number): void {
    this.head = this.#heads[number] ?? this.head;
    this.blocks.length = this.head.number;
  }

  block(number: number): Block {
    const stored = this.blocks[number - 1];
    if (!stored) throw new HeddleError('TEST', `no block ${number}`);
    return decodeBlock(stored.block);
  }

  signersOf(number: number): Address[] {
    const stored = this.blocks[number - 1];
    return stored ? decodeCommitCertificate(stored.certificate).signatures.map(({ validator }) => validator) : [];
  }
}

/** Execution that is honest about headers and takes any bytes for a transaction of one gas. */
export class FakeExecution implements DriverExecution {
  readonly #spec: ChainSpec;
  readonly #store: FakeStore;
  readonly #clock: DriverClock;
  /** Changes built blocks: a faulty proposer. */
  spoil: (header: Header) => Header = (header) => header;
  /** Milliseconds that building or executing takes. */
  workMs = 2;
  isDead = false;
  commitFault: string | undefined;
  readonly executed: Hash[] = [];

  constructor(spec: ChainSpec, store: FakeStore, clock: DriverClock) {
    this.#spec = spec;
    this.#store = store;
    this.#clock = clock;
  }

  async head(): Promise<HeadInfo> {
    return this.#store.head;
  }

  async build({
    parentHash,
    timestampMs,
    beneficiary,
    candidates,
    cancel,
  }: Parameters<DriverExecution['build']>[0]): Promise<BuildAnswer> {
    await this.#work();
    if (Atomics.load(new Int32Array(cancel), 0) !== 0) return { status: 'cancelled' };
    if (parentHash !== this.#store.head.hash) throw new HeddleError('BLOCK_NOT_ON_HEAD', 'old parent');
    const transactions = unpackBytes(candidates.raws).map((raw) => Uint8Array.from(raw));
    const header = this.spoil(this.#headerFor({ timestampMs, beneficiary, transactions }));
    const block = encodeBlock({ header, transactions, withdrawals: [] });
    return { status: 'built', blockId: hashHeader(header), block, invalid: [], tooSlow: [], failed: [] };
  }

  async execute({
    blockId,
    block: bytes,
    senders,
    cancel,
  }: Parameters<DriverExecution['execute']>[0]): Promise<ExecuteAnswer> {
    await this.#work();
    if (Atomics.load(new Int32Array(cancel), 0) !== 0) return { status: 'cancelled' };
    this.executed.push(blockId);
    const answer = this.#judge(decodeBlock(bytes));
    const unsigned = senders.indexOf(undefined);
    if (unsigned < 0 || (answer.status === 'invalid' && answer.isForeignBody)) return answer;
    return { status: 'invalid', reason: `transaction ${unsigned}: no valid signature` };
  }

  async commit(job: Parameters<DriverExecution['commit']>[0]): ReturnType<DriverExecution['commit']> {
    await this.#work();
    if (this.isDead) throw new HeddleError('THREAD_GONE', 'killed');
    if (this.commitFault) throw new HeddleError(this.commitFault, 'the disk is full');
    const block = decodeBlock(job.block);
    const verdict = this.#judge(block);
    if (verdict.status === 'invalid') {
      throw new HeddleError(verdict.isForeignBody ? 'COMMIT_FOREIGN_BODY' : 'COMMIT_INVALID', verdict.reason);
    }
    if (job.senders.includes(undefined)) throw new HeddleError('COMMIT_INVALID', 'no valid signature');
    const { number } = block.header;
    const { blockId, certificate, validators, nextValidators } = job;
    const head = { number, hash: blockId, header: encodeHeader(block.header), certificate, validators, nextValidators };
    this.#store.append(head, { block: job.block, certificate });
    const { round } = decodeCommitCertificate(certificate);
    const transactionCount = block.transactions.length;
    const summary = { number, hash: blockId, round, transactionCount, gasUsed: 0n, executionMs: 0, reExecutions: 0 };
    return { head: this.#store.head, touched: 'all', summary: { ...summary, speedUpOn8: 0, limitedBy: undefined } };
  }

  async blocks({ from, maxCount }: Parameters<DriverExecution['blocks']>[0]): Promise<readonly DecidedBlock[]> {
    return this.#store.blocks.slice(from - 1, from - 1 + maxCount);
  }

  #judge(block: Block): ExecuteAnswer {
    const { header, transactions } = block;
    const parent = this.#parent();
    if (header.transactionsRoot !== rootOf(transactions)) {
      return { status: 'invalid', reason: 'transactionsRoot: not of this body', isForeignBody: true };
    }
    const fault = headerFault(header, { parent, spec: this.#spec, validators: this.#store.head.nextValidators });
    if (fault) return { status: 'invalid', reason: fault };
    const stateRoot = stateAfter(parent, header);
    if (stateRoot !== header.stateRoot) {
      return {
        status: 'invalid',
        reason: `stateRoot: the header says ${header.stateRoot}, executing gives ${stateRoot}`,
      };
    }
    return { status: 'valid' };
  }

  #headerFor(choice: { timestampMs: number; beneficiary: Address; transactions: readonly Uint8Array[] }): Header {
    const parent = this.#parent();
    const { timestampMs, beneficiary, transactions } = choice;
    const validators = this.#store.head.nextValidators;
    const { withdrawals: _, ...environment } = childEnvironment(parent, this.#spec, {
      timestampMs,
      beneficiary,
      validators,
    });
    const header: Header = {
      ...CONSTANT_HEADER_FIELDS,
      ...environment,
      stateRoot: EMPTY_TRIE_ROOT,
      transactionsRoot: rootOf(transactions),
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: EMPTY_BLOOM,
      gasUsed: BigInt(transactions.length),
      extraData: extraDataOf(timestampMs),
      withdrawalsRoot: EMPTY_TRIE_ROOT,
      blobGasUsed: 0n,
      requestsHash: EMPTY_REQUESTS_HASH,
    };
    return { ...header, stateRoot: stateAfter(parent, header) };
  }

  #parent(): Header {
    const { header } = this.#store.head;
    return this.#store.head.number === 0 ? genesisBlock(this.#spec, EMPTY_TRIE_ROOT).header : decodeHeader(header);
  }

  #work(): Promise<void> {
    return new Promise((resolve) => this.#clock.schedule(this.workMs, resolve));
  }
}

/** A pool that holds what it is given until a block includes it. */
export class FakePool implements DriverPool {
  readonly #store: FakeStore;
  readonly #held = new Map<Hash, Uint8Array>();
  #headHash: Hash;
  onExecutable: (notice: { headHash: Hash; hasExecutable: boolean }) => void = () => undefined;

  constructor(store: FakeStore) {
    this.#store = store;
    this.#headHash = store.head.hash;
  }

  add(raw: Uint8Array, isAnnounced = true): void {
    this.#held.set(keccak256Hex(raw), raw);
    if (isAnnounced) this.#tell();
  }

  async candidates() {
    const raws = [...this.#held.values()];
    return { headHash: this.#headHash, raws: packBytes(raws), senders: raws.map(senderOf) };
  }

  async resolveTransactions(hashes: readonly Hash[]) {
    const found = hashes.map((hash) => this.#held.get(hash));
    const raws = found.filter((raw) => raw !== undefined);
    const missing = found.flatMap((raw, place) => (raw ? [] : [place]));
    return { raws: packBytes(raws), senders: raws.map(senderOf), missing };
  }

  async recoverSenders(batch: Parameters<DriverPool['recoverSenders']>[0]) {
    return unpackBytes(batch).map((raw) => this.senderOf(raw));
  }

  senderOf(raw: Uint8Array): Address | undefined {
    return isSigned(raw) ? senderOf(raw) : undefined;
  }

  head({ number, hash }: Parameters<DriverPool['head']>[0]): void {
    for (const raw of this.#store.block(number).transactions) this.#held.delete(keccak256Hex(raw));
    this.#headHash = hash;
    this.#tell();
  }

  leftOut(): void {}

  #tell(): void {
    this.onExecutable({ headHash: this.#headHash, hasExecutable: this.#held.size > 0 });
  }
}

/** Bytes that pass for a transaction here. */
export function fakeTransaction(label: string): Uint8Array {
  return concatBytes(Uint8Array.of(2), Buffer.from(label, 'utf8'));
}

/** Of which whoever fetches it finds no sender. */
export function unsignedTransaction(label: string): Uint8Array {
  return concatBytes(Uint8Array.of(0), Buffer.from(label, 'utf8'));
}

function isSigned(raw: Uint8Array): boolean {
  return raw[0] !== 0;
}

/** Whoever the bytes say it is: nobody signs here. */
export function senderOf(raw: Uint8Array): Address {
  return bytesToHex(keccak256(raw).subarray(12));
}

function rootOf(transactions: readonly Uint8Array[]): Hash {
  return transactions.length === 0 ? EMPTY_TRIE_ROOT : keccak256Hex(concatBytes(...transactions.map(keccak256)));
}

function stateAfter(parent: Header, { transactionsRoot, beneficiary }: Header): Hash {
  return keccak256Hex(concatBytes(hexToBytes(parent.stateRoot), hexToBytes(transactionsRoot), hexToBytes(beneficiary)));
}
