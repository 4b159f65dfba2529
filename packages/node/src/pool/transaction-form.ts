import {
  decodeTransaction,
  type ExecutionRules,
  HeddleError,
  intrinsicGas,
  recoverSender,
  type Transaction,
} from '@heddle/primitives';
import type { PooledEntry } from './pooled-entry.ts';
import { type Rejection, rejections } from './rejection.ts';

/** The rules that decide a transaction's form: all of them fixed by genesis. */
export interface FormRules extends ExecutionRules {
  readonly blockGasLimit: bigint;
  readonly transactionBytes: number;
}

/** A transaction of good form with its sender and least gas. */
export type WellFormed = Pick<PooledEntry, 'transaction' | 'sender' | 'leastGas'>;

/** The largest nonce: an account cannot get past it (EIP-2681). */
const NONCE_MAX = 2n ** 64n - 1n;

/**
 * Judges what no head can change: encoding, type, chain, gas against the caps, signature; in geth's order.
 * Costs one recovery (45 us native, 200 us WebAssembly).
 */
export function judgeForm(raw: Uint8Array, rules: FormRules): WellFormed | Rejection {
  const transaction = decode(raw, rules);
  if ('accepted' in transaction) return transaction;
  const { gasLimit, nonce, maxFeePerGas, maxPriorityFeePerGas, chainId } = transaction;
  const initCodeLimit = rules.codeSizeLimit * 2; // EIP-3860
  if (transaction.to === undefined && transaction.data.length > initCodeLimit) {
    return rejections.initCodeTooLarge(transaction.data.length, initCodeLimit);
  }
  const cap = rules.transactionGasCap;
  if (cap !== undefined && gasLimit > cap) return rejections.gasAboveCap(cap, gasLimit);
  if (gasLimit > rules.blockGasLimit) return rejections.exceedsBlockGas();
  if (maxPriorityFeePerGas > maxFeePerGas) return rejections.tipAboveFeeCap(maxPriorityFeePerGas, maxFeePerGas);
  if (chainId !== undefined && chainId !== BigInt(rules.chainId)) return rejections.wrongChain(chainId, rules.chainId);
  if (nonce === NONCE_MAX) return rejections.nonceMax();
  const { intrinsic, floor } = intrinsicGas(transaction, rules.fork);
  if (gasLimit < intrinsic) return rejections.intrinsicGas(gasLimit, intrinsic);
  if (gasLimit < floor) return rejections.floorGas(gasLimit, floor);
  if (transaction.type === 4 && transaction.authorizationList.length === 0) return rejections.noAuthorizations();
  const leastGas = intrinsic > floor ? intrinsic : floor;
  try {
    return { transaction, sender: recoverSender(transaction), leastGas };
  } catch (error) {
    if (error instanceof HeddleError) return rejections.badSignature();
    throw error;
  }
}

function decode(raw: Uint8Array, rules: FormRules): Transaction | Rejection {
  const type = raw[0];
  if (type === undefined) return rejections.undecodable('empty transaction data');
  if (type === 3) return rejections.blobsNotSupported(); // before the size: its sidecar alone would exceed that
  if (raw.length > rules.transactionBytes) return rejections.oversized(raw.length, rules.transactionBytes);
  if (type <= 0x7f) {
    if (raw.length === 1) return rejections.undecodable('typed transaction too short');
    if (type === 0 || type > 4) return rejections.typeNotSupported();
  }
  try {
    return decodeTransaction(raw);
  } catch (error) {
    if (error instanceof HeddleError) return rejections.undecodable(error.message);
    throw error;
  }
}
