import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { deriveValidatorKeys } from '../../src/genesis/key-derivation.ts';
import { networkKeyOfSeed, parseNetworkKey } from '../../src/genesis/network-key.ts';

describe('the keys of a devnet', () => {
  it('are fixed by the seed and the index, and differ in everything else', () => {
    const keys = deriveValidatorKeys('seed', 1);
    expect(deriveValidatorKeys('seed', 1)).toEqual(keys);
    const others = [deriveValidatorKeys('seed', 2), deriveValidatorKeys('seed2', 1), deriveValidatorKeys('seed\n1', 1)];
    const all = [keys, ...others].flatMap(({ privateKey, feePrivateKey, networkSeed }) => [
      privateKey,
      feePrivateKey,
      networkSeed,
    ]);
    expect(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size).toBe(12);
  });
});

describe('a network key', () => {
  it('is what libp2p makes of the same seed', async () => {
    // The room that depends on libp2p is p2p; only this test needs its word here.
    const require = createRequire(join(import.meta.dirname, '../../../p2p/package.json'));
    const load = (name: string) => import(pathToFileURL(require.resolve(name)).href);
    const { generateKeyPairFromSeed, privateKeyToProtobuf } = await load('@libp2p/crypto/keys');
    const { peerIdFromPrivateKey } = await load('@libp2p/peer-id');
    for (const index of [0, 1, 2]) {
      const seed = deriveValidatorKeys('seed', index).networkSeed;
      const expected = await generateKeyPairFromSeed('Ed25519', seed);
      const key = networkKeyOfSeed(seed);
      expect(Buffer.from(key.privateKey)).toEqual(Buffer.from(privateKeyToProtobuf(expected)));
      expect(key.peerId).toBe(peerIdFromPrivateKey(expected).toString());
    }
  });

  it('is read back from its file, and nothing else is', () => {
    const key = networkKeyOfSeed(new Uint8Array(32).fill(7));
    const text = Buffer.from(key.privateKey).toString('hex');
    expect(parseNetworkKey(`${text}\n`, 'k')).toEqual(key);
    expect(() => parseNetworkKey(text.slice(2), 'k')).toThrow('k: no Ed25519 key');
    expect(() => parseNetworkKey(`${text.slice(0, -2)}00`, 'k')).toThrow('k: no Ed25519 key');
  });
});
