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

/** Outlines and blocks of one height at most: proposals of rounds that failed leave theirs behind. */
const MAX_BLOCKS_OF_HEIGHT = 32;
/** Heights of which anything is kept: the one before, for peers that are late, to four ahead, as the core keeps votes. */
const KEPT_BELOW = 1;
const KEPT_ABOVE = 4;

/** Undecided blocks and what is known of them, by height. */
export class KnownBlocks {
  readonly #outlines = new Map<Hash, BlockOutline>();
  readonly #wholes = new Map<Hash, WholeBlock>();
  readonly #byHeight = new Map<number, Set<Hash>>();
  #height = 0;

  /** Forgets what is too old for `height`. */
  enter(height: number): void {
    this.#height = height;
    for (const [kept, ids] of this.#byHeight) {
      if (kept >= height - KEPT_BELOW) continue;
      for (const id of ids) this.#drop(id);
      this.#byHeight.delete(kept);
    }
  }

  whole(blockId: Hash): WholeBlock | undefined {
    return this.#wholes.get(blockId);
  }

  outline(blockId: Hash): BlockOutline | undefined {
    const whole = this.#wholes.get(blockId);
    return whole ?? this.#outlines.get(blockId);
  }

  header(blockId: Hash): Header | undefined {
    return this.outline(blockId)?.header;
  }

  /** The first outline of a block stands; one with hashes replaces one without. */
  putOutline(blockId: Hash, outline: BlockOutline): void {
    if (this.#outlines.get(blockId)?.transactionHashes || this.#wholes.has(blockId)) return;
    if (this.#remember(outline.header.number, blockId)) this.#outlines.set(blockId, outline);
  }

  putWhole(block: WholeBlock): void {
    if (!this.#remember(block.header.number, block.blockId)) return;
    this.#wholes.set(block.blockId, block);
    this.#outlines.delete(block.blockId);
  }

  /** The outline or body turned out not to be what the header commits to. */
  forgetBody(blockId: Hash): void {
    this.#drop(blockId);
  }

  #remember(height: number, blockId: Hash): boolean {
    if (height < this.#height - KEPT_BELOW || height > this.#height + KEPT_ABOVE) return false;
    const ids = this.#byHeight.get(height) ?? new Set();
    this.#byHeight.set(height, ids.add(blockId));
    for (const oldest of ids) {
      if (ids.size <= MAX_BLOCKS_OF_HEIGHT) break;
      ids.delete(oldest);
      this.#drop(oldest);
    }
    return true;
  }

  #drop(blockId: Hash): void {
    this.#outlines.delete(blockId);
    this.#wholes.delete(blockId);
  }
}
