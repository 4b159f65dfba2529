import { type Address, EMPTY_CODE_HASH, hexToBytes, keccak256Hex } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import type { WriteSet } from '../../src/engine.ts';
import { createPlainState } from '../../src/plain/plain-state.ts';
import { createReaderAccess } from '../../src/plain/reader-access.ts';
import { SlotChanges } from '../../src/state/slot-changes.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { plainState, word } from '../support/run.ts';

const A: Address = `0x${'0a'.repeat(20)}`;
const B: Address = `0x${'0b'.repeat(20)}`;

const one = hexToBytes(word(1));
const two = hexToBytes(word(2));
const zero = hexToBytes(word(0));

describe('a plain state', () => {
  it('shows what was applied over what the reader has', () => {
    const state = plainState({ [A]: { balance: 5n, storage: { [word(0)]: one } } });
    state.apply(writes({ accounts: new Map([[A, { nonce: 1n }]]), slots: slots(A, [word(1), two]) }));
    expect(state.readAccount(A)).toEqual({ nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH });
    expect([state.readSlot(A, word(0)), state.readSlot(A, word(1))]).toEqual([one, two]);
    expect(state.readAccount(B)).toBeUndefined();
  });

  it('makes a diff of what ends elsewhere than it began', () => {
    const state = plainState({ [A]: { balance: 5n, storage: { [word(0)]: one } }, [B]: { balance: 1n } });
    state.apply(writes({ accounts: new Map([[A, { balance: 6n }]]), slots: slots(A, [word(0), two], [word(1), one]) }));
    state.apply(writes({ accounts: new Map([[B, { balance: 2n }]]), slots: slots(A, [word(1), zero]) }));
    state.apply(writes({ accounts: new Map([[B, { balance: 1n }]]) }));
    const diff = state.diff(9);
    expect([...diff.accounts.keys()]).toEqual([A]);
    expect(diff.accounts.get(A)).toMatchObject({
      before: { balance: 5n, incarnation: 0, slotCount: 1 },
      after: { balance: 6n, incarnation: 0 },
    });
    expect(diff.slots).toEqual(new Map([[A, new SlotChanges([[word(0), { before: one, after: two }]])]]));
  });

  it('gives an account that is created or wiped the incarnation of the block', () => {
    const code = Uint8Array.of(0);
    const codeHash = keccak256Hex(code);
    const state = plainState({ [A]: { balance: 5n, storage: { [word(0)]: one } } });
    const created = new Map([
      [A, { nonce: 1n }],
      [B, { nonce: 1n, codeHash }],
    ]);
    state.apply(
      writes({
        accounts: created,
        wiped: new Set([A, B]),
        slots: slots(A, [word(0), one]),
        codes: new Map([[codeHash, code]]),
      }),
    );
    const diff = state.diff(9);
    expect(diff.accounts.get(A)?.after?.incarnation).toBe(9);
    expect(diff.accounts.get(B)).toEqual({
      before: undefined,
      after: { nonce: 1n, balance: 0n, codeHash, incarnation: 9 },
    });
    // The same value in a new incarnation is a change.
    expect(diff.slots.get(A)).toEqual(new SlotChanges([[word(0), { before: zero, after: one }]]));
    expect(diff.codes).toEqual(new Map([[codeHash, code]]));
  });

  it('forgets the storage of an account that is destroyed and comes again', () => {
    const state = plainState({ [A]: { balance: 5n, storage: { [word(0)]: one } } });
    state.apply(writes({ deleted: new Set([A]), wiped: new Set([A]) }));
    expect(state.readAccount(A)).toBeUndefined();
    expect(state.readSlot(A, word(0))).toEqual(zero);
    state.apply(writes({ accounts: new Map([[A, { balance: 1n }]]) }));
    expect(state.readSlot(A, word(0))).toEqual(zero);
    expect(state.hasStorage(A)).toBe(false);
    expect(state.diff(9).accounts.get(A)?.after).toMatchObject({ balance: 1n, incarnation: 9 });
  });

  it('leaves out an account that comes and goes', () => {
    const state = plainState({});
    state.apply(writes({ accounts: new Map([[A, { balance: 1n }]]), slots: slots(A, [word(0), one]) }));
    state.apply(writes({ deleted: new Set([A]), wiped: new Set([A]) }));
    expect(state.diff(9)).toEqual({ accounts: new Map(), slots: new Map(), codes: new Map() });
  });

  it('counts slots to say whether there is storage', () => {
    const state = plainState({ [A]: { balance: 5n, storage: { [word(0)]: one } } });
    expect(state.hasStorage(A)).toBe(true);
    state.apply(writes({ slots: slots(A, [word(0), zero]) }));
    expect(state.hasStorage(A)).toBe(false);
    state.apply(writes({ slots: slots(A, [word(7), two]) }));
    expect(state.hasStorage(A)).toBe(true);
    expect(state.hasStorage(B)).toBe(false);
  });

  it('credits a fee, makes the account if need be, and removes an empty one that gets nothing', () => {
    const state = plainState({ [A]: {} });
    state.credit(B, 0n);
    expect(state.readAccount(B)).toBeUndefined();
    state.credit(B, 3n);
    state.credit(B, 4n);
    expect(state.readAccount(B)?.balance).toBe(7n);
    state.credit(A, 0n);
    expect(state.readAccount(A)).toBeUndefined();
  });

  it('reads the same through an access without a layer', () => {
    const reader = createMemoryState({ [A]: { balance: 5n, storage: { [word(0)]: one } } });
    const access = createReaderAccess(reader, (number) => word(number));
    const state = createPlainState(reader, (number) => word(number));
    for (const each of [access, state]) {
      expect(each.readAccount(A)?.balance).toBe(5n);
      expect(each.readSender(A, 0n)?.balance).toBe(5n);
      expect(each.readSlot(A, word(0))).toEqual(one);
      expect(each.readSlot(B, word(0))).toEqual(zero);
      expect([each.hasStorage(A), each.hasStorage(B)]).toEqual([true, false]);
      expect(each.readCode(EMPTY_CODE_HASH)).toEqual(new Uint8Array(0));
      expect(each.readBlockHash(3)).toBe(word(3));
    }
  });
});

function writes(parts: Partial<WriteSet>): WriteSet {
  return { accounts: new Map(), wiped: new Set(), deleted: new Set(), slots: new Map(), codes: new Map(), ...parts };
}

function slots(address: Address, ...values: [`0x${string}`, Uint8Array][]): WriteSet['slots'] {
  return new Map([[address, new Map(values)]]);
}
