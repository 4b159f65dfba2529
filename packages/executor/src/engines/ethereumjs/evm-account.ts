import { bytesToHex, EMPTY_CODE_HASH, type Hash, hexToBytes } from '@heddle/primitives';
import type { AccountState } from '../../engine.ts';
import { Account, KECCAK256_NULL, KECCAK256_RLP } from './ethereumjs.ts';

/** Any root but the empty one: all that a creation asks is whether slots are there (EIP-7610). */
const SOME_STORAGE_ROOT = new Uint8Array(32).fill(0xff);

/** A copy of an account for the EVM, which changes what it is given. Whether it has slots is found out when asked. */
export class EvmAccount extends Account {
  readonly #codeHash: Hash;
  readonly #codeHashBytes: Uint8Array;
  readonly #hasStorage: () => boolean;

  constructor(account: AccountState, hasStorage: () => boolean) {
    const codeHash = account.codeHash === EMPTY_CODE_HASH ? KECCAK256_NULL : hexToBytes(account.codeHash);
    super(account.nonce, account.balance, KECCAK256_RLP, codeHash);
    this.#codeHash = account.codeHash;
    this.#codeHashBytes = codeHash;
    this.#hasStorage = hasStorage;
  }

  override get storageRoot(): Uint8Array {
    return this.#hasStorage() ? SOME_STORAGE_ROOT : KECCAK256_RLP;
  }

  override set storageRoot(_root: Uint8Array) {
    // slots are kept apart from accounts
  }

  /** The code hash as hex, without converting one that nobody changed. */
  codeHashHex(): Hash {
    return this.codeHash === this.#codeHashBytes ? this.#codeHash : bytesToHex(this.codeHash);
  }
}

/** Stands for an account that only receives its fee: nobody may read it, and it is not empty. */
export function standInAccount(): Account {
  return new Account(1n, 0n);
}
