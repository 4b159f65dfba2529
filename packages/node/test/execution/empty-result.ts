import type { BlockFigures, BlockResult } from '@heddle/executor';
import { EMPTY_BLOOM, EMPTY_REQUESTS_HASH, EMPTY_TRIE_ROOT, encodeStoredReceipts } from '@heddle/primitives';

const NO_WORK = { t1: 0, tInf: 0, bound: { 2: 0, 4: 0, 8: 0, 16: 0, unlimited: 0 } };

/** The figures of a block without transactions. */
export const EMPTY_FIGURES: BlockFigures = {
  engine: 'ethereumjs',
  workers: 1,
  transactionCount: 0,
  byGas: NO_WORK,
  byTime: NO_WORK,
  runsPerWorker: [0],
  incarnations: 0,
  reExecutions: 0,
  wallMs: 0,
  hot: [],
};

/** What executing a block without transactions would give if the state stayed what it was. */
export const EMPTY_RESULT: BlockResult = {
  transactions: [],
  receipts: encodeStoredReceipts([]),
  gasUsed: 0n,
  logsBloom: EMPTY_BLOOM,
  stateRoot: `0x${'ab'.repeat(32)}`,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  requestsHash: EMPTY_REQUESTS_HASH,
  diff: { accounts: new Map(), slots: new Map(), codes: new Map() },
  figures: EMPTY_FIGURES,
};
