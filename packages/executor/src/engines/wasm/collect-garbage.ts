import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: unknown;

/**
 * Frees what this thread has let go, in some 50 ms. For large memories of WebAssembly alone: they go with a full collection
 * only, and a thread that runs blocks may not come to one for hours, since its heap hardly grows. V8 keeps its collector
 * from programs unless it is asked by a flag; where it does not heed that, memory is freed later.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('globalThis.gc');
  }
  if (typeof collect === 'function') collect();
}
