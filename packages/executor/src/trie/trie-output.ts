import type { BatchOperation } from '../state/database.ts';
import type { TrieCore } from './trie-core.ts';

/** Records that a job writes and that go, as the tries' module lists them; a later one of the same key counts. */
export class TrieOutput {
  readonly #core: TrieCore;
  #portions: readonly Buffer[] | undefined;

  /** That of the job which has just ended. */
  constructor(core: TrieCore) {
    this.#core = core;
  }

  /** Takes it out of the tries' memory, before the next job; once that is done nothing more happens. */
  copy(): void {
    this.#portions ??= copyPortions(this.#core);
  }

  /** What puts it on disk, in this order. */
  operations(): BatchOperation[] {
    this.copy();
    const operations: BatchOperation[] = [];
    for (const portion of this.#portions ?? []) readOperations(this.#core, portion, operations);
    return operations;
  }
}

function copyPortions({ layout, memory, steps }: TrieCore): Buffer[] {
  const portions: Buffer[] = [];
  // Worker 0, which joins what the others made, comes last: where it removes what they wrote, it does so after them.
  for (let index = layout.MAX_WORKERS - 1; index >= 0; index--) {
    let chunk = memory.u32(steps.outputsOf(index));
    while (chunk !== 0) {
      memory.refresh(chunk + layout.CHUNK_RECORDS);
      const start = chunk + layout.CHUNK_RECORDS;
      const size = memory.u32(chunk + layout.CHUNK_USED);
      memory.refresh(start + size);
      const portion = Buffer.allocUnsafeSlow(size);
      memory.bytes.copy(portion, 0, start, start + size);
      portions.push(portion);
      chunk = memory.u32(chunk + layout.CHUNK_NEXT);
    }
  }
  return portions;
}

/** The operations share the portion's memory. */
function readOperations({ layout }: TrieCore, portion: Buffer, operations: BatchOperation[]): void {
  const { buffer, byteOffset } = portion; // a Buffer's own `subarray` takes twice as long
  const view = (from: number, to: number) => new Uint8Array(buffer, byteOffset + from, to - from);
  for (let at = 0; at < portion.length; ) {
    const size = portion.readUInt32LE(at);
    const keyEnd = at + layout.OUTPUT_KEY + portion.readUInt32LE(at + layout.OUTPUT_KEY_SIZE);
    const key = view(at + layout.OUTPUT_KEY, keyEnd);
    if (size === layout.RECORD_GOES) {
      operations.push({ type: 'del', key });
      at = keyEnd;
    } else {
      operations.push({ type: 'put', key, value: view(keyEnd, keyEnd + size) });
      at = keyEnd + size;
    }
  }
}
