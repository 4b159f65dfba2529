import { bigIntToBytesOfSize, type Fork } from '@heddle/primitives';

/** A contract that is part of the rules. */
export interface Precompile {
  readonly address: number;
  readonly since: Fork;
  /** What a call with this input costs, whether it succeeds or not. */
  gas(input: Uint8Array): bigint;
  /**
   * The output; undefined: the input is refused, which costs all gas and fails the call. `input` may be memory that changes
   * afterwards, so the output has bytes of its own.
   */
  run(input: Uint8Array): Uint8Array | undefined;
}

/** Asks whether the run is still wanted, within long computations; throws when it is not. */
export type Poll = () => void;

/** `data`, filled up with zeros at its end: what lies behind an input reads as zero. */
export function rightPadded(data: Uint8Array, size: number): Uint8Array {
  if (data.length >= size) return data;
  const padded = new Uint8Array(size);
  padded.set(data);
  return padded;
}

/** 1 in 32 bytes. */
export const TRUE = bigIntToBytesOfSize(1n, 32);
const FALSE = new Uint8Array(32);

/** A yes or no in 32 bytes; a refusal stays one. */
export function toWord(answer: boolean | undefined): Uint8Array | undefined {
  if (answer === undefined) return undefined;
  return answer ? TRUE : FALSE;
}
