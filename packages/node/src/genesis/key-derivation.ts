import {
  type Address,
  addressOfPublicKey,
  assert,
  type Hash,
  keccak256,
  keccak256Hex,
  secp256k1,
} from '@heddle/primitives';

/** The keys of a devnet's validator. */
export interface ValidatorKeys {
  readonly address: Address;
  /** Signs votes and proposals; 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Where its fees go: an account of its own. */
  readonly feeAddress: Address;
  readonly feePrivateKey: Uint8Array;
  /** Seed of its Ed25519 network key; 32 bytes. */
  readonly networkSeed: Uint8Array;
}

/** The keys of validator `index` of a devnet with this seed: always the same, and of no use anywhere else. */
export function deriveValidatorKeys(seed: string, index: number): ValidatorKeys {
  const privateKey = deriveKey(seed, 'validator', index);
  const feePrivateKey = deriveKey(seed, 'fees', index);
  const networkSeed = deriveKey(seed, 'network', index);
  const [address, feeAddress] = [privateKey, feePrivateKey].map((key) => addressOfPublicKey(secp256k1.publicKey(key)));
  assert(address && feeAddress, 'each private key has an address');
  return { address, privateKey, feeAddress, feePrivateKey, networkSeed };
}

/** A hash that a seed fixes, for whatever else must differ between chains. */
export function deriveHash(seed: string, label: string): Hash {
  return keccak256Hex(keyMaterial(seed, label, 0));
}

function deriveKey(seed: string, label: string, index: number): Uint8Array {
  const key = keccak256(keyMaterial(seed, label, index));
  assert(secp256k1.isPrivateKey(key), 'a hash is a private key (all but one in 2^128 are)');
  return key;
}

/** Neither label nor index holds a line break, so no two (seed, label, index) are one text. */
function keyMaterial(seed: string, label: string, index: number): Uint8Array {
  return Buffer.from(`heddle devnet key\n${seed}\n${label}\n${index}`, 'utf8');
}
