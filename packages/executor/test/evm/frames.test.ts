import { type Address, bytesToBigInt, bytesToHex, keccak256Hex } from '@heddle/primitives';
import {
  assemble,
  type CodeElement,
  createRandom,
  initCodeOf,
  seedFromEnvironment,
  testAccount,
} from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, ExecutedTransaction } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';

const alice = testAccount(1);
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const OTHER: Address = `0x${'0c'.repeat(20)}`;
/** Leaves every frame enough for a deeper one, for all 1,024. */
const DEEP_GAS = 10n ** 13n;
const seed = seedFromEnvironment('frames');

let wasm: Engine;
let stock: Engine;

beforeAll(async () => {
  const rules = { ...RULES, transactionGasCap: undefined };
  [wasm, stock] = await Promise.all([createWasmEngine(rules), createEthereumjsEngine(rules)]);
  for (const engine of [wasm, stock]) engine.beginBlock(environment());
});

describe('frames', () => {
  it('are 1,025 deep at most, each with its own stack', async () => {
    // Leaves its depth on the stack while deeper frames run, and returns the deepest one's plus one.
    const program: CodeElement[] = ['CALLVALUE', 32, 0, 0, 0, 0, CONTRACT, 'GAS', 'CALL', 'POP', 'POP'];
    const code = assemble(...program, 0, 'MLOAD', 1, 'ADD', 0, 'MSTORE', 32, 0, 'RETURN');
    const outcome = await call(wasm, { [CONTRACT]: { code } }, DEEP_GAS);
    expect(bytesToBigInt(outcome.returnData)).toBe(1_025n);
    expect(comparable(outcome)).toEqual(comparable(await call(stock, { [CONTRACT]: { code } }, DEEP_GAS)));
  });

  it('keep their memory while the frames that they call need megabytes, and when it must move itself', async () => {
    const fill: CodeElement[] = [0x1234, 0x1_0000, 'MSTORE', 0xabcd, 0x20_0000, 'MSTORE'];
    const hashed: CodeElement[] = [0x20_0040, 0, 'KECCAK256', 0, 'MSTORE', 32, 0, 'RETURN'];
    const callee = assemble(...fill, ...hashed);
    const ask: CodeElement[] = [32, 0x8000, 0, 0, OTHER, 'GAS', 'STATICCALL', 'POP'];
    const caller = assemble(0x77, 0x60, 'MSTORE', ...ask, ...fill, ...ask, ...hashed);
    const memory = Buffer.alloc(0x20_0040);
    memory.writeUInt16BE(0x1234, 0x1_001e);
    memory.writeUInt16BE(0xabcd, 0x20_001e);
    const inner = Buffer.from(keccak256Hex(memory).slice(2), 'hex');
    memory[0x7f] = 0x77;
    memory.set(inner, 0x8000);
    const outcome = await call(wasm, { [CONTRACT]: { code: caller }, [OTHER]: { code: callee } }, 10n ** 9n);
    expect(Buffer.from(outcome.returnData).toString('hex')).toBe(keccak256Hex(memory).slice(2));
  });

  it('find zeros where a frame was before, by however many words their memory grows', async () => {
    const callee = assemble(0, 'NOT', ...Array(400).fill('DUP1'), 'STOP');
    const grown: number[] = [0];
    for (const words of [1, 1, 2, 7, 8, 9, 10, 64, 3, 128]) grown.push((grown.at(-1) ?? 0) + words * 32);
    const size = (grown.at(-1) ?? 0) + 32;
    const grow = grown.flatMap((offset): CodeElement[] => [offset, 'MLOAD', 'POP']);
    const ask: CodeElement[] = [0, 0, 0, 0, OTHER, 'GAS', 'STATICCALL', 'POP'];
    const caller = assemble(...ask, ...grow, size, 0, 'KECCAK256', 0, 'MSTORE', 32, 0, 'RETURN');
    const outcome = await call(wasm, { [CONTRACT]: { code: caller }, [OTHER]: { code: callee } }, 10n ** 6n);
    expect(bytesToHex(outcome.returnData)).toBe(keccak256Hex(Buffer.alloc(size)));
  });

  it('of creations inside of creations come to the same as on stock', async () => {
    const runtime = assemble(0x5b5b, 0, 'MSTORE', 32, 0, 'RETURN', new Uint8Array(9_000).fill(0x5b));
    let init = initCodeOf(runtime);
    for (let depth = 0; depth < 4; depth++) init = creating(init);
    const state = { [CONTRACT]: { code: init } };
    const outcome = await call(wasm, state, 10n ** 8n);
    expect(outcome.succeeded).toBe(true);
    expect(comparable(outcome)).toEqual(comparable(await call(stock, state, 10n ** 8n)));
  });

  it('whose memory no machine has end the run with an error of their own, and the engine lives', async () => {
    const state = { [CONTRACT]: { code: assemble(1, 0xc000_0000, 'MSTORE') } };
    await expect(call(wasm, state, 2n ** 52n)).rejects.toMatchObject({ code: 'EVM_MEMORY_EXHAUSTED' });
    expect((await call(wasm, { [CONTRACT]: { code: assemble('STOP') } }, 100_000n)).succeeded).toBe(true);
  });
});

describe('a block of operations', () => {
  const body: CodeElement[] = [
    ...[3, 5, 'ADD', 7, 'MUL', 0, 'MSTORE', 0x40, 0, 'KECCAK256', 'DUP1', 1, 'SSTORE', 1, 'SLOAD', 'EQ'],
    ...[{ at: 'on' }, 'JUMPI', 'INVALID', { label: 'on' }, 'GAS', 'POP', 0x20, 0, 'LOG0', 0, 0, 0, 0, OTHER, 0x5000],
    ...['DELEGATECALL', 'POP', 2, 'EXP', { at: 'end' }, 'JUMP', { label: 'end' }, 1, 2, 3, 'SSTORE', 'ADD', 'STOP'],
  ];

  it('fails at the same operation as when each is checked, whatever gas there is', async () => {
    const state = {
      [CONTRACT]: { code: assemble(9, ...body) },
      [OTHER]: { code: assemble(2, 1, 'TSTORE', 1, 'TLOAD', 4, 'SSTORE') },
    };
    const whole = await call(stock, state, 10n ** 6n);
    const random = createRandom(seed);
    const limits = new Set([whole.gasUsed, whole.gasUsed - 1n]);
    for (let gas = 21_000n; gas < 21_120n; gas++) limits.add(gas);
    while (limits.size < 300) limits.add(random.bigint(21_000n, whole.gasUsed + 1_000n));
    for (const limit of limits) {
      const [ours, theirs] = [await call(wasm, state, limit), await call(stock, state, limit)];
      expect(comparable(ours), `gas limit ${limit} (HEDDLE_SEED=${seed})`).toEqual(comparable(theirs));
    }
  });

  it.each<{ name: string; program: CodeElement[]; halt: string; gas?: bigint }>([
    { name: 'too little on the stack late in it', program: [1, 'POP', 'POP', 'STOP'], halt: 'stack underflow' },
    {
      name: 'an operation unknown behind a jump out of it',
      program: [{ at: 'x' }, 'JUMP', 'INVALID', { label: 'x' }, 'ADD'],
      halt: 'stack underflow',
    },
    {
      name: 'a jump into pushed bytes',
      program: [4, 'JUMP', Uint8Array.of(0x61, 0x5b, 0x5b), 'STOP'],
      halt: 'invalid jump destination',
    },
    {
      name: 'an unknown operation at its end',
      program: [1, 2, 'ADD', Uint8Array.of(0x21)],
      halt: 'invalid opcode: opcode 0x21 not defined',
    },
    { name: 'too much on the stack', program: Array(1_025).fill('GASPRICE'), halt: 'stack limit reached 1024 (1023)' },
    {
      name: 'gas that ends before an unknown operation',
      program: [1, 2, 'ADD', 'INVALID'],
      halt: 'out of gas',
      gas: 21_008n,
    },
  ])('with $name halts so', async ({ program, halt, gas = 10n ** 6n }) => {
    const outcome = await call(wasm, { [CONTRACT]: { code: assemble(...program) } }, gas);
    expect(outcome.haltReason).toBe(halt);
    expect(outcome.gasUsed).toBe(gas);
  });

  it('ends where the code ends, also inside of a push', async () => {
    for (const program of [[], [1, 2, 'ADD'], [Uint8Array.of(0x7f, 1)], ['GAS'], [0, 0, 'JUMPI']]) {
      const state = { [CONTRACT]: { code: assemble(...(program as CodeElement[])) } };
      const outcome = await call(wasm, state, 50_000n);
      expect(outcome.succeeded).toBe(true);
      expect(comparable(outcome)).toEqual(comparable(await call(stock, state, 50_000n)));
    }
  });
});

async function call(
  engine: Engine,
  accounts: Readonly<Record<Address, TestAccountState>>,
  gasLimit: bigint,
): Promise<ExecutedTransaction> {
  const message = { from: alice.address, to: CONTRACT, gasLimit, gasPrice: 0n, value: 0n, data: new Uint8Array(0) };
  return executed(await engine.runCall(message, plainState(accounts), { isAbandoned: () => false }));
}

/** Init code that runs `init` as a creation, and deploys what that one deployed. */
function creating(init: Uint8Array): Uint8Array {
  const program = (offset: number) =>
    assemble(
      ...[init.length, 'DUP1', offset, 0, 'CODECOPY', 0, 0, 'CREATE', 'DUP1', 'EXTCODESIZE', 'DUP1', 0, 0, 'DUP4'],
      ...['EXTCODECOPY', 0, 'RETURN'],
    );
  const header = program(program(0xff).length);
  return Buffer.concat([header, init]);
}
