/// <reference path="../../shared-memory/web-assembly.d.ts" />
import { readFile } from 'node:fs/promises';
import { assert } from '@heddle/primitives';

/** The input of EIP-152. */
export interface Blake2fInput {
  readonly rounds: number;
  /** 64 bytes. */
  readonly state: Uint8Array;
  /** 128 bytes. */
  readonly block: Uint8Array;
  /** 16 bytes. */
  readonly counter: Uint8Array;
  readonly isFinal: boolean;
}

/**
 * BLAKE2b's compression function with a chosen number of rounds (EIP-152); 64 bytes. One gas buys one round, so that
 * a call may take seconds: `poll` is called every millisecond or so and may throw.
 */
export type Blake2f = (input: Blake2fInput, poll: () => void) => Uint8Array;

// Where assembly/blake2f lays its memory out.
const STATE = 0;
const BLOCK = 64;
const COUNTER = 192;
const IS_FINAL = 208;
const SCHEDULE = 384;

/** BLAKE2's message schedule (RFC 7693, 2.7): in which order each round takes the block's words. */
const MESSAGE_SCHEDULE = Uint8Array.of(
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  ...[11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  ...[9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  ...[12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  ...[6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
);

const POLL_ROUNDS = 65_536;

interface Blake2fModule {
  readonly memory: WebAssembly.Memory;
  begin(): void;
  mix(first: number, count: number): void;
  finish(): void;
}

let loaded: Promise<Blake2f> | undefined;

/** Loads the WebAssembly module (25 times plain JavaScript), once a thread. */
export function loadBlake2f(): Promise<Blake2f> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Blake2f> {
  const bytes = await readFile(new URL('../../../build/blake2f.wasm', import.meta.url));
  const instance: { readonly exports: object } = new WebAssembly.Instance(await WebAssembly.compile(bytes), {});
  assert(isBlake2fModule(instance.exports), 'blake2f.wasm exports what assembly/blake2f does');
  const { memory, begin, mix, finish } = instance.exports;
  const view = new Uint8Array(memory.buffer);
  view.set(MESSAGE_SCHEDULE, SCHEDULE);
  return ({ rounds, state, block, counter, isFinal }, poll) => {
    view.set(state, STATE);
    view.set(block, BLOCK);
    view.set(counter, COUNTER);
    view[IS_FINAL] = isFinal ? 1 : 0;
    begin();
    for (let first = 0; first < rounds; first += POLL_ROUNDS) {
      poll();
      mix(first, Math.min(POLL_ROUNDS, rounds - first));
    }
    finish();
    return view.slice(STATE, STATE + 64);
  };
}

function isBlake2fModule(found: object): found is Blake2fModule {
  return ['memory', 'begin', 'mix', 'finish'].every((name) => name in found);
}
