import { setImmediate } from 'node:timers/promises';
import { type Address, bigIntToBytesOfSize } from '@heddle/primitives';
import { assemble, testAccount, waitFor } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';

const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const MIB = 1 << 20;
/** Above what is kept from one run to the next. */
const LARGE = 200 * MIB;
/** Tells of the block and writes memory at the place that the call data names. */
const CODE = assemble(
  1,
  0,
  'CALLDATALOAD',
  'MSTORE',
  'NUMBER',
  'CHAINID',
  'MUL',
  'BASEFEE',
  'ADD',
  0,
  'MSTORE',
  32,
  0,
  'RETURN',
);

const { Memory } = WebAssembly;

describe('the memory of the EVM', () => {
  let engine: Engine;
  let memories: WebAssembly.Memory[];

  beforeEach(async () => {
    memories = [];
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
        super(descriptor);
        memories.push(this);
      }
    };
    engine = await createWasmEngine({ ...RULES, transactionGasCap: undefined });
    engine.beginBlock(environment());
    memories = memories.slice(-1); // others are of the precompiles' modules
  });
  afterEach(() => {
    WebAssembly.Memory = Memory;
  });

  it('is given back when one run needed very much of it, and the next one finds the block as before', async () => {
    const before = await reach(0);
    await reach(LARGE);
    expect(memories).toHaveLength(1);
    expect(memories[0]?.buffer.byteLength).toBeGreaterThan(LARGE);
    expect(await reach(0)).toEqual(before);
    expect(memories).toHaveLength(2);
    expect(memories[1]?.buffer.byteLength).toBeLessThan(8 * MIB);
  });

  it('is freed soon after that, though hardly anything else becomes garbage', async () => {
    await reach(LARGE);
    const old = new WeakRef(memories[0] as WebAssembly.Memory);
    memories = [];
    await setImmediate(); // until then a WeakRef keeps what it has just been given
    await reach(0);
    await waitFor(() => old.deref() === undefined, { what: 'the collection of the old memory' });
  });

  it('stays for the next run where one needed much, but not too much', async () => {
    for (let run = 0; run < 3; run++) await reach(16 * MIB);
    expect(memories).toHaveLength(1);
  });

  it('is not used again after a run that ended in an error', async () => {
    const before = await reach(0);
    const state = plainState({ [CONTRACT]: { code: assemble(0, 'SLOAD') } });
    state.readSlot = () => {
      throw new Error('the store is gone');
    };
    await expect(engine.runCall(message(0), state, { isAbandoned: () => false })).rejects.toThrow('the store is gone');
    expect(await reach(0)).toEqual(before);
    expect(memories).toHaveLength(2);
  });

  async function reach(place: number) {
    const state = plainState({ [CONTRACT]: { code: CODE } });
    return comparable(executed(await engine.runCall(message(place), state, { isAbandoned: () => false })));
  }
});

function message(place: number) {
  const from = testAccount(1).address;
  return {
    from,
    to: CONTRACT,
    gasLimit: 10n ** 13n,
    gasPrice: 0n,
    value: 0n,
    data: bigIntToBytesOfSize(BigInt(place), 32),
  };
}
