import type { Address } from '@heddle/primitives';
import { assemble, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { Step, StepEnd, Tracer } from '../../src/tracer.ts';
import { ENGINES } from '../support/engines.ts';
import { recordTrace } from '../support/record-trace.ts';
import { environment, executed, plainState, RULES, word } from '../support/run.ts';

const CALLER: Address = `0x${'ca'.repeat(20)}`;
const CALLEE: Address = `0x${'ce'.repeat(20)}`;
const alice = testAccount(1);

/** Each step with its end: [depth, pc, opcode, gas, cost, stack, memory size, refund, error]. */
function stepTable(): { readonly tracer: Tracer; readonly rows: unknown[][] } {
  const rows: unknown[][] = [];
  const open: [Step['depth'], ...unknown[]][] = [];
  const tracer: Tracer = {
    ...recordTrace(),
    step: (step) => {
      const { depth, pc, opcode, gas, memorySize } = step;
      open.push([depth, pc, opcode, Number(gas), step.stack().map(Number), memorySize]);
    },
    stepEnd: ({ gasCost, refund, error }: StepEnd) => {
      const [depth, pc, opcode, gas, ...rest] = open.pop() ?? [];
      rows.push([depth, pc, opcode, gas, Number(gasCost), ...rest, Number(refund), error]);
    },
  };
  return { tracer, rows };
}

describe.each(ENGINES)('the engine $name reports', ({ createEngine }) => {
  async function call(tracer: Tracer, code: Uint8Array, callee = assemble('STOP')) {
    const engine = await createEngine(RULES, { tracer });
    engine.beginBlock(environment());
    const slots = new Map([[word(1), Buffer.from(word(7).slice(2), 'hex')]]);
    const state = plainState({ [CALLER]: { code, storage: slots, balance: 9n }, [CALLEE]: { code: callee } });
    const message = {
      from: alice.address,
      to: CALLER,
      gasLimit: 121_000n,
      gasPrice: 0n,
      value: 0n,
      data: new Uint8Array(),
    };
    return executed(await engine.runCall(message, state, { isAbandoned: () => false }));
  }

  it('each step with what it costs, what it found and what it added to the refund', async () => {
    const { tracer, rows } = stepTable();
    await call(tracer, assemble(0, 1, 'SSTORE', 0xff, 0, 'MSTORE8', 'POP'));
    expect(rows).toEqual([
      [0, 0, 0x5f, 100_000, 2, [], 0, 0, undefined],
      [0, 1, 0x60, 99_998, 3, [0], 0, 0, undefined],
      [0, 3, 0x55, 99_995, 5_000, [0, 1], 0, 4_800, undefined],
      [0, 4, 0x60, 94_995, 3, [], 0, 4_800, undefined],
      [0, 6, 0x5f, 94_992, 2, [255], 0, 4_800, undefined],
      [0, 7, 0x53, 94_990, 6, [255, 0], 0, 4_800, undefined],
      [0, 8, 0x50, 94_984, 94_984, [], 32, 4_800, 'stack underflow'],
    ]);
  });

  it('the calls before what they run, with the gas that they hand on less a stipend; a refused one opens no frame', async () => {
    const { tracer, rows } = stepTable();
    const paying = (value: number) => assemble(0, 0, 0, 0, value, CALLEE, 1_000, 'CALL');
    await call(tracer, assemble(paying(5), paying(10)), assemble('ADDRESS'));
    const calls = rows.filter(([, , opcode]) => opcode === 0xf1 || opcode === 0x30 || opcode === 0x00);
    expect(calls.map(([depth, pc, opcode, gas, cost]) => [depth, pc, opcode, gas, cost])).toEqual([
      [0, 30, 0xf1, 99_983, 2_600 + 9_000 + 1_000],
      [1, 0, 0x30, 1_000 + 2_300, 2],
      [1, 1, 0x00, 1_000 + 2_298, 0],
      [0, 61, 0xf1, 90_664, 100 + 9_000 + 1_000],
      [0, 62, 0x00, 90_664 - 10_100 + 1_000 + 2_300, 0],
    ]);
  });

  it('a REVERT that lacks its operands, and what came before it', async () => {
    const { tracer, rows } = stepTable();
    await call(tracer, assemble('JUMPDEST', 'REVERT'));
    expect(rows).toEqual([
      [0, 0, 0x5b, 100_000, 1, [], 0, 0, undefined],
      [0, 1, 0xfd, 99_999, 99_999, [], 0, 0, 'stack underflow'],
    ]);
  });

  it('frames and storage in the order in which they happen', async () => {
    const recorder = recordTrace();
    const callee = assemble(5, 1, 'TSTORE', 1, 'TLOAD', 'POP', 1, 'SLOAD', 0, 'MSTORE', 1, 31, 'REVERT');
    await call(recorder, assemble(0, 0, 4, 28, CALLEE, 'GAS', 'DELEGATECALL', 'STOP'), callee);
    const told = recorder.lines.filter((line) => !/^(step|end)/.test(line));
    expect(told.map((line) => line.split(' {')[0])).toEqual([
      'frame',
      'frame',
      'storage',
      'storage',
      'storage',
      'frame end',
      'frame end',
    ]);
    const [, inner, ...accesses] = told.map((line) => JSON.parse(line.slice(line.indexOf('{'))));
    expect(inner).toMatchObject({
      depth: 1,
      kind: 'DELEGATECALL',
      caller: alice.address,
      address: CALLER,
      codeAddress: CALLEE,
      input: '0x00000000',
    });
    expect(accesses.slice(0, 3)).toEqual([
      { kind: 'transientWrite', address: CALLER, slot: word(1), value: word(5) },
      { kind: 'transientRead', address: CALLER, slot: word(1), value: word(5) },
      { kind: 'read', address: CALLER, slot: word(1), value: word(7) },
    ]);
    expect(accesses[3]).toMatchObject({ depth: 1, error: 'execution reverted', output: '0x07' });
  });

  it('nothing more once the tracer has thrown, and the run ends with what it threw', async () => {
    const { tracer, rows } = stepTable();
    const limited: Tracer = {
      ...tracer,
      step(step) {
        if (step.pc === 2) throw new RangeError('enough');
        tracer.step(step);
      },
    };
    await expect(call(limited, assemble('JUMPDEST', 'PC', 'PC', 'PC'))).rejects.toThrow('enough');
    expect(rows.length).toBe(2);
    await call(tracer, assemble('PC'));
    expect(rows.length).toBe(4);
  });
});
