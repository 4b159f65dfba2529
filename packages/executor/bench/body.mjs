// Transactions and receipts of a full block of token transfers, these also in the form that execution leaves them in.
import { bytesToHex, keccak256Hex } from '@heddle/primitives';
import { blockReceipts, encodeRunResults, orderedTrieRoot } from '../dist/index.js';

const TRANSFER = keccak256Hex(Buffer.from('Transfer(address,address,uint256)'));
/** Bytes of a signed EIP-1559 transfer. */
const TRANSACTION_BYTES = 111;

/** A body of `count` transactions, each of which logs one transfer of the same token. */
export function makeBody(count, random) {
  const token = bytesToHex(random.bytes(20));
  const word = () => `0x${'00'.repeat(12)}${Buffer.from(random.bytes(20)).toString('hex')}`;
  const receipts = Array.from({ length: count }, (_, index) => ({
    type: 2,
    succeeded: true,
    gasUsed: 52_000n,
    cumulativeGasUsed: 52_000n * BigInt(index + 1),
    logs: [{ address: token, topics: [TRANSFER, word(), word()], data: bytesToHex(random.bytes(32)) }],
    contractAddress: undefined,
  }));
  const transactions = Array.from({ length: count }, () => random.bytes(TRANSACTION_BYTES));
  const heads = receipts.map(({ type, gasUsed }) => ({ type, gasUsed: Number(gasUsed) }));
  return { transactions, receipts, heads, results: encodeRunResults(receipts) };
}

/** Its roots and its bloom, as a block's summary makes them. */
export async function bodyRoots({ transactions, heads, results }) {
  const { receiptsRoot, logsBloom } = blockReceipts(heads, results);
  return [orderedTrieRoot(transactions), receiptsRoot, logsBloom];
}
