import { keccak256Hex } from '@heddle/primitives';
import { createRandom, type DecoderUnderFuzz, fuzzDecoder, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { createFrameDecoder, encodeFrame } from '../../src/codec/frame.ts';
import { decodeGreeting, encodeHello, encodeRefusal, type Hello, PROTOCOL_VERSION } from '../../src/codec/greeting.ts';
import { decodeBatch, encodeBatch } from '../../src/codec/transaction-batch.ts';
import { NETWORK_LIMITS } from '../../src/limits.ts';

const CASES = 4_000;
const HELLO: Hello = {
  version: PROTOCOL_VERSION,
  chainTag: keccak256Hex(Uint8Array.of(1)),
  height: 77,
  validator: { address: `0x${'11'.repeat(20)}`, signature: new Uint8Array(65).fill(7) },
};
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const BATCH = [Uint8Array.of(1), new Uint8Array(300).fill(2), Uint8Array.of(3, 3)];
const LIMIT = 1_000;

function decoder<T>(one: DecoderUnderFuzz<T>): readonly [string, DecoderUnderFuzz<unknown>] {
  return [one.name, one as DecoderUnderFuzz<unknown>];
}

it.each([
  decoder({
    name: 'greeting',
    samples: [
      encodeHello(HELLO),
      encodeHello({ ...HELLO, validator: undefined }),
      encodeRefusal({ refused: 'full', chainTag: HELLO.chainTag }),
    ],
    decode: decodeGreeting,
    encode(answer) {
      if (!answer.hello) return encodeRefusal(answer);
      // A later version may add what this one leaves out.
      return answer.hello.version === PROTOCOL_VERSION ? encodeHello(answer.hello) : undefined;
    },
  }),
  decoder({
    name: 'transaction batch',
    samples: [encodeBatch(BATCH, NONCE), encodeBatch(BATCH.slice(0, 1), NONCE)],
    decode: (bytes) => ({ nonce: bytes.slice(1, 9), batch: decodeBatch(bytes, NETWORK_LIMITS) }),
    encode: ({ nonce, batch }) => encodeBatch(batch, nonce),
  }),
  decoder({
    name: 'frames',
    samples: [new Uint8Array(Buffer.concat([encodeFrame(), ...BATCH.map((one) => encodeFrame(one))]))],
    decode: (bytes) => ({ bytes, frames: createFrameDecoder(LIMIT).push(bytes) }),
    encode({ bytes, frames }) {
      const whole = Buffer.concat(frames.map((frame) => encodeFrame(frame)));
      return new Uint8Array(Buffer.concat([whole, bytes.subarray(whole.length)])); // the last one is under way
    },
  }),
])('any bytes of a %s are refused with an error of ours, or are the encoding of what they say', (name, one) => {
  const random = createRandom(`${seedFromEnvironment(`fuzz of the ${name}`)} ${name}`);
  const { taken, refused } = fuzzDecoder(one, random, CASES);
  expect(taken).toBeGreaterThanOrEqual(one.samples.length);
  expect(refused).toBeGreaterThan(CASES / 10);
});
