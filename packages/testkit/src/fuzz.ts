import { bytesToHex, HeddleError } from '@heddle/primitives';
import type { Random } from './random.ts';

/** A decoder of bytes that come from outside, with what a fuzz needs to know of it. */
export interface DecoderUnderFuzz<T> {
  readonly name: string;
  /** Encodings that it must take; they are changed at random. */
  readonly samples: readonly Uint8Array[];
  readonly decode: (bytes: Uint8Array) => T;
  /** The bytes that encode a value; undefined when it has more than one encoding by design. */
  readonly encode: (value: T) => Uint8Array | undefined;
}

/** How a fuzz went. */
export interface FuzzOutcome {
  readonly taken: number;
  readonly refused: number;
  /** The most processor time that one case took. */
  readonly slowestMs: number;
}

/** A single case may take so much processor time, with a collection of garbage in between. */
const SLOW_MS = 2_000;

/**
 * Gives `decoder` its samples, samples that were changed, random bytes and bytes made to be hard: each time it must
 * either refuse with a HeddleError or take exactly what it would encode again, and soon.
 *
 * @throws HeddleError `FUZZ_FOUND` with the bytes of the first case that it does not hold for
 */
export function fuzzDecoder<T>(decoder: DecoderUnderFuzz<T>, random: Random, caseCount: number): FuzzOutcome {
  let taken = 0;
  let refused = 0;
  let slowestMs = 0;
  const judge = (bytes: Uint8Array, mustBeTaken: boolean): void => {
    const before = process.cpuUsage();
    const isTaken = isGood(decoder, bytes);
    const { user, system } = process.cpuUsage(before);
    slowestMs = Math.max(slowestMs, (user + system) / 1_000);
    if (slowestMs > SLOW_MS) throw found(decoder.name, bytes, `it took ${Math.round(slowestMs)} ms`);
    if (mustBeTaken && !isTaken) throw found(decoder.name, bytes, 'a good sample was refused');
    if (isTaken) taken++;
    else refused++;
  };
  for (const sample of decoder.samples) judge(sample, true);
  for (const bytes of hardBytes()) judge(bytes, false);
  for (let index = 0; index < caseCount; index++) judge(mutatedBytes(random, decoder.samples), false);
  return { taken, refused, slowestMs };
}

/** One of `samples` changed in one to four ways, now and then random bytes. */
export function mutatedBytes(random: Random, samples: readonly Uint8Array[]): Uint8Array {
  if (random.chance(0.05)) return random.bytes(random.int(0, 300));
  let bytes: Uint8Array = Uint8Array.from(random.pick(samples));
  for (let left = random.int(1, 4); left > 0; left--) {
    bytes = random.pick(MUTATIONS)(bytes, random, random.pick(samples));
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Where lengths, counts and kinds usually stand. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xfb, 0xff] as const;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => withByte(bytes, random.int(0, bytes.length), random.int(0, 255)),
  (bytes, random) => withByte(bytes, random.int(0, bytes.length), random.pick(EDGES)),
  (bytes, random) => withByte(bytes, random.int(0, Math.min(8, bytes.length)), random.pick(EDGES)),
  (bytes, random) => {
    const at = random.int(0, Math.max(0, bytes.length - 1));
    return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.int(0, 7)));
  },
  (bytes, random) => bytes.slice(0, random.int(0, bytes.length)),
  (bytes, random) => joined(bytes, random.bytes(random.int(1, 40))),
  (bytes, random) => {
    const from = random.int(0, bytes.length);
    return joined(bytes.slice(0, from), bytes.slice(Math.min(bytes.length, from + random.int(1, 40))));
  },
  (bytes, random) => {
    const at = random.int(0, bytes.length);
    const from = random.int(0, bytes.length);
    return joined(bytes.slice(0, at), bytes.slice(from, from + random.int(1, 80)), bytes.slice(at));
  },
  (bytes, random, other) =>
    joined(bytes.slice(0, random.int(0, bytes.length)), other.slice(random.int(0, other.length))),
];

/** Nothing, lists in lists as deep as they go, as many empty items as fit, lengths that promise more than there is. */
function hardBytes(): Uint8Array[] {
  const size = 256 * 1_024;
  const flat = (item: number): Uint8Array => {
    const bytes = new Uint8Array(size).fill(item);
    bytes.set([0xfa, ((size - 4) >> 16) & 255, ((size - 4) >> 8) & 255, (size - 4) & 255]);
    return bytes;
  };
  const promises = [0xb8, 0xbf, 0xf8, 0xff].map((tag) =>
    Uint8Array.of(tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  );
  return [new Uint8Array(0), nestedLists(size), flat(0xc0), flat(0x80), flat(0x01), ...promises];
}

/** RLP of lists in lists, `size` bytes in all. */
export function nestedLists(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  while (offset < size) {
    const left = size - offset;
    const lengthBytes = left <= 56 ? 0 : left <= 257 ? 1 : left <= 65_538 ? 2 : 3;
    const inner = left - 1 - lengthBytes;
    bytes[offset++] = lengthBytes === 0 ? 0xc0 + inner : 0xf7 + lengthBytes;
    for (let shift = lengthBytes - 1; shift >= 0; shift--) bytes[offset++] = (inner >> (8 * shift)) & 255;
  }
  return bytes;
}

/** Whether the decoder takes `bytes`. @throws HeddleError `FUZZ_FOUND` */
function isGood<T>({ name, decode, encode }: DecoderUnderFuzz<T>, bytes: Uint8Array): boolean {
  let value: T;
  try {
    value = decode(bytes);
  } catch (error) {
    if (isHeddleError(error)) return false;
    throw found(name, bytes, `it threw ${String(error)}`, error);
  }
  const again = encode(value);
  if (again !== undefined && Buffer.compare(again, bytes) !== 0) {
    throw found(name, bytes, `it was taken, but its value encodes to ${bytesToHex(again)}`);
  }
  return true;
}

/** By its name: the class under test may be of the sources, and ours of the compiled room. */
function isHeddleError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HeddleError' && 'code' in error;
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  if (at < changed.length) changed[at] = value;
  return changed;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function found(name: string, bytes: Uint8Array, what: string, cause?: unknown): HeddleError {
  const shown = bytes.length > 2_000 ? `${bytes.length} bytes` : bytesToHex(bytes);
  return new HeddleError('FUZZ_FOUND', `${name}: ${what}; input ${shown}`, { cause });
}
