import { type Address, bigIntToBytesOfSize, bytesToBigInt } from '@heddle/primitives';
import { assemble, type CodeElement, testAccount, withCodesHotFrom } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, ExecutedTransaction } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';

const CALLER: Address = `0x${'c0'.repeat(20)}`;
const MIB = 1 << 20;
const { Memory } = WebAssembly;

let engine: Engine;
let memory: WebAssembly.Memory | undefined;

beforeEach(async () => {
  engine = await createEngine();
});
afterEach(() => {
  WebAssembly.Memory = Memory;
});

/** One whose memory this file sees. */
async function createEngine(): Promise<Engine> {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
      super(descriptor);
      memory = this;
    }
  };
  const made = await createWasmEngine({ ...RULES, transactionGasCap: undefined, codeSizeLimit: 8 * MIB });
  made.beginBlock(environment());
  return made;
}

const AS_IT_COMES = 1 << 30;
/** Whether codes have cells: none of these short runs is worth any. */
const FORMS = [
  ['operation by operation', AS_IT_COMES],
  ['in cells', 0],
] as const;

describe('codes', () => {
  it.each(FORMS)('take little memory, however many one transaction calls: %s', async (_, hotFrom) => {
    engine = await withCodesHotFrom(hotFrom, createEngine);
    const count = 900;
    const [first, ...others] = Array.from({ length: count }, (_, index) => addressOf(index));
    // Each is full of JUMPDESTs, jumps to its end and adds its last bytes to what it was given, unless it jumps into a push.
    const code = (index: number) => {
      const tail = assemble({ label: 'end' }, 0, 'CALLDATALOAD', index, 'ADD', 0, 'MSTORE', 32, 0, 'RETURN');
      const padding = new Uint8Array(24_000).fill(0x5b);
      const target = index % 2 === 0 ? 24_006 : 24_004;
      return Buffer.concat([assemble(target, 'JUMP'), padding, Uint8Array.of(0x60, 0x5b), tail]);
    };
    const step = (address: Address): CodeElement[] => {
      const gas = 20_000;
      return [32, 0, 32, 0, address, gas, 'STATICCALL', 'POP'];
    };
    const program = assemble(...[first as Address, ...others].flatMap(step), 32, 0, 'RETURN');
    const accounts: Record<Address, TestAccountState> = { [CALLER]: { code: program } };
    for (let index = 0; index < count; index++) accounts[addressOf(index)] = { code: code(index) };
    const outcome = await call(engine, accounts, 10n ** 9n);
    const sum = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? index : 0)).reduce((a, b) => a + b);
    expect(bytesToBigInt(outcome.returnData)).toBe(BigInt(sum));
    expect(memory?.buffer.byteLength).toBeLessThan(200 * MIB);
  });

  it('are forgotten before the next transaction once they take so much that none gets cells any more', async () => {
    // Each takes a chunk of 64 KiB, and so does the one that asks for them: 64 MiB, and not a byte beyond.
    const count = 1_023;
    const addresses = Array.from({ length: count }, (_, index) => addressOf(index));
    const code = (index: number) => Buffer.concat([assemble(index, 'POP', 'STOP'), new Uint8Array(40_000)]);
    const program = assemble(...addresses.flatMap((address) => [0, 0, 0, 0, address, 100, 'STATICCALL', 'POP']));
    const accounts: Record<Address, TestAccountState> = { [CALLER]: { code: program } };
    for (const [index, address] of addresses.entries()) accounts[address] = { code: code(index) };
    const state = plainState(accounts);
    const readCode = vi.spyOn(state, 'readCode');
    for (let run = 0; run < 2; run++) executed(await engine.runCall(message(10n ** 9n), state, WANTED));
    expect(readCode).toHaveBeenCalledTimes(2 * (count + 1));
  });

  it('that create take little memory beside their own size', async () => {
    // Runs 4 MiB of its memory as init code, which stops at once.
    const program = assemble(4 * MIB, 0, 0, 'CREATE', 'POP', 'STOP');
    await call(engine, { [CALLER]: { code: program } }, 10n ** 9n);
    expect(memory?.buffer.byteLength).toBeLessThan(48 * MIB);
  });
});

describe('a run that nobody wants any more', () => {
  const straight = (count: number, ...program: CodeElement[]) => {
    const once = assemble(...program);
    return Buffer.concat(new Array<Uint8Array>(count).fill(once));
  };

  describe.each(FORMS)('%s', (_, hotFrom) => {
    it.each([
      ['of a code without jumps', straight(200_000, 'GASPRICE', 'GASPRICE', 'MUL', 'POP')],
      ['that hashes much in a code without jumps', straight(2_000, 0x4_0000, 0, 'KECCAK256', 'POP')],
      ['that copies much in a code without jumps', straight(2_000, 0x4_0000, 0, 0, 'MCOPY')],
      [
        'whose jumps are far from each other',
        assemble({ label: 'on' }, straight(8_000, 'ADDRESS', 'POP'), { at: 'on' }, 'JUMP'),
      ],
    ])('ends before long: one %s', async (_, code) => {
      const engine = await withCodesHotFrom(hotFrom, createEngine);
      let polls = 0;
      const control = { isAbandoned: () => ++polls >= 10 };
      const outcome = await engine.runCall(message(5n * 10n ** 7n), plainState({ [CALLER]: { code } }), control);
      expect(outcome.status).toBe('abandoned');
      expect(polls).toBeLessThan(15);
    });
  });

  it('ends before long: one of init code without jumps', async () => {
    let polls = 0;
    const data = straight(200_000, 'GASPRICE', 'GASPRICE', 'MUL', 'POP');
    const control = { isAbandoned: () => ++polls >= 10 };
    const creation = { ...message(10n ** 9n), to: undefined, data };
    expect((await engine.runCall(creation, plainState({}), control)).status).toBe('abandoned');
  });
});

describe('init code', () => {
  it.each<[string, CodeElement[]]>([
    ['jumps to where it may', [{ at: 'on' }, 'JUMP', 'INVALID', { label: 'on' }, 1, 0, 'MSTORE8', 1, 0, 'RETURN']],
    ['jumps into pushed bytes', [4, 'JUMP', Uint8Array.of(0x61, 0x5b, 0x5b), 'STOP']],
    ['jumps behind its end', [0x5000, 'JUMP']],
    [
      'jumps twice, and ends in a push',
      [{ at: 'on' }, 'JUMP', { label: 'on' }, 1, { at: 'off' }, 'JUMPI', { label: 'off' }, Uint8Array.of(0x7f)],
    ],
  ])('that %s comes to what it comes to on stock', async (_, program) => {
    const stock = await createEthereumjsEngine(RULES);
    stock.beginBlock(environment());
    const creation = { ...message(10n ** 7n), to: undefined, data: assemble(...program) };
    const [ours, theirs] = await Promise.all(
      [engine, stock].map((one) => one.runCall(creation, plainState({}), WANTED)),
    );
    if (ours === undefined || theirs === undefined) throw new Error('two engines ran');
    expect(comparable(executed(ours))).toEqual(comparable(executed(theirs)));
  });
});

const WANTED = { isAbandoned: () => false };

function addressOf(index: number): Address {
  return `0x${Buffer.from(bigIntToBytesOfSize(BigInt(0x10_0000 + index), 20)).toString('hex')}`;
}

async function call(
  one: Engine,
  accounts: Readonly<Record<Address, TestAccountState>>,
  gasLimit: bigint,
): Promise<ExecutedTransaction> {
  return executed(await one.runCall(message(gasLimit), plainState(accounts), WANTED));
}

function message(gasLimit: bigint) {
  const from = testAccount(1).address;
  return { from, to: CALLER as Address | undefined, gasLimit, gasPrice: 0n, value: 0n, data: new Uint8Array(0) };
}
