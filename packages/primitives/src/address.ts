import { type Address, bigIntToBytes, bytesToHex, hexToBytes } from './bytes.ts';
import { HeddleError } from './errors.ts';
import { keccak256 } from './keccak.ts';
import { encodeRlp } from './rlp.ts';

/** The address of a secp256k1 public key given as 64 bytes (without the 0x04 prefix). */
export function addressOfPublicKey(publicKey: Uint8Array): Address {
  return bytesToHex(keccak256(publicKey).subarray(12));
}

/** The address that a CREATE by `sender` at `nonce` makes: keccak256(rlp([sender, nonce]))[12:]. */
export function createAddress(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(encodeRlp([hexToBytes(sender), bigIntToBytes(nonce)])).subarray(12));
}

/**
 * A user's spelling of an address, lower-cased. Any casing is accepted, as geth does.
 *
 * @throws HeddleError `ADDRESS_MALFORMED`
 */
export function parseAddress(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new HeddleError('ADDRESS_MALFORMED', `not an address: ${JSON.stringify(text.slice(0, 60))}`, {
      remedy: 'give 0x and 40 hexadecimal digits',
    });
  }
  return text.toLowerCase() as Address;
}

/** The EIP-55 checksum spelling, for people. */
export function checksumAddress(address: Address): string {
  const digits = address.slice(2);
  const hash = bytesToHex(keccak256(Buffer.from(digits, 'ascii'))).slice(2);
  let spelled = '0x';
  for (let index = 0; index < digits.length; index++) {
    const digit = digits[index] as string;
    spelled += Number.parseInt(hash[index] as string, 16) >= 8 ? digit.toUpperCase() : digit;
  }
  return spelled;
}
