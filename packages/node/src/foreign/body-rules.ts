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
export type BodyVerdict = { readonly transactions: readonly SenderTransaction[] } | { readonly refusal: Refusal };

/** Whether the body of `block` is the one that its header names, and its transactions are well-formed and signed. */
export async function judgeBody(block: Block, sizeBytes: number, rules: ExecutionRules): Promise<BodyVerdict> {
  const { header, withdrawals, ommers = [] } = block;
  if (isActive(rules.fork, 'osaka') && sizeBytes > MAX_BLOCK_SIZE_BYTES) {
    return fault(`size: ${sizeBytes} bytes exceed ${MAX_BLOCK_SIZE_BYTES}`); // EIP-7934
  }
  const roots: readonly (readonly [string, unknown, unknown])[] = [
    ['transactionsRoot', header.transactionsRoot, await orderedTrieRoot(block.transactions)],
    ['ommersHash', header.ommersHash, hashOmmers(ommers)],
    [
      'withdrawalsRoot',
      header.withdrawalsRoot,
      header.withdrawalsRoot && (await orderedTrieRoot(withdrawals.map(encodeWithdrawal))),
    ],
  ];
  const wrong = roots.find(([, claimed, found]) => claimed !== found);
  if (wrong) return fault(`${wrong[0]}: the header says ${wrong[1]}, the body gives ${wrong[2]}`);
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
  if (header.blobGasUsed === undefined || header.blobGasUsed === blobGas) return { transactions: read };
  return fault(`blobGasUsed: the header says ${header.blobGasUsed}, the transactions give ${blobGas}`);
}

function senderOf(transaction: Transaction, { fork }: ExecutionRules) {
  return isActive(fork, 'homestead') ? recoverSender(transaction) : recoverFrontierSender(transaction); // EIP-2
}

function fault(reason: string): BodyVerdict {
  return { refusal: refused('header', reason) };
}
