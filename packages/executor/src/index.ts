export type { InspectableExecutor } from './block-executor.ts';
export * from './block-limits.ts';
export * from './engine.ts';
export { createEthereumjsEngine } from './engines/ethereumjs/load-engine.ts';
export { namedEngine } from './engines/named-engine.ts';
export { createExecutor, type ExecutorOptions } from './executor.ts';
export * from './executor-api.ts';
export * from './figures.ts';
export type { LocationName } from './figures-path.ts';
export { readHistoryRange } from './history/history-range.ts';
export { type RebuildLimits, type StateRootOf, triesAt } from './history/past-tries.ts';
export { pruneHistory } from './history/prune-history.ts';
export { RecentChunks } from './history/recent-chunks.ts';
export { type BlockToUndo, undoOperations } from './history/undo-block.ts';
export type { PlainBlock } from './plain/block-outputs.ts';
export { buildPlainly, type PlainBuildOutcome, type PlainBuildRequest } from './plain/build-plainly.ts';
export { executePlainly, type PlainOutcome, type PlainRequest } from './plain/execute-plainly.ts';
export { createPlainExecutor, type PlainExecutor, type PlainExecutorOptions } from './plain/plain-executor.ts';
export { createPlainState, type PlainState } from './plain/plain-state.ts';
export { createReaderAccess, type ReadBlockHash } from './plain/reader-access.ts';
export { encodeRunResults } from './shared-memory/run-result.ts';
export { genesisOperations, genesisStateRoot, writeGenesisState } from './state/genesis-state.ts';
export {
  type CheckDatabase,
  copyStore,
  createGuarded,
  type GuardedDatabase,
  hasStore,
  openGuarded,
} from './state/guarded-database.ts';
export { type PendingBlock, PendingWrites } from './state/pending-writes.ts';
export { type SlotChange, SlotChanges } from './state/slot-changes.ts';
export * from './state/state-diff.ts';
export {
  codeMissing,
  statePruned,
  stateRootMismatch,
  storeCorrupt,
  storeExists,
} from './state/state-errors.ts';
export { rangeOfKind, stateRecordKind } from './state/state-keys.ts';
export { flatStateOperations, stateOperations } from './state/state-operations.ts';
export { verifyTables } from './state/verify-tables.ts';
export { createWitnessSource, type Witness } from './state/witness-source.ts';
export * from './store.ts';
export * from './tracer.ts';
export { NumberLists, type TransactionAccesses } from './transaction-accesses.ts';
export { type AccountProof, type ProvableState, proveAccount, type SlotProof } from './trie/account-proof.ts';
export { orderedTrieRoot } from './trie/ordered-trie-root.ts';
export { blockReceipts } from './trie/receipts-root.ts';
export { openStateTrie, type SharedStateTrie, type StateTrie, storedStateRoot } from './trie/state-trie.ts';
export { verifyState } from './trie/verify-state.ts';
