import { type Address, addressOfPublicKey, keccak256, secp256k1 } from '@heddle/primitives';

/** A key pair for tests. */
export interface TestAccount {
  readonly address: Address;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

/** The account number `index` of the family `label`: always the same one. */
export function testAccount(index: number, label = 'account'): TestAccount {
  return accountOfKey(keccak256(Buffer.from(`heddle test ${label} ${index}`, 'utf8')));
}

/** The first `count` accounts of the family `label`. */
export function testAccounts(count: number, label = 'account'): TestAccount[] {
  return Array.from({ length: count }, (_, index) => testAccount(index, label));
}

/** The account of a 32-byte private key. */
export function accountOfKey(privateKey: Uint8Array): TestAccount {
  return { privateKey, address: addressOfPublicKey(secp256k1.publicKey(privateKey)) };
}
