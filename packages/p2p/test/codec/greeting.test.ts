import { HeddleError, keccak256Hex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import {
  decodeGreeting,
  encodeHello,
  encodeRefusal,
  greetingDigest,
  type Hello,
  PROTOCOL_VERSION,
} from '../../src/codec/greeting.ts';

const HELLO: Hello = {
  version: PROTOCOL_VERSION,
  chainTag: keccak256Hex(Uint8Array.of(1)),
  height: 77,
  validator: { address: `0x${'11'.repeat(20)}`, signature: new Uint8Array(65).fill(7) },
};

describe('a greeting', () => {
  it('decodes to what was encoded, with and without a validator', () => {
    expect(decodeGreeting(encodeHello(HELLO))).toEqual({ hello: HELLO });
    const fullNode = { ...HELLO, validator: undefined };
    expect(decodeGreeting(encodeHello(fullNode))).toEqual({ hello: fullNode });
    const refusal = { refused: 'full', chainTag: HELLO.chainTag } as const;
    expect(decodeGreeting(encodeRefusal(refusal))).toEqual(refusal);
  });

  it('of any size stays under its limit', () => {
    expect(encodeHello({ ...HELLO, height: Number.MAX_SAFE_INTEGER }).length).toBeLessThan(512);
  });

  it('has a digest of its own for each chain, signer and direction', () => {
    const other = keccak256Hex(Uint8Array.of(2));
    const digests = [
      greetingDigest(HELLO.chainTag, 'a', 'b'),
      greetingDigest(HELLO.chainTag, 'b', 'a'),
      greetingDigest(HELLO.chainTag, 'ab', ''),
      greetingDigest(other, 'a', 'b'),
    ].map((digest) => Buffer.from(digest).toString('hex'));
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('never fails otherwise than as malformed, whatever the bytes', () => {
    const random = createRandom(seedFromEnvironment('greeting garbage', 'greeting garbage'));
    for (let round = 0; round < 3_000; round++) {
      const bytes = random.chance(0.3) ? random.bytes(random.int(0, 200)) : encodeHello(HELLO).slice();
      for (let flips = random.int(0, 4); flips > 0 && bytes.length > 0; flips--) {
        bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      }
      try {
        decodeGreeting(random.chance(0.5) ? bytes : bytes.subarray(0, random.int(0, bytes.length)));
      } catch (error) {
        expect(error).toBeInstanceOf(HeddleError);
        expect(['RLP_MALFORMED', 'RLP_FIELD', 'P2P_GREETING_MALFORMED']).toContain((error as HeddleError).code);
      }
    }
  });
});
