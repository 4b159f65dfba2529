/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { keccak256 } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { beforeAll, expect, it } from 'vitest';
import { compilePart } from '../support/compile-assembly.ts';

const ENTRY = `
  export { keccak256 } from "./keccak";
  export { setWorker } from "./worker";
`;
const OPTIONS = ['--initialMemory', '1', '--memoryBase', '1024', '--enable', 'simd', '--use', 'HEDDLE_DEBUG=0'];
const END = 65_536;
/** Two blocks and more: all lengths behind the last whole word, and both sides of each block's end. */
const LONGEST = 300;

interface Hashing extends Readonly<Record<string, unknown>> {
  setWorker(index: number): void;
  keccak256(digest: number, input: number, size: number): void;
}

const seed = seedFromEnvironment('keccak');
let hashing: Hashing;
let memory: Uint8Array;

beforeAll(async () => {
  const module = await compilePart(ENTRY, '.', OPTIONS);
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  memory = new Uint8Array(shared.buffer);
  hashing = new WebAssembly.Instance<Hashing>(module, { env: { memory: shared } }).exports;
  hashing.setWorker(0);
}, 240_000);

it('hashes bytes of every length, up to the very end of memory, also to where they stood', () => {
  const random = createRandom(seed);
  for (let size = 0; size <= LONGEST; size++) {
    const input = random.bytes(size);
    const expected = Buffer.from(keccak256(input)).toString('hex');
    for (const [at, digest] of [
      [END - size, END - 1_024],
      [END - 1_024, END - 1_024],
    ] as const) {
      memory.set(input, at);
      hashing.keccak256(digest, at, size);
      expect(Buffer.from(memory.slice(digest, digest + 32)).toString('hex'), `${size} bytes, ${seed}`).toBe(expected);
    }
  }
});
