import type { BatchOperation } from '../state/database.ts';
import type { TrieCore } from './trie-core.ts';

/** Records that a root writes and that go, as the tries' module lists them; a later one of the same key counts. */
export interface TrieOutput {
  readonly portions: readonly Buffer[];
}

/** A copy of what the job at its end made. */
export function copyOutput({ layout, memory, steps }: TrieCore): TrieOutput {
  const portions: Buffer[] = [];
  // Worker 0, which joins what the others made, comes last: where it removes what they wrote, it does so after them.
  for (let index = layout.MAX_WORKERS - 1; index >= 0; index--) {
    let chunk = memory.u32(steps.outputsOf(index));
    while (chunk !== 0) {
      memory.refresh(chunk + layout.CHUNK_RECORDS);
      const size = memory.u32(chunk + layout.CHUNK_USED);
      memory.refresh(chunk + layout.CHUNK_RECORDS + size);
      const portion = Buffer.allocUnsafeSlow(size);
      memory.bytes.copy(portion, 0, chunk + layout.CHUNK_RECORDS, chunk + layout.CHUNK_RECORDS + size);
      portions.push(portion);
      chunk = memory.u32(chunk + layout.CHUNK_NEXT);
    }
  }
  return { portions };
}

/** The operations that put an output on disk, in their order. They share its memory. */
export function operationsOf({ layout }: TrieCore, { portions }: TrieOutput): BatchOperation[] {
  const operations: BatchOperation[] = [];
  for (const portion of portions) {
    for (let at = 0; at < portion.length; ) {
      const size = portion.readUInt32LE(at);
      const keyEnd = at + layout.OUTPUT_KEY + portion.readUInt32LE(at + layout.OUTPUT_KEY_SIZE);
      const key = portion.subarray(at + layout.OUTPUT_KEY, keyEnd);
      if (size === layout.RECORD_GOES) {
        operations.push({ type: 'del', key });
        at = keyEnd;
      } else {
        operations.push({ type: 'put', key, value: portion.subarray(keyEnd, keyEnd + size) });
        at = keyEnd + size;
      }
    }
  }
  return operations;
}
