import type { Address, Transaction } from '@heddle/primitives';
import { authorityOf } from '../engines/authority.ts';

/** The nonce that each authority of an EIP-7702 transaction has if its tuple applies. For a planted fault alone. */
export function authorityNonces(transaction: Transaction): ReadonlyMap<Address, bigint> {
  const nonces = new Map<Address, bigint>();
  for (const authorization of transaction.authorizationList) {
    const authority = authorityOf(authorization);
    if (authority !== undefined && !nonces.has(authority)) nonces.set(authority, authorization.nonce);
  }
  return nonces;
}
