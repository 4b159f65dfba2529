/** Memory for one key or value of `size` bytes, all zero. */
export type AllocateRecord = (size: number) => Uint8Array;

/** Memory of its own: for what is read or written now and then. */
export const allocateAlone: AllocateRecord = (size) => new Uint8Array(size);

const FIRST_PIECE_BYTES = 1 << 10;
const MAX_PIECE_BYTES = 64 << 10;

/**
 * Memory for the keys and values of one block, which come by the thousand: they lie one behind the other in few pieces. A
 * short array of its own lies in the heap, and LevelDB's binding moves it out before it takes it.
 */
export function allocateTogether(): AllocateRecord {
  let piece = new ArrayBuffer(0);
  let end = 0;
  return (size) => {
    const start = end + size <= piece.byteLength ? end : 0;
    if (start === 0) {
      const pieceBytes = Math.min(MAX_PIECE_BYTES, Math.max(FIRST_PIECE_BYTES, 2 * piece.byteLength));
      piece = new ArrayBuffer(Math.max(pieceBytes, size));
    }
    end = start + size;
    return new Uint8Array(piece, start, size);
  };
}
