import { createMPT } from '@ethereumjs/mpt';
import {
  type Address,
  bigIntToBytes,
  bigIntToBytesOfSize,
  bytesToHex,
  EMPTY_CODE_HASH,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  keccak256Hex,
  trimBytes,
} from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import { type SlotChange, SlotChanges } from '../../src/state/slot-changes.ts';
import { type AccountChange, nextIncarnation, type StateDiff } from '../../src/state/state-diff.ts';

/** An account as a plain model keeps it. */
export interface ModelAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
  readonly incarnation: number;
  /** No zero values. */
  readonly slots: ReadonlyMap<Hash, Uint8Array>;
}

/** A whole state. Never changed: each block makes a new one. */
export type ModelState = ReadonlyMap<Address, ModelAccount>;

/** What random blocks may do, and on what. */
export interface Universe {
  readonly addresses: readonly Address[];
  readonly slots: readonly Hash[];
}

const ZERO = new Uint8Array(32);

/** Few addresses and slots, so that blocks meet often. */
export function createUniverse(random: Random, addressCount: number, slotCount: number): Universe {
  return {
    addresses: Array.from({ length: addressCount }, () => bytesToHex(random.bytes(20))),
    slots: Array.from({ length: slotCount }, () => bytesToHex(random.bytes(32))),
  };
}

/** A random block `number` on `state`: creations, changes, deletions, wipes, slots set, changed and cleared. */
export function randomBlock(random: Random, universe: Universe, state: ModelState, number: number) {
  const next = new Map(state);
  const accounts = new Map<Address, AccountChange>();
  const slots = new Map<Address, SlotChanges>();
  const codes = new Map<Hash, Uint8Array>();
  const touched = random.shuffle(universe.addresses).slice(0, random.int(0, Math.min(12, universe.addresses.length)));
  for (const address of touched) {
    const before = state.get(address);
    if (before !== undefined && random.chance(0.15)) {
      next.delete(address);
      accounts.set(address, { before: stored(before, random), after: undefined });
      continue;
    }
    const isWiped = before !== undefined && random.chance(0.15);
    const onlySlots = before !== undefined && !isWiped && random.chance(0.3);
    const code = random.chance(0.2) ? random.bytes(random.int(1, 60)) : undefined;
    if (code && !onlySlots) codes.set(keccak256Hex(code), code);
    const base = {
      nonce: random.bigint(0n, 300n),
      balance: random.bigint(0n, 1n << 90n),
      codeHash: code ? keccak256Hex(code) : (before?.codeHash ?? EMPTY_CODE_HASH),
      incarnation: nextIncarnation(before, { isWiped, number }),
    };
    const fields = onlySlots ? before : base;
    const changes = randomSlots(random, universe, isWiped ? undefined : before);
    const slotsAfter = new Map(isWiped ? [] : before?.slots);
    for (const [slot, change] of changes) {
      if (Buffer.compare(change.after, ZERO) === 0) slotsAfter.delete(slot);
      else slotsAfter.set(slot, change.after);
    }
    const { nonce, balance, codeHash, incarnation } = fields;
    next.set(address, { nonce, balance, codeHash, incarnation, slots: slotsAfter });
    if (changes.size > 0) slots.set(address, new SlotChanges(changes));
    if (onlySlots) continue;
    accounts.set(address, {
      before: before && stored(before, random),
      after: { nonce, balance, codeHash, incarnation },
    });
  }
  const diff: StateDiff = { accounts, slots, codes };
  return { state: next as ModelState, diff };
}

/** Root of the state by the library, built anew. */
export async function rootByLibrary(state: ModelState): Promise<Hash> {
  const trie = await createMPT({ useKeyHashing: true, useKeyHashingFunction: keccak256 });
  for (const [address, account] of state) {
    const storage = await createMPT({ useKeyHashing: true, useKeyHashingFunction: keccak256 });
    for (const [slot, value] of account.slots) await storage.put(hexToBytes(slot), encodeRlp(trimBytes(value)));
    const leaf = encodeRlp([
      bigIntToBytes(account.nonce),
      bigIntToBytes(account.balance),
      storage.root(),
      hexToBytes(account.codeHash),
    ]);
    await trie.put(hexToBytes(address), leaf);
  }
  return bytesToHex(trie.root());
}

function randomSlots(random: Random, universe: Universe, account: ModelAccount | undefined): Map<Hash, SlotChange> {
  const changes = new Map<Hash, SlotChange>();
  for (const slot of random.shuffle(universe.slots).slice(0, random.int(0, Math.min(8, universe.slots.length)))) {
    const before = account?.slots.get(slot) ?? ZERO;
    const after = random.chance(0.4) ? ZERO : bigIntToBytesOfSize(random.bigint(1n, 1n << random.bigint(1n, 250n)), 32);
    if (Buffer.compare(before, after) !== 0) changes.set(slot, { before, after });
  }
  return changes;
}

/** As a diff says it: the slot count may be left out. */
function stored(account: ModelAccount, random: Random) {
  const { nonce, balance, codeHash, incarnation, slots } = account;
  const fields = { nonce, balance, codeHash, incarnation };
  return random.chance(0.5) ? { ...fields, slotCount: slots.size } : fields;
}
