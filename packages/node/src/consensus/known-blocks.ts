import {
  type Address,
  bytesToHex,
  decodeBlock,
  decodeRlp,
  encodeBlock,
  encodeRlp,
  type Hash,
  type Header,
  hashHeader,
  hexToBytes,
  keccak256Hex,
  readFields,
} from '@heddle/primitives';
import { peerMessageMalformed } from './driver-errors.ts';
import type { BlockOutline } from './messages.ts';

/** A block of which every byte is here. */
export interface WholeBlock {
  readonly blockId: Hash;
  readonly header: Header;
  /** Its RLP. */
  readonly bytes: Uint8Array;
  readonly transactions: readonly Uint8Array[];
  readonly transactionHashes: readonly Hash[];
  readonly senders: readonly Address[];
}

/** A block as it was got together: undefined stands for the sender of what is no signed transaction. */
export interface FetchedBlock extends Omit<WholeBlock, 'senders'> {
  readonly senders: readonly (Address | undefined)[];
}

/** What storing a decided block takes. */
export type StorableBlock = Pick<FetchedBlock, 'blockId' | 'header' | 'bytes' | 'senders'>;

/** Whether every transaction of a fetched block has a sender. */
export function isWhole(block: FetchedBlock): block is WholeBlock {
  return !block.senders.includes(undefined);
}

/** A block put together from an outline and the transactions that it names. */
export function assembleBlock(
  { header }: BlockOutline,
  body: {
    readonly transactions: readonly Uint8Array[];
    readonly transactionHashes: readonly Hash[];
    readonly senders: readonly Address[];
  },
): WholeBlock {
  const bytes = encodeBlock({ header, transactions: body.transactions, withdrawals: [] });
  return { blockId: hashHeader(header), header, bytes, ...body };
}

/** @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD` */
export function wholeBlock(bytes: Uint8Array, senders: readonly Address[]): WholeBlock {
  const { header, transactions } = decodeBlock(bytes);
  const transactionHashes = transactions.map(keccak256Hex);
  return { blockId: hashHeader(header), header, bytes, transactions, transactionHashes, senders };
}

/** The form in the write-ahead log: block and senders, so that a replay needs neither pool nor peers. */
export function encodeWholeBlock({ bytes, senders }: WholeBlock): Uint8Array {
  return encodeRlp([bytes, senders.map(hexToBytes)]);
}

/** @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`, `CONSENSUS_MESSAGE_MALFORMED` */
export function decodeWholeBlock(record: Uint8Array): WholeBlock {
  const fields = readFields(decodeRlp(record), 'logged block');
  const bytes = fields.bytes('block');
  const senders = fields.list('senders').map((item) => {
    if (item instanceof Uint8Array && item.length === 20) return bytesToHex(item);
    throw peerMessageMalformed('a logged sender is no address');
  });
  fields.end();
  return wholeBlock(bytes, senders);
}

/** Outlines, and whole blocks, of one height at most: proposals of rounds that failed leave theirs behind. */
const MAX_OF_HEIGHT = 32;
/** Heights of which anything is kept: the one before, for peers that are late, to four ahead, as the core keeps votes. */
const KEPT_BELOW = 1;
const KEPT_ABOVE = 4;

/** Undecided blocks and what is known of them. */
export class KnownBlocks {
  /** Apart: anybody in the set can make us keep outlines, but whole blocks are kept for the core alone. */
  readonly #outlines = new OfHeights<BlockOutline>();
  readonly #wholes = new OfHeights<WholeBlock>();

  /** Forgets what is too old for `height`. */
  enter(height: number): void {
    this.#outlines.enter(height);
    this.#wholes.enter(height);
  }

  whole(blockId: Hash): WholeBlock | undefined {
    return this.#wholes.get(blockId);
  }

  outline(blockId: Hash): BlockOutline | undefined {
    return this.#wholes.get(blockId) ?? this.#outlines.get(blockId);
  }

  header(blockId: Hash): Header | undefined {
    return this.outline(blockId)?.header;
  }

  /** The first outline of a block stands; one with hashes replaces one without. */
  putOutline(blockId: Hash, outline: BlockOutline): void {
    if (this.outline(blockId)?.transactionHashes) return;
    this.#outlines.put(outline.header.number, blockId, outline);
  }

  putWhole(block: WholeBlock): void {
    this.#wholes.put(block.header.number, block.blockId, block);
  }

  /** The outline or body turned out not to be what the header commits to. */
  forgetBody(blockId: Hash): void {
    this.#outlines.drop(blockId);
    this.#wholes.drop(blockId);
  }
}

/** Values by block id; of each height the newest ones, of heights near the current one. */
class OfHeights<T> {
  readonly #values = new Map<Hash, T>();
  readonly #byHeight = new Map<number, Set<Hash>>();
  #height = 0;

  enter(height: number): void {
    this.#height = height;
    for (const [kept, ids] of this.#byHeight) {
      if (kept >= height - KEPT_BELOW) continue;
      for (const id of ids) this.#values.delete(id);
      this.#byHeight.delete(kept);
    }
  }

  get(blockId: Hash): T | undefined {
    return this.#values.get(blockId);
  }

  put(height: number, blockId: Hash, value: T): void {
    if (height < this.#height - KEPT_BELOW || height > this.#height + KEPT_ABOVE) return;
    const ids = this.#byHeight.get(height) ?? new Set();
    this.#byHeight.set(height, ids.add(blockId));
    this.#values.set(blockId, value);
    for (const oldest of ids) {
      if (ids.size <= MAX_OF_HEIGHT) break;
      ids.delete(oldest);
      this.#values.delete(oldest);
    }
  }

  drop(blockId: Hash): void {
    this.#values.delete(blockId);
  }
}
