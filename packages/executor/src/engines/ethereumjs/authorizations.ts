import type { EVM } from '@ethereumjs/evm';
import {
  type Address,
  type Authorization,
  addressOfPublicKey,
  bigIntToBytes,
  bigIntToBytesOfSize,
  concatBytes,
  EMPTY_BYTES,
  encodeRlp,
  hexToBytes,
  keccak256,
  secp256k1,
  ZERO_ADDRESS,
} from '@heddle/primitives';
import { isDelegation, toDelegation } from './delegation.ts';
import { Account, Address as EvmAddress } from './ethereumjs.ts';
import type { TransactionState } from './transaction-state.ts';

const MAGIC = Uint8Array.of(0x05);
const MAX_NONCE = 2n ** 64n - 1n;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
/** PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST: given back for an authority that exists already. */
const EXISTING_AUTHORITY_REFUND = 12_500n;

/** Recovered once for all runs of a transaction; undefined: signed by no key. */
const authorities = new WeakMap<Authorization, { readonly address: Address | undefined }>();

/**
 * Sets the code of each authority of an EIP-7702 transaction, and returns the gas to refund. Replaces the stock step,
 * which recovers authorities in plain JavaScript (1 ms each, again in every run). An authority's nonce and code are
 * ordinary reads; a tuple that does not apply is skipped.
 */
export async function applyAuthorizations(
  list: readonly Authorization[],
  chainId: number,
  { evm, state }: { readonly evm: EVM; readonly state: TransactionState },
): Promise<bigint> {
  let refund = 0n;
  for (const authorization of list) {
    const { chainId: signedFor, nonce } = authorization;
    if ((signedFor !== 0n && signedFor !== BigInt(chainId)) || nonce >= MAX_NONCE) continue;
    const authority = authorityOf(authorization);
    if (authority === undefined) continue;
    evm.journal.addAlwaysWarmAddress(authority);
    const address = new EvmAddress(hexToBytes(authority));
    const existing = await state.getAccount(address);
    const code = await state.getCode(address);
    if (code.length > 0 && !isDelegation(code)) continue;
    const account = existing ?? new Account();
    if (account.nonce !== nonce) continue;
    if (existing !== undefined) refund += EXISTING_AUTHORITY_REFUND;
    account.nonce++;
    await evm.journal.putAccount(address, account);
    const isCleared = authorization.address === ZERO_ADDRESS;
    await state.putCode(address, isCleared ? EMPTY_BYTES : toDelegation(authorization.address));
  }
  return refund;
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
