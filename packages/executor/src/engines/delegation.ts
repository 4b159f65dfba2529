import { type Address, concatBytes, hexToBytes } from '@heddle/primitives';

const PREFIX = Uint8Array.of(0xef, 0x01, 0x00);
const DELEGATION_SIZE = 23;

/** Whether `code` is an EIP-7702 delegation: such an account still sends transactions. */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === DELEGATION_SIZE && code[0] === PREFIX[0] && code[1] === PREFIX[1] && code[2] === PREFIX[2];
}

/** The code of an account that delegates to `target`. */
export function toDelegation(target: Address): Uint8Array {
  return concatBytes(PREFIX, hexToBytes(target));
}
