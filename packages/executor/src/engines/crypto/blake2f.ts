/// <reference path="../../shared-memory/web-assembly.d.ts" />
import { readFile } from 'node:fs/promises';
import { assert } from '@heddle/primitives';

/**
 * BLAKE2b's compression function with a chosen number of rounds (EIP-152); 64 bytes. `input`: what EIP-152 has behind the
 * rounds, 209 bytes. One gas buys one round, so that a call may take seconds: `poll` is called every millisecond or so and
 * may throw.
 */
export type Blake2f = (rounds: number, input: Uint8Array, poll: () => void) => Uint8Array;

const POLL_ROUNDS = 65_536;

/** What assembly/blake2f exports. */
interface Blake2fModule {
  readonly memory: WebAssembly.Memory;
  readonly AREA: WebAssembly.Global;
  readonly BLAKE2F_OUTPUT: WebAssembly.Global;
  begin(area: number): void;
  mix(area: number, first: number, count: number): void;
  finish(area: number): void;
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
  const { memory, AREA, BLAKE2F_OUTPUT, begin, mix, finish } = instance.exports;
  const [area, outputSize] = [Number(AREA.value), Number(BLAKE2F_OUTPUT.value)];
  const view = new Uint8Array(memory.buffer);
  return (rounds, input, poll) => {
    view.set(input, area);
    begin(area);
    for (let first = 0; first < rounds; first += POLL_ROUNDS) {
      poll();
      mix(area, first, Math.min(POLL_ROUNDS, rounds - first));
    }
    finish(area);
    return view.slice(area, area + outputSize);
  };
}

function isBlake2fModule(found: object): found is Blake2fModule {
  return ['memory', 'AREA', 'BLAKE2F_OUTPUT', 'begin', 'mix', 'finish'].every((name) => name in found);
}
