/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compilePart } from '../support/compile-assembly.ts';

const ENTRY = `
  export { placeArena } from "./layout";
  export { placeChunks } from "./chunks";
  export { growFrameMemory, pushFrame, resetFrames } from "./frame";
`;
const PAGES = 64;
const KIB = 1 << 10;
const ARENA = 0x8000;
const CHUNKS = 0x2_0000;

interface Frames {
  placeArena(arena: number): void;
  placeChunks(start: number, end: number): void;
  resetFrames(): void;
  pushFrame(parent: number, extra: number): number;
  growFrameMemory(frame: number, size: number): number;
}

let module: WebAssembly.Module;
let frames: Frames;
beforeAll(async () => {
  module = await compilePart(ENTRY, 'evm', ['--enable', 'simd']);
});
beforeEach(() => {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const host = { isAbandoned: () => 0 };
  frames = new WebAssembly.Instance<Frames & Readonly<Record<string, unknown>>>(module, { env: { memory }, host })
    .exports;
  frames.placeArena(ARENA);
  frames.placeChunks(CHUNKS, PAGES * 64 * KIB);
});

// 3.9 MiB hold chunks of 512 KiB, 1 MiB and 2 MiB, and then 384 KiB more.
describe('segments of frames', () => {
  it('double from one to the next, but only as far as there is memory', () => {
    const first = frames.pushFrame(0, 0);
    expect(frames.growFrameMemory(first, 400 * KIB)).toBe(1);
    const second = frames.pushFrame(first, 600 * KIB);
    expect(second).not.toBe(0);
    const third = frames.pushFrame(second, 1_500 * KIB);
    expect(third).not.toBe(0);
    expect(frames.growFrameMemory(third, 400 * KIB)).toBe(1);
    const fourth = frames.pushFrame(third, 200 * KIB);
    expect(fourth).not.toBe(0);
    expect(frames.pushFrame(fourth, 200 * KIB)).toBe(0);
  });

  it('serve the next run', () => {
    const reach = () => {
      const first = frames.pushFrame(0, 0);
      return frames.pushFrame(frames.pushFrame(first, 600 * KIB), 1_500 * KIB);
    };
    const before = reach();
    expect(before).not.toBe(0);
    frames.resetFrames();
    expect(reach()).toBe(before);
  });
});
