import {
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type Transaction,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@heddle/primitives';
import type { Engine, PreparedTransaction, RunControl, RunOutcome, StateAccess, WriteSet } from '../../src/engine.ts';
import type { StateReader } from '../../src/state/state-diff.ts';

// An engine whose transactions say themselves what they read and write: their data is a script over the slots of one
// account. The same few lines run the script serially, which is what every schedule must come to.

/**
 * One operation on an accumulator and slots 0, 1, … : `read` a slot into the accumulator, `add` to it, `write` it (with a
 * read before, as SSTORE has) or `put` it (without one), skip the next `skipIfEven` operations, `wipe` all slots,
 * be `invalidIfOdd`, `poll` whether the run is still wanted, `throw` what no engine should.
 */
export type Operation =
  | readonly ['read' | 'write' | 'put', number]
  | readonly ['add' | 'skipIfEven', number]
  | readonly ['wipe' | 'invalidIfOdd' | 'poll' | 'throw'];
export type Script = readonly Operation[];

/** The account whose slots scripts use. */
export const SCRIPTED: Address = `0x${'5c'.repeat(20)}`;

/** What a script meets. */
interface Slots {
  read(slot: number): bigint;
  isAbandoned(): boolean;
}

/** What a script comes to. */
export type ScriptOutcome =
  | {
      readonly status: 'executed';
      readonly steps: number;
      readonly written: Map<number, bigint>;
      readonly wiped: boolean;
    }
  | { readonly status: 'invalid' }
  | { readonly status: 'abandoned' };

/** Runs `script` on `slots`. */
export function runScript(script: Script, slots: Slots): ScriptOutcome {
  const written = new Map<number, bigint>();
  let wiped = false;
  let value = 0n;
  let steps = 0;
  const current = (slot: number) => written.get(slot) ?? (wiped ? 0n : slots.read(slot));
  for (let at = 0; at < script.length; at++, steps++) {
    const [kind, operand = 0] = script[at] as Operation;
    if (kind === 'read') value = current(operand);
    else if (kind === 'add') value += BigInt(operand);
    else if (kind === 'put') written.set(operand, value);
    else if (kind === 'write') {
      if (current(operand) !== value) written.set(operand, value);
    } else if (kind === 'skipIfEven') at += value % 2n === 0n ? operand : 0;
    else if (kind === 'wipe') {
      wiped = true;
      written.clear();
    } else if (kind === 'throw') {
      throw new Error('the engine fails');
    } else if (kind === 'invalidIfOdd') {
      if (value % 2n === 1n) return { status: 'invalid' };
    } else if (slots.isAbandoned()) return { status: 'abandoned' };
  }
  return { status: 'executed', steps, written, wiped };
}

/** Gas of a script that took `steps`. */
export function gasOf(steps: number): bigint {
  return 21_000n + BigInt(steps) * 100n;
}

/** An engine that runs scripts. The first `warmSlots` slots are read before the block: nobody needs to intern them. */
export function createScriptedEngine(warmSlots = 0): Engine {
  return {
    name: 'ethereumjs',
    beginBlock: () => undefined,
    runTransaction: async ({ transaction }: PreparedTransaction, state: StateAccess, control: RunControl) =>
      runScripted(scriptOf(transaction), state, control),
    async runBlockStart(state) {
      for (let slot = 0; slot < warmSlots; slot++) state.readSlot(SCRIPTED, slotName(slot));
      return NOTHING_WRITTEN;
    },
    runBlockEnd: async () => ({ writes: NOTHING_WRITTEN, requestsHash: ZERO_HASH }),
    runCall: async () => ({ status: 'invalid', reason: 'scripts are not called' }),
  };
}

/** The state of scripts: slot k holds `values[k]`. */
export function scriptedState(values: readonly bigint[]): StateReader {
  return {
    account: (address) =>
      address === SCRIPTED
        ? { nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH, incarnation: 0, slotCount: values.length }
        : undefined,
    slot: (_, __, slot) => wordOf(values[Number(slot)] ?? 0n),
    code: () => new Uint8Array(),
  };
}

/** The name of slot `slot`. */
export function slotName(slot: number): Hash {
  return `0x${slot.toString(16).padStart(64, '0')}`;
}

/** `value` as 32 bytes. */
export function wordOf(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
}

const NOTHING_WRITTEN: WriteSet = {
  accounts: new Map(),
  wiped: new Set(),
  deleted: new Set(),
  slots: new Map(),
  codes: new Map(),
};

function scriptOf(transaction: Transaction): Script {
  return JSON.parse(Buffer.from(transaction.data).toString('utf8')) as Script;
}

function runScripted(script: Script, state: StateAccess, control: RunControl): RunOutcome {
  const outcome = runScript(script, {
    read: (slot) => BigInt(`0x${Buffer.from(state.readSlot(SCRIPTED, slotName(slot))).toString('hex')}`),
    isAbandoned: () => control.isAbandoned(),
  });
  if (outcome.status === 'invalid') return { status: 'invalid', reason: 'the slot is odd' };
  if (outcome.status === 'abandoned' || control.isAbandoned()) return { status: 'abandoned' };
  const slots = new Map([...outcome.written].map(([slot, value]) => [slotName(slot), wordOf(value)]));
  return {
    status: 'executed',
    succeeded: true,
    gasUsed: gasOf(outcome.steps),
    logs: [{ address: ZERO_ADDRESS, topics: [], data: `0x${outcome.steps.toString(16).padStart(2, '0')}` }],
    contractAddress: undefined,
    returnData: new Uint8Array(),
    haltReason: undefined,
    feeCredit: 1n,
    writes: {
      ...NOTHING_WRITTEN,
      wiped: new Set(outcome.wiped ? [SCRIPTED] : []),
      slots: new Map(slots.size > 0 ? [[SCRIPTED, slots]] : []),
    },
  };
}
