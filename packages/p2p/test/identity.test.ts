import { describe, expect, it } from 'vitest';
import { createIdentity, identityFromSeed, peerIdOfKey } from '../src/identity.ts';

describe('an identity', () => {
  it('follows from its seed', async () => {
    const seed = new Uint8Array(32).fill(7);
    const identity = await identityFromSeed(seed);
    expect(identity.peerId).toBe('12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7');
    expect(await identityFromSeed(seed)).toEqual(identity);
    expect((await identityFromSeed(new Uint8Array(32))).peerId).not.toBe(identity.peerId);
    await expect(identityFromSeed(new Uint8Array(31))).rejects.toMatchObject({ code: 'P2P_SEED_MALFORMED' });
  });

  it('is random otherwise, and its key tells its peer id', async () => {
    const identity = await createIdentity();
    expect(peerIdOfKey(identity.privateKey)).toBe(identity.peerId);
    expect((await createIdentity()).peerId).not.toBe(identity.peerId);
    for (const bytes of [new Uint8Array(0), new Uint8Array(40), Uint8Array.of(8, 1, 18, 2, 1, 1)]) {
      expect(() => peerIdOfKey(bytes)).toThrow(expect.objectContaining({ code: 'P2P_KEY_MALFORMED' }));
    }
  });
});
