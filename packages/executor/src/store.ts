// All that a thread needs which only reads the store, and of the files that it shares with whoever writes; none of the
// executor, which takes a tenth of a second to load.
export { stateAt } from './history/state-at.ts';
export * from './state/database.ts';
export { type AllocateRecord, allocateTogether } from './state/record-memory.ts';
export { stateOutOfReach } from './state/state-errors.ts';
export { headState, readCode, type StoreReader } from './state/state-reader.ts';
