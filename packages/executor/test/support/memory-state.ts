import { type Address, EMPTY_BYTES, EMPTY_CODE_HASH, type Hash, keccak256Hex } from '@heddle/primitives';
import type { StateDiff, StateReader, StoredAccount } from '../../src/state/state-diff.ts';

/** An account as a test states it; whatever is absent is empty. */
export interface TestAccountState {
  readonly balance?: bigint;
  readonly nonce?: bigint;
  readonly code?: Uint8Array;
  readonly storage?: Readonly<Record<Hash, Uint8Array>> | ReadonlyMap<Hash, Uint8Array>;
}

/** A state in memory, for tests: read by execution, changed by its diffs. */
export interface MemoryState extends StateReader {
  apply(diff: StateDiff): void;
  /** A state of its own with the same content. */
  copy(): MemoryState;
  /** All accounts with their slots that are not zero. */
  entries(): { readonly address: Address; readonly account: StoredAccount; readonly slots: Map<Hash, Uint8Array> }[];
}

const ZERO_VALUE = new Uint8Array(32);

/** The state that `accounts` describe. */
export function createMemoryState(accounts: Readonly<Record<Address, TestAccountState>>): MemoryState {
  const stored = new Map<Address, StoredAccount>();
  const storage = new Map<Address, Map<Hash, Uint8Array>>();
  const codes = new Map<Hash, Uint8Array>([[EMPTY_CODE_HASH, EMPTY_BYTES]]);
  for (const [address, { balance = 0n, nonce = 0n, code = EMPTY_BYTES, storage: slots = {} }] of Object.entries(
    accounts,
  )) {
    const key = address.toLowerCase() as Address;
    const codeHash = keccak256Hex(code);
    codes.set(codeHash, code);
    stored.set(key, { nonce, balance, codeHash, incarnation: 0 });
    const entries = slots instanceof Map ? slots : (Object.entries(slots) as [Hash, Uint8Array][]);
    storage.set(key, new Map([...entries].filter(([, value]) => !isZero(value))));
  }
  return stateOver({ stored, storage, codes });
}

interface Content {
  readonly stored: Map<Address, StoredAccount>;
  readonly storage: Map<Address, Map<Hash, Uint8Array>>;
  readonly codes: Map<Hash, Uint8Array>;
}

function stateOver({ stored, storage, codes }: Content): MemoryState {
  const slotsOf = (address: Address) => storage.get(address) ?? new Map<Hash, Uint8Array>();
  return {
    account(address) {
      const account = stored.get(address);
      return account && { ...account, slotCount: slotsOf(address).size };
    },
    slot: (address, incarnation, slot) => {
      if (stored.get(address)?.incarnation !== incarnation) return ZERO_VALUE;
      return slotsOf(address).get(slot) ?? ZERO_VALUE;
    },
    code(codeHash) {
      const code = codes.get(codeHash);
      if (code === undefined) throw new Error(`no code with hash ${codeHash}`);
      return code;
    },
    apply(diff) {
      for (const [address, { before, after }] of diff.accounts) {
        if (after === undefined || before?.incarnation !== after.incarnation) storage.delete(address);
        if (after === undefined) stored.delete(address);
        else stored.set(address, after);
      }
      for (const [address, changes] of diff.slots) {
        const slots = slotsOf(address);
        for (const [slot, { after }] of changes) {
          if (isZero(after)) slots.delete(slot);
          else slots.set(slot, after);
        }
        storage.set(address, slots);
      }
      for (const [codeHash, code] of diff.codes) codes.set(codeHash, code);
    },
    copy: () =>
      stateOver({
        stored: new Map(stored),
        storage: new Map([...storage].map(([address, slots]) => [address, new Map(slots)])),
        codes: new Map(codes),
      }),
    entries: () => [...stored].map(([address, account]) => ({ address, account, slots: slotsOf(address) })),
  };
}

function isZero(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0);
}
