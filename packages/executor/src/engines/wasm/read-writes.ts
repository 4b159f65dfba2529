import { type Address, bytesToHex, type Hash } from '@heddle/primitives';
import type { AccountWrite, WriteSet } from '../../engine.ts';
import type { EvmCore } from './evm-core.ts';

/** What the run that has ended changed: the accounts and slots that assembly/evm/writes.ts marked. */
export function readWrites(core: EvmCore): WriteSet {
  const { layout, memory, steps } = core;
  const accounts = new Map<Address, AccountWrite>();
  const wiped = new Set<Address>();
  const deleted = new Set<Address>();
  const slots = new Map<Address, ReadonlyMap<Hash, Uint8Array>>();
  const codes = new Map<Hash, Uint8Array>();
  for (let account = steps.firstAccount(); account !== 0; account = memory.u32(account + layout.ACCOUNT_NEXT)) {
    const changes = memory.u32(account + layout.ACCOUNT_CHANGES);
    if (changes === 0) continue;
    const address = memory.address(account + layout.ACCOUNT_ADDRESS);
    if (changes & layout.CHANGES_WIPED) wiped.add(address);
    if (changes & layout.CHANGES_DELETED) {
      deleted.add(address);
      continue;
    }
    if (changes & layout.CHANGED_SLOTS) slots.set(address, readSlots(core, account));
    const write = readAccountWrite(core, account, changes);
    if (write === undefined) continue;
    accounts.set(address, write);
    const code = memory.u32(account + layout.ACCOUNT_CODE);
    if (write.codeHash === undefined || code === 0) continue;
    const size = memory.u32(code + layout.CODE_SIZE);
    if (size > 0) codes.set(write.codeHash, memory.copy(memory.u32(code + layout.CODE_BYTES), size));
  }
  return { accounts, wiped, deleted, slots, codes };
}

function readAccountWrite({ layout, memory }: EvmCore, account: number, changes: number): AccountWrite | undefined {
  const write: { nonce?: bigint; balance?: bigint; codeHash?: Hash } = {};
  if (changes & layout.CHANGED_NONCE) write.nonce = memory.u64(account + layout.ACCOUNT_NONCE);
  if (changes & layout.CHANGED_BALANCE) write.balance = memory.word(account + layout.ACCOUNT_BALANCE);
  if (changes & layout.CHANGED_CODE) write.codeHash = memory.hash(account + layout.ACCOUNT_CODE_HASH);
  return changes & (layout.CHANGED_NONCE | layout.CHANGED_BALANCE | layout.CHANGED_CODE) ? write : undefined;
}

function readSlots({ layout, memory }: EvmCore, account: number): Map<Hash, Uint8Array> {
  const slots = new Map<Hash, Uint8Array>();
  let slot = memory.u32(account + layout.ACCOUNT_SLOTS);
  for (; slot !== 0; slot = memory.u32(slot + layout.SLOT_NEXT)) {
    if ((memory.u32(slot + layout.SLOT_FLAGS) & layout.SLOT_CHANGED) === 0) continue;
    slots.set(bytesToHex(memory.wordBytes(slot + layout.SLOT_KEY)), memory.wordBytes(slot + layout.SLOT_VALUE));
  }
  return slots;
}
