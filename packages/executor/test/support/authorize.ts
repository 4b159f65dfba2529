import {
  type Address,
  type Authorization,
  bigIntToBytes,
  bytesToBigInt,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccak256,
  secp256k1,
} from '@heddle/primitives';
import { TEST_CHAIN_ID, type TestAccount } from '@heddle/testkit';

/** An authorization signed by `authority` to run the code of `target` (EIP-7702). */
export function authorize(
  { privateKey }: TestAccount,
  target: Address,
  nonce: bigint,
  chainId = BigInt(TEST_CHAIN_ID),
): Authorization {
  const message = encodeRlp([bigIntToBytes(chainId), hexToBytes(target), bigIntToBytes(nonce)]);
  const { rs, recovery } = secp256k1.sign(keccak256(concatBytes(Uint8Array.of(5), message)), privateKey);
  const [r, s] = [bytesToBigInt(rs.subarray(0, 32)), bytesToBigInt(rs.subarray(32))];
  return { chainId, address: target, nonce, yParity: BigInt(recovery), r, s };
}
