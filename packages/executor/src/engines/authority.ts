import {
  type Address,
  type Authorization,
  addressOfPublicKey,
  bigIntToBytes,
  bigIntToBytesOfSize,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccak256,
  secp256k1,
} from '@heddle/primitives';

const MAGIC = Uint8Array.of(0x05);
const MAX_NONCE = 2n ** 64n - 1n;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Recovered once for all runs of a transaction; undefined: signed by no key. */
const authorities = new WeakMap<Authorization, { readonly address: Address | undefined }>();

/** Whether an authorization may apply on this chain at all, whatever the state (EIP-7702); others are skipped. */
export function isCandidate({ chainId: signedFor, nonce }: Authorization, chainId: number): boolean {
  return (signedFor === 0n || signedFor === BigInt(chainId)) && nonce < MAX_NONCE;
}

/** The account that signed `authorization` (EIP-7702); undefined when the signature belongs to none. */
export function authorityOf(authorization: Authorization): Address | undefined {
  const known = authorities.get(authorization);
  if (known !== undefined) return known.address;
  const address = recoverAuthority(authorization);
  authorities.set(authorization, { address });
  return address;
}

function recoverAuthority({ chainId, address, nonce, yParity, r, s }: Authorization): Address | undefined {
  if (yParity > 1n || s > HALF_ORDER) return undefined;
  const message = encodeRlp([bigIntToBytes(chainId), hexToBytes(address), bigIntToBytes(nonce)]);
  const digest = keccak256(concatBytes(MAGIC, message));
  const rs = concatBytes(bigIntToBytesOfSize(r, 32), bigIntToBytesOfSize(s, 32));
  const key = secp256k1.recover(digest, { rs, recovery: yParity === 1n ? 1 : 0 });
  return key && addressOfPublicKey(key);
}
