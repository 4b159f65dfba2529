import './promise-with-resolvers.ts';

import type { PrivateKey } from '@libp2p/interface';
import { p2pErrors } from './errors.ts';
import {
  generateKeyPair,
  generateKeyPairFromSeed,
  peerIdFromPrivateKey,
  privateKeyFromProtobuf,
  privateKeyToProtobuf,
} from './libp2p.ts';

/** A node's libp2p key and the peer id that follows from it. Not the validator's key: a validator key signs for it. */
export interface P2pIdentity {
  /** Ed25519, libp2p's protobuf form: what belongs on disk, readable by its owner alone. */
  readonly privateKey: Uint8Array;
  readonly peerId: string;
}

/** A new random identity. */
export async function createIdentity(): Promise<P2pIdentity> {
  return identityOf(await generateKeyPair('Ed25519'));
}

/**
 * The identity that belongs to a seed: the same on every machine, for devnets with `--seed`.
 *
 * @throws HeddleError `P2P_SEED_MALFORMED` unless the seed has 32 bytes.
 */
export async function identityFromSeed(seed: Uint8Array): Promise<P2pIdentity> {
  if (seed.length !== 32) throw p2pErrors.seedMalformed(seed.length);
  return identityOf(await generateKeyPairFromSeed('Ed25519', seed));
}

/**
 * The peer id of a private key in protobuf form.
 *
 * @throws HeddleError `P2P_KEY_MALFORMED`
 */
export function peerIdOfKey(privateKey: Uint8Array): string {
  return peerIdFromPrivateKey(readPrivateKey(privateKey)).toString();
}

/**
 * The key that protobuf bytes hold.
 *
 * @throws HeddleError `P2P_KEY_MALFORMED`
 */
export function readPrivateKey(privateKey: Uint8Array): PrivateKey {
  try {
    return privateKeyFromProtobuf(privateKey);
  } catch (cause) {
    throw p2pErrors.keyMalformed(cause);
  }
}

function identityOf(key: PrivateKey): P2pIdentity {
  return { privateKey: privateKeyToProtobuf(key), peerId: peerIdFromPrivateKey(key).toString() };
}
