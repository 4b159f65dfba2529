import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createFrameDecoder, encodeFrame } from '../../src/codec/frame.ts';

describe('frames', () => {
  it('come out whole and in order however the bytes are cut', () => {
    const random = createRandom(seedFromEnvironment('frames', 'frames'));
    for (let round = 0; round < 100; round++) {
      const payloads = Array.from({ length: random.int(1, 20) }, () => random.bytes(random.int(0, 300)));
      const bytes = Buffer.concat(payloads.map((payload) => encodeFrame(payload)));
      const decoder = createFrameDecoder(300);
      const decoded: Uint8Array[] = [];
      for (let offset = 0; offset < bytes.length; ) {
        const size = random.int(1, 70);
        decoded.push(...decoder.push(bytes.subarray(offset, offset + size)));
        offset += size;
      }
      expect(decoded.map((frame) => Buffer.from(frame))).toEqual(payloads.map((payload) => Buffer.from(payload)));
    }
  });

  it('are refused above the limit before memory is taken for them', () => {
    expect(() => createFrameDecoder(10).push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(
      expect.objectContaining({ code: 'P2P_FRAME_OVERSIZED' }),
    );
    expect(createFrameDecoder(10).push(encodeFrame(new Uint8Array(10)))).toHaveLength(1);
    expect(() => createFrameDecoder(9).push(encodeFrame(new Uint8Array(10)))).toThrow('exceeds 9');
  });

  it('share no memory with the bytes they came in', () => {
    const bytes = encodeFrame(Uint8Array.of(1, 2, 3));
    const [frame] = createFrameDecoder(10).push(bytes);
    bytes.fill(0);
    expect(frame).toEqual(Uint8Array.of(1, 2, 3));
  });
});
