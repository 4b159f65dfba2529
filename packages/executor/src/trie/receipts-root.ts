import type { Hash, Hex, TransactionType } from '@heddle/primitives';
import { foldLeaves, threadTrie } from './leaf-list.ts';
import type { TrieCore } from './trie-core.ts';
import { type Phase, runTrieJob } from './trie-job.ts';

/** What a transaction's receipt says besides what its run left. */
export interface ReceiptHead {
  readonly type: TransactionType;
  readonly gasUsed: number;
  /** Before Byzantium: the state root after the transaction (EIP-658). */
  readonly stateRoot?: Hash | undefined;
}

/** The receipts of a block, and what its header says of them. */
export interface BlockReceipts {
  /** In the form that the store keeps them: for `decodeStoredReceipts`. */
  readonly receipts: Uint8Array;
  readonly gasUsed: bigint;
  readonly receiptsRoot: Hash;
  readonly logsBloom: Hex;
}

/**
 * The receipts of a block's transactions in order. `results`: what their runs left, as `encodeRunResults` has it. The tries'
 * module encodes and hashes them.
 */
export function blockReceipts(heads: readonly ReceiptHead[], results: Uint8Array): BlockReceipts {
  const core = threadTrie();
  return runTrieJob(core, () => receiptsJob(core, heads, results));
}

function* receiptsJob(
  core: TrieCore,
  heads: readonly ReceiptHead[],
  results: Uint8Array,
): Generator<Phase, BlockReceipts, void> {
  const { layout, memory, steps } = core;
  const count = heads.length;
  const start = steps.runResults(count);
  const resultsEnd = start + results.length;
  steps.reach(resultsEnd);
  memory.refresh(resultsEnd);
  writeHeads(core, heads);
  memory.set(start, results);
  const storedEnd = steps.listReceipts(count, resultsEnd);
  yield { kind: layout.TASK_RECEIPTS, count: Math.ceil(count / layout.LEAF_TASK_ITEMS) };
  const receiptsRoot = yield* foldLeaves(core, count);
  memory.refresh(storedEnd);
  const stored = memory.u32(layout.STORED_RECEIPTS);
  return {
    receipts: memory.copy(stored, storedEnd - stored),
    gasUsed: BigInt(heads.reduce((sum, { gasUsed }) => sum + gasUsed, 0)),
    receiptsRoot,
    logsBloom: memory.hex(steps.uniteBlooms(), layout.BLOOM_SIZE),
  };
}

function writeHeads({ layout, memory }: TrieCore, heads: readonly ReceiptHead[]): void {
  let at = layout.JOB;
  for (const { type, gasUsed, stateRoot } of heads) {
    memory.bytes[at] = type;
    memory.bytes[at + layout.RECEIPT_HAS_ROOT] = stateRoot === undefined ? 0 : 1;
    memory.setF64(at + layout.RECEIPT_GAS_USED, gasUsed);
    if (stateRoot !== undefined) memory.setHex(at + layout.RECEIPT_ROOT, stateRoot);
    at += layout.RECEIPT_SIZE;
  }
}
