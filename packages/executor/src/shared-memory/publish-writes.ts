import { type Address, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import type { AccountWrite, WriteSet } from '../engine.ts';
import type { Core } from './core.ts';
import type { Locations } from './locations.ts';

/**
 * Hands the writes of the run that this thread is in, transaction `tx`, to the core. False: the block's memory is used
 * up. Nobody sees them before the run is finished, but codes: those are found by their hash alone.
 */
export function handOverWrites(core: Core, locations: Locations, tx: number, writes: WriteSet): boolean {
  for (const [codeHash, code] of writes.codes) if (!handOverCode(core, codeHash, code)) return false;
  const account = new AccountWriter(core, locations);
  for (const address of writes.wiped) if (!account.writeGeneration(address, tx)) return false;
  for (const address of writes.deleted) if (!account.write(address, NOTHING)) return false;
  for (const [address, write] of writes.accounts) if (!account.write(address, write)) return false;
  for (const [address, slots] of writes.slots) if (!writeSlots(core, locations, address, slots)) return false;
  return true;
}

/** What stands where an account does not exist. */
const NOTHING: Required<AccountWrite> = { balance: 0n, nonce: 0n, codeHash: EMPTY_CODE_HASH };

class AccountWriter {
  readonly #core: Core;
  readonly #locations: Locations;
  readonly #value: number;

  constructor(core: Core, locations: Locations) {
    this.#core = core;
    this.#locations = locations;
    this.#value = core.scratch + 64;
  }

  write(address: Address, { balance, nonce, codeHash }: AccountWrite): boolean {
    const { layout, memory } = this.#core;
    const entry = this.#locations.account(address);
    if (balance !== undefined) {
      memory.setWord(this.#value, balance);
      if (!this.#set(entry, layout.FIELD_BALANCE)) return false;
    }
    if (nonce !== undefined) {
      memory.setWord(this.#value, nonce);
      if (!this.#set(entry, layout.FIELD_NONCE)) return false;
    }
    if (codeHash === undefined) return true;
    memory.setCodeHash(this.#value, codeHash);
    return this.#set(entry, layout.FIELD_CODE);
  }

  /** Storage begins anew at `tx`; an account that is empty after this does not exist. */
  writeGeneration(address: Address, tx: number): boolean {
    const { layout, memory } = this.#core;
    const entry = this.#locations.account(address);
    memory.fill(this.#value, 32, 0);
    memory.setU64(this.#value + layout.GENERATION_POSITION, BigInt(tx + layout.POSITION_OFFSET));
    return this.#set(entry, layout.FIELD_GENERATION);
  }

  #set(entry: number, field: number): boolean {
    const { layout, steps } = this.#core;
    return steps.write(this.#locations.head(entry, field), layout.WRITE_SET, this.#value) !== 0;
  }
}

function writeSlots(core: Core, locations: Locations, address: Address, slots: ReadonlyMap<Hash, Uint8Array>): boolean {
  const value = core.scratch + 64;
  for (const [slot, bytes] of slots) {
    const head = locations.slotHead(address, slot);
    core.memory.set(value, bytes);
    if (core.steps.write(head, core.layout.WRITE_SET, value) === 0) return false;
  }
  return true;
}

/** Puts a code where all workers find it by its hash. False: the block's memory is used up. */
export function handOverCode({ layout, memory, scratch, steps }: Core, codeHash: Hash, code: Uint8Array): boolean {
  memory.setHex(scratch, codeHash);
  if (steps.findCode(scratch) !== 0) return true;
  const node = steps.makeCode(scratch, code.length);
  if (node === 0) return false;
  memory.set(node + layout.CODE_BYTES, code);
  steps.publishCode(node);
  return true;
}
