import {
  type Address,
  concatBytes,
  decodeTransaction,
  type Hash,
  type HeddleError,
  keccak256,
  recoverSender,
  signDigest,
  signTransaction,
  type Transaction,
} from '@heddle/primitives';
import type { TestAccount } from '@heddle/testkit';
import type { PoolPort, SubmitOutcome } from '../src/ports.ts';
import type { TinyChain } from './tiny-chain.ts';

/** A pool that admits what fits its sender's nonce, in order. */
export interface TinyPool extends PoolPort {
  /** All of the pool's transactions become a block. */
  mine(): void;
  /** Sizes of the batches that came by `submit`. */
  readonly batchSizes: readonly number[];
}

/** The pool of `chain`; it signs for `held`. */
export function createTinyPool(chain: TinyChain, held: readonly TestAccount[]): TinyPool {
  const pooled = new Map<Hash, { transaction: Transaction; sender: Address }>();
  const batchSizes: number[] = [];
  const keyOf = (address: Address) => held.find((account) => account.address === address)?.privateKey;

  const minedNonce = (address: Address): bigint => {
    const view = chain.view();
    const nonce = view.account(address, view.headNumber)?.nonce ?? 0n;
    view.close();
    return nonce;
  };
  const nextNonce = (address: Address): bigint => {
    let nonce = minedNonce(address);
    for (const { sender } of pooled.values()) if (sender === address) nonce++;
    return nonce;
  };
  const admit = (raw: Uint8Array): SubmitOutcome => {
    let transaction: Transaction;
    try {
      transaction = decodeTransaction(raw);
    } catch (error) {
      return { accepted: false, code: -32602, message: (error as HeddleError).message };
    }
    const sender = recoverSender(transaction);
    const next = nextNonce(sender);
    if (pooled.has(transaction.hash)) return { accepted: false, code: -32000, message: 'already known' };
    if (transaction.nonce < next) {
      const message = `nonce too low: next nonce ${next}, tx nonce ${transaction.nonce}`;
      return { accepted: false, code: -32000, message };
    }
    pooled.set(transaction.hash, { transaction, sender });
    return { accepted: true, hash: transaction.hash };
  };

  return {
    batchSizes,
    mine() {
      const transactions = [...pooled.values()].map(({ transaction }) => transaction);
      pooled.clear();
      chain.add({ transactions });
    },
    async submit(raws) {
      batchSizes.push(raws.length);
      return raws.map(admit);
    },
    async submitUnsigned(from, transaction) {
      const key = keyOf(from);
      if (key === undefined) return { accepted: false, code: -32000, message: 'unknown account' };
      return admit(signTransaction({ ...transaction, nonce: transaction.nonce ?? nextNonce(from) }, key).raw);
    },
    transaction: async (hash) => pooled.get(hash),
    async pendingNonce(address) {
      const isThere = [...pooled.values()].some(({ sender }) => sender === address);
      return isThere ? nextNonce(address) : undefined;
    },
    status: async () => ({ pending: pooled.size, queued: 0 }),
    accounts: () => held.map(({ address }) => address),
    async signMessage(address, message) {
      const key = keyOf(address);
      const prefix = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`, 'utf8');
      return key && signDigest(keccak256(concatBytes(prefix, message)), key);
    },
  };
}
