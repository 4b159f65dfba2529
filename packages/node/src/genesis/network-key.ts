import { createPrivateKey, createPublicKey } from 'node:crypto';
import { concatBytes, hexToBytes } from '@heddle/primitives';
import { networkKeyInvalid } from './genesis-errors.ts';

/** A node's identity on the network. */
export interface NetworkKey {
  /** The libp2p private key in protobuf form: type Ed25519, then seed and public key. */
  readonly privateKey: Uint8Array;
  /** The peer id that follows from it, base58 (`12D3KooW…`). */
  readonly peerId: string;
}

// libp2p's peer-ids specification: protobuf { 1: type (Ed25519 = 1), 2: data }; an Ed25519 peer id is the identity
// multihash of the public key's protobuf.
const PRIVATE_KEY_HEADER = Uint8Array.of(0x08, 0x01, 0x12, 0x40);
const PUBLIC_KEY_HEADER = Uint8Array.of(0x08, 0x01, 0x12, 0x20);
const IDENTITY_MULTIHASH_HEADER = Uint8Array.of(0x00, 0x24);
/** DER of a PKCS #8 Ed25519 key up to its 32-byte seed. */
const PKCS8_HEADER = hexToBytes('0x302e020100300506032b657004220420');
const BASE58_DIGITS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The network key of a 32-byte Ed25519 seed. Made here, since loading libp2p for it would cost a second. */
export function networkKeyOfSeed(seed: Uint8Array): NetworkKey {
  const key = Buffer.from(concatBytes(PKCS8_HEADER, seed));
  const spki = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });
  const publicKey = spki.subarray(-32);
  return {
    privateKey: concatBytes(PRIVATE_KEY_HEADER, seed, publicKey),
    peerId: encodeBase58(concatBytes(IDENTITY_MULTIHASH_HEADER, PUBLIC_KEY_HEADER, publicKey)),
  };
}

/**
 * The network key in the text of a key file: 136 hex digits.
 *
 * @throws HeddleError `NETWORK_KEY_INVALID`
 */
export function parseNetworkKey(text: string, file: string): NetworkKey {
  const digits = text.trim();
  if (!/^08011240[0-9a-f]{128}$/.test(digits)) throw networkKeyInvalid(file);
  const bytes = hexToBytes(`0x${digits}`);
  const key = networkKeyOfSeed(bytes.subarray(PRIVATE_KEY_HEADER.length, PRIVATE_KEY_HEADER.length + 32));
  if (Buffer.compare(key.privateKey, bytes) !== 0) throw networkKeyInvalid(file);
  return key;
}

function encodeBase58(bytes: Uint8Array): string {
  let digits = '';
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`); rest > 0n; rest /= 58n) {
    digits = BASE58_DIGITS.charAt(Number(rest % 58n)) + digits;
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return BASE58_DIGITS.charAt(0).repeat(zeros < 0 ? bytes.length : zeros) + digits;
}
