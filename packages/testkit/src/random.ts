import { keccak256 } from '@heddle/primitives';

/** Seeded random numbers: the same seed gives the same sequence on every machine. Not for keys of real chains. */
export interface Random {
  readonly seed: string;
  /** An integer, `low` <= n <= `high` (both safe integers). */
  int(low: number, high: number): number;
  /** A bigint, `low` <= n <= `high`. */
  bigint(low: bigint, high: bigint): bigint;
  /** True with `probability` (0 to 1). */
  chance(probability: number): boolean;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  bytes(size: number): Uint8Array;
  /** The items in a random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /** A generator of its own, which other draws from this one do not disturb. */
  fork(label: string): Random;
}

/** A generator over `seed` (any text or number): sfc32, its state taken from keccak256(seed). */
export function createRandom(seed: string | number): Random {
  const next = sfc32(keccak256(Buffer.from(String(seed), 'utf8')));
  const unit = (): number => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 0x20_0000_0000_0000; // 53 bits
  const int = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  const bytes = (size: number): Uint8Array => {
    const drawn = new Uint8Array(size);
    for (let index = 0; index < size; index++) drawn[index] = next() & 0xff;
    return drawn;
  };
  return {
    seed: String(seed),
    int,
    bytes,
    bigint(low, high) {
      const span = high - low + 1n;
      const drawn = bytes(Math.ceil(span.toString(16).length / 2) + 8); // 8 bytes more than needed: no visible bias
      return low + (BigInt(`0x${Buffer.from(drawn).toString('hex')}`) % span);
    },
    chance: (probability) => unit() < probability,
    pick: <T>(items: readonly T[]): T => items[int(0, items.length - 1)] as T,
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items];
      for (let index = shuffled.length - 1; index > 0; index--) {
        const other = int(0, index);
        [shuffled[index], shuffled[other]] = [shuffled[other] as T, shuffled[index] as T];
      }
      return shuffled;
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}

/**
 * The seed of a property test: HEDDLE_SEED when set, else `fallback` (a fixed one, so that a run can be repeated).
 * Prints it, so that every failing run says how to repeat it.
 */
export function seedFromEnvironment(name: string, fallback: string | number = 1): string {
  const seed = process.env.HEDDLE_SEED ?? String(fallback);
  console.log(`${name}: HEDDLE_SEED=${seed}`);
  return seed;
}

function sfc32(state: Uint8Array): () => number {
  const words = new DataView(state.buffer, state.byteOffset, 16);
  let a = words.getUint32(0);
  let b = words.getUint32(4);
  let c = words.getUint32(8);
  let counter = words.getUint32(12);
  return () => {
    const drawn = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + drawn) | 0;
    return drawn >>> 0;
  };
}
