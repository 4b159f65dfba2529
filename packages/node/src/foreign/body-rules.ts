import { orderedTrieRoot, type SenderTransaction } from '@heddle/executor';
import {
  type Block,
  blobRulesOf,
  decodeTransaction,
  type ExecutionRules,
  encodeWithdrawal,
  GAS_PER_BLOB,
  HeddleError,
  hashOmmers,
  isActive,
  recoverFrontierSender,
  recoverSender,
  type Transaction,
} from '@heddle/primitives';
import { MAX_BLOCK_SIZE_BYTES } from '../execution/child-header.ts';
import { type Refusal, refused } from './refusal.ts';

/** A body's transactions, or why the block is refused. */
export type BodyVerdict = JudgedBody | { readonly refusal: Refusal };

/** A body whose transactions can be run. */
export interface JudgedBody {
  readonly transactions: readonly SenderTransaction[];
  /** Why they are not those of the header. Said after what is wrong with one of them, as official tests have it. */
  readonly foreign: string | undefined;
}

/** Whether the body of `block` is the one that its header names, and its transactions are well-formed and signed. */
export function judgeBody(block: Block, sizeBytes: number, rules: ExecutionRules): BodyVerdict {
  const { header, withdrawals, ommers = [] } = block;
  if (isActive(rules.fork, 'osaka') && sizeBytes > MAX_BLOCK_SIZE_BYTES) {
    return fault(`size: ${sizeBytes} bytes exceed ${MAX_BLOCK_SIZE_BYTES}`); // EIP-7934
  }
  const withdrawalsRoot = header.withdrawalsRoot && orderedTrieRoot(withdrawals.map(encodeWithdrawal));
  const unfit =
    unequal('ommersHash', header.ommersHash, hashOmmers(ommers)) ??
    unequal('withdrawalsRoot', header.withdrawalsRoot, withdrawalsRoot);
  if (unfit) return fault(unfit);
  return judgeTransactions(block, rules);
}

function judgeTransactions({ header, transactions }: Block, rules: ExecutionRules): BodyVerdict {
  const read: SenderTransaction[] = [];
  let blobs = 0;
  for (const [index, raw] of transactions.entries()) {
    try {
      const transaction = decodeTransaction(raw);
      blobs += transaction.blobVersionedHashes.length;
      read.push({ raw, sender: senderOf(transaction, rules) });
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      return { refusal: refused('transaction', `transaction ${index}: ${error.message}`) };
    }
  }
  const { max } = blobRulesOf(rules);
  if (blobs > max) return { refusal: refused('transaction', `${blobs} blobs exceed the block's ${max}`) };
  const blobGas = GAS_PER_BLOB * BigInt(blobs);
  const unfit = header.blobGasUsed === undefined ? undefined : unequal('blobGasUsed', header.blobGasUsed, blobGas);
  if (unfit) return fault(unfit);
  const foreign = unequal('transactionsRoot', header.transactionsRoot, orderedTrieRoot(transactions));
  return { transactions: read, foreign };
}

function senderOf(transaction: Transaction, { fork }: ExecutionRules) {
  return isActive(fork, 'homestead') ? recoverSender(transaction) : recoverFrontierSender(transaction); // EIP-2
}

function unequal<T>(field: string, claimed: T, found: T): string | undefined {
  return claimed === found ? undefined : `${field}: the header says ${claimed}, the body gives ${found}`;
}

function fault(reason: string): BodyVerdict {
  return { refusal: refused('header', reason) };
}
