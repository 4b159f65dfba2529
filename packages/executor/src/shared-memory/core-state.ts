import { type Address, EMPTY_BYTES, EMPTY_CODE_HASH, type Hash, type Transaction } from '@heddle/primitives';
import { type AccountState, RunAbandoned, type RunControl, type StateAccess } from '../engine.ts';
import type { StateReader } from '../state/state-diff.ts';
import type { CodeCache } from './code-cache.ts';
import type { Core } from './core.ts';
import { Locations } from './locations.ts';
import { type RecentHashes, recentHash } from './recent-hashes.ts';
import { BLOCK_MEMORY_USED_UP } from './rows.ts';

/** Polls between two looks at the core: each costs about as much as a cheap opcode. */
const POLLS_PER_LOOK = 8;

/** The nonce that each authority of an EIP-7702 transaction has if its tuple applies. */
export type AuthorityNonces = (transaction: Transaction) => ReadonlyMap<Address, bigint>;

/** What a thread reads state from. */
export interface CoreStateSources {
  readonly reader: StateReader;
  readonly codes: CodeCache;
  readonly now: () => number;
  /** Only while a test plants the fault that needs it. */
  readonly authorityNonces: AuthorityNonces | undefined;
}

/**
 * The state as the run that this thread is in sees it: versions of the core below its index, each read logged there.
 * Values from before the block are fetched when first needed and interned for all workers.
 */
export class CoreState implements StateAccess, RunControl {
  readonly locations: Locations;
  readonly #core: Core;
  readonly #sources: CoreStateSources;
  readonly #generations = new Map<Address, number>();
  #hashes: RecentHashes | undefined;
  #transaction: Transaction | undefined;
  #polls = 0;
  #abandoned = false;
  #starved = false;

  constructor(core: Core, sources: CoreStateSources) {
    this.#core = core;
    this.#sources = sources;
    this.locations = new Locations(core, sources.reader, this);
  }

  beginBlock(hashes: RecentHashes): void {
    this.locations.clear();
    this.#hashes = hashes;
  }

  /** Begins a run; `transaction` is undefined for system calls. */
  beginRun(transaction: Transaction | undefined): void {
    this.#generations.clear();
    this.#transaction = transaction;
    this.#polls = 0;
    this.#abandoned = false;
    this.#starved = false;
  }

  /** Ends the run: nobody wants it any more, or the block's memory is used up. */
  endRun({ isStarved }: { readonly isStarved: boolean }): void {
    this.#abandoned = true;
    this.#starved = isStarved;
  }

  /** Ends it because the block has ended. @throws RunAbandoned */
  giveUp(): never {
    this.endRun({ isStarved: false });
    throw new RunAbandoned('the block has ended');
  }

  /** Ends it for want of memory. @throws RunAbandoned */
  starve(): never {
    this.endRun({ isStarved: true });
    throw new RunAbandoned(BLOCK_MEMORY_USED_UP);
  }

  /** Whether the run ended because the block's memory was used up. */
  isStarved(): boolean {
    return this.#starved;
  }

  isAbandoned(): boolean {
    if (this.#abandoned) return true;
    if (this.#polls++ % POLLS_PER_LOOK !== 0) return false;
    this.#abandoned = this.#core.steps.isUnwanted(this.#sources.now()) !== 0;
    return this.#abandoned;
  }

  readAccount(address: Address): AccountState | undefined {
    const assumed = this.#assumedAuthorityNonce(address);
    return this.#readAccount(address, (head) => assumed ?? this.#core.memory.word(this.#valueAt(head)));
  }

  readSender(address: Address, nonce: bigint): AccountState | undefined {
    const { layout, memory, scratch, steps } = this.#core;
    if (steps.isFinalRun() !== 0) return this.readAccount(address); // an assumption has nothing left to win
    return this.#readAccount(address, (head) => {
      memory.setWord(scratch, nonce);
      if (steps.readPredicate(head, layout.READ_NONCE_IS, scratch) === 0) this.starve();
      return nonce;
    });
  }

  readSlot(address: Address, slot: Hash): Uint8Array {
    const { memory, steps } = this.#core;
    const generation = this.#generation(address);
    const head = this.locations.slotHead(address, slot);
    const value = steps.readSlot(head, generation);
    if (value === 0) this.starve();
    return memory.copy(value, 32);
  }

  hasStorage(address: Address): boolean {
    const { layout, memory } = this.#core;
    // Where code ran since, the account has a nonce, and nobody asks.
    const isAsBefore = memory.u64(this.#generation(address) + layout.RECORD_VALUE + layout.GENERATION_POSITION) === 0n;
    return isAsBefore && memory.u32(this.locations.account(address) + layout.ENTRY_BASE_HAS_STORAGE) !== 0;
  }

  readCode(codeHash: Hash): Uint8Array {
    if (codeHash === EMPTY_CODE_HASH) return EMPTY_BYTES;
    return this.#sources.codes.get(codeHash, () => this.#findCode(codeHash) ?? this.#sources.reader.code(codeHash));
  }

  readBlockHash(number: number): Hash | undefined {
    return this.#hashes && recentHash(this.#hashes, number);
  }

  #readAccount(address: Address, readNonce: (head: number) => bigint): AccountState | undefined {
    const { layout, memory } = this.#core;
    const generation = this.#generation(address);
    const entry = this.locations.account(address);
    const balance = memory.word(this.#valueAt(this.locations.head(entry, layout.FIELD_BALANCE)));
    const codeHash = memory.codeHash(this.#valueAt(this.locations.head(entry, layout.FIELD_CODE)));
    const nonce = readNonce(this.locations.head(entry, layout.FIELD_NONCE));
    if (nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH) {
      const isPresent = memory.u32(generation + layout.RECORD_VALUE + layout.GENERATION_PRESENT) !== 0;
      if (!isPresent) return undefined;
    }
    return { nonce, balance, codeHash };
  }

  /** The record of the account's storage generation, read once a run so that all of its slots fit together. */
  #generation(address: Address): number {
    const known = this.#generations.get(address);
    if (known !== undefined) return known;
    const entry = this.locations.account(address);
    const record = this.#core.steps.readExact(this.locations.head(entry, this.#core.layout.FIELD_GENERATION));
    if (record === 0) this.starve();
    this.#generations.set(address, record);
    return record;
  }

  #valueAt(head: number): number {
    const record = this.#core.steps.readExact(head);
    if (record === 0) this.starve();
    return record + this.#core.layout.RECORD_VALUE;
  }

  #findCode(codeHash: Hash): Uint8Array | undefined {
    const { layout, memory, scratch, steps } = this.#core;
    memory.setHex(scratch, codeHash);
    const node = steps.findCode(scratch);
    return node === 0 ? undefined : memory.copy(node + layout.CODE_BYTES, memory.u32(node + layout.CODE_SIZE));
  }

  /** A fault that a test plants: an authority's nonce is taken for granted, as a sender's is. */
  #assumedAuthorityNonce(address: Address): bigint | undefined {
    const { layout, steps } = this.#core;
    if (this.#transaction?.type !== 4 || steps.planted(layout.MUTATION_ASSUME_AUTHORITY_NONCE) === 0) return undefined;
    return this.#sources.authorityNonces?.(this.#transaction).get(address);
  }
}
