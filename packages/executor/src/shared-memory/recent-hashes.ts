import { bytesToHex, type Hash, hexToBytes } from '@heddle/primitives';
import type { BlockEnvironment } from '../engine.ts';

/** How far back BLOCKHASH sees. */
const DEPTH = 256;

/** Hashes of the blocks before the one that runs, in the form that all threads share: the parent's first. */
export interface RecentHashes {
  readonly parentNumber: number;
  /** 32 bytes a block, at most {@link DEPTH} of them. */
  readonly bytes: Uint8Array;
}

/** The hash of block `number`, undefined when it is not one of the recent ones. */
export function recentHash({ parentNumber, bytes }: RecentHashes, number: number): Hash | undefined {
  const offset = (parentNumber - number) * 32;
  return offset < 0 || offset >= bytes.length ? undefined : bytesToHex(bytes.slice(offset, offset + 32));
}

/**
 * Collects the hashes for block after block, so that each costs one look-up. `readBlockHash` answers for blocks that
 * are decided.
 */
export function createRecentHashes(
  readBlockHash: (number: number) => Hash | undefined,
): (environment: BlockEnvironment) => RecentHashes {
  let last: RecentHashes | undefined;
  return ({ number, parentHash }) => {
    const parentNumber = number - 1;
    const isNext = last !== undefined && last.parentNumber === parentNumber - 1;
    const isSame = last !== undefined && recentHash(last, parentNumber) === parentHash;
    if (last !== undefined && isSame && last.parentNumber === parentNumber) return last;
    const grandparent = readBlockHash(parentNumber - 1);
    const isLinked = isNext && last !== undefined && grandparent === recentHash(last, parentNumber - 1);
    const older = isLinked && last !== undefined ? last.bytes : collect(readBlockHash, parentNumber - 1);
    const count = Math.min(DEPTH, older.length / 32 + 1);
    const bytes = new Uint8Array(count * 32);
    bytes.set(hexToBytes(parentHash));
    bytes.set(older.subarray(0, (count - 1) * 32), 32);
    last = { parentNumber, bytes };
    return last;
  };
}

function collect(readBlockHash: (number: number) => Hash | undefined, from: number): Uint8Array {
  const hashes: Uint8Array[] = [];
  for (let number = from; number >= 0 && hashes.length < DEPTH - 1; number--) {
    const hash = readBlockHash(number);
    if (hash === undefined) break;
    hashes.push(hexToBytes(hash));
  }
  return new Uint8Array(Buffer.concat(hashes));
}
