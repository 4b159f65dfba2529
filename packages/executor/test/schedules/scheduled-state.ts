import { type GenesisAccount, hexToBytes } from '@heddle/primitives';
import type { StateReader } from '../../src/state/state-diff.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { scriptedState } from './scripted-engine.ts';

/** The state before a block, as it is handed to threads: slots of scripts, or accounts. */
export type ScheduledState = { readonly slots: readonly bigint[] } | { readonly alloc: readonly GenesisAccount[] };

/** How a thread reads `state`. */
export function readerOf(state: ScheduledState): StateReader {
  if ('slots' in state) return scriptedState(state.slots);
  const accounts = state.alloc.map(({ address, balance, nonce, code, storage }) => {
    const slots = new Map([...storage].map(([slot, value]) => [slot, hexToBytes(value)]));
    return [address, { balance, nonce, code, storage: slots }] as const;
  });
  return createMemoryState(Object.fromEntries(accounts));
}
