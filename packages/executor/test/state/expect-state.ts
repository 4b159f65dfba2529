import type { Address, Hash } from '@heddle/primitives';
import { expect } from 'vitest';
import { stateAt } from '../../src/history/state-at.ts';
import type { KeyValueSource } from '../../src/state/database.ts';
import type { ModelState, Universe } from './state-model.ts';

/** A block, and the states of a model by block number. */
export interface ExpectedBlock {
  readonly states: readonly ModelState[];
  readonly number: number;
  /** The head of the store. */
  readonly head: number;
}

/** Everything that can be asked about block `number` is as in the model. */
export function expectState(source: KeyValueSource, universe: Universe, { states, number, head }: ExpectedBlock): void {
  const reader = stateAt(source, number, head);
  const state = states[number] as ModelState;
  for (const address of universe.addresses) {
    const account = state.get(address);
    const found = reader.account(address);
    const { slots, ...fields } = account ?? {};
    expect(found, `${address} at ${number}`).toEqual(account && { ...fields, slotCount: slots?.size });
    if (found === undefined) continue;
    for (const slot of universe.slots) expectSlot(reader, { address, incarnation: found.incarnation, slot }, account);
  }
}

function expectSlot(
  reader: ReturnType<typeof stateAt>,
  { address, incarnation, slot }: { address: Address; incarnation: number; slot: Hash },
  account: { slots: ReadonlyMap<Hash, Uint8Array> } | undefined,
): void {
  const expected = Buffer.from(account?.slots.get(slot) ?? new Uint8Array(32)).toString('hex');
  const found = Buffer.from(reader.slot(address, incarnation, slot)).toString('hex');
  if (found !== expected) expect(found, `slot ${slot} of ${address}`).toBe(expected);
}
