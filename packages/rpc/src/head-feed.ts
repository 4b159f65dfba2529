import type { Receipt } from '@heddle/primitives';
import type { ChainPort, StoredBlock } from './ports.ts';

/** A block that was just decided. */
export type Head = StoredBlock & { readonly receipts: readonly Receipt[] };

/** New heads for many listeners over one subscription to the chain. */
export interface HeadFeed {
  /** Hears every later head once, in order. Returns the way to stop. */
  listen(listener: (head: Head) => void): () => void;
  /** Listeners now. */
  readonly listenerCount: number;
  close(): void;
}

/** The feed of `chain`. */
export function createHeadFeed(chain: ChainPort): HeadFeed {
  const listeners = new Set<(head: Head) => void>();
  const stop = chain.onHead((head) => {
    for (const listener of [...listeners]) listener(head);
  });
  return {
    listen(listener) {
      const own = (head: Head) => listener(head); // the same function may listen twice
      listeners.add(own);
      return () => listeners.delete(own);
    },
    get listenerCount() {
      return listeners.size;
    },
    close() {
      stop();
      listeners.clear();
    },
  };
}
