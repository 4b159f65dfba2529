import { join } from 'node:path';
import { ENGINE_NAMES } from '@heddle/primitives';
import { fixtureFolder, temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { evmCommand } from '../../src/cli/evm-command.ts';
import { INNER, writeStateTest } from './one-state-test.ts';

describe('heddle evm statetest --trace', () => {
  const scratch = temporaryDirectory('step-lines');
  afterEach(() => {
    vi.restoreAllMocks();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  });
  afterAll(() => scratch.remove());

  async function traced(engine: string): Promise<{ readonly lines: string[]; readonly results: string[] }> {
    writeStateTest(scratch.path);
    const lines: string[] = [];
    const results: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
    vi.spyOn(console, 'log').mockImplementation((line) => void results.push(line));
    const command = evmCommand(() => undefined);
    await command.parseAsync(['statetest', '--trace', '--engine', engine, scratch.path], { from: 'user' });
    return { lines, results };
  }

  it.each(ENGINE_NAMES)('writes the lines of EIP-3155 beside the results, on %s', async (engine) => {
    const { lines, results } = await traced(engine);
    expect(results.map((line) => JSON.parse(line))).toMatchObject([{ name: 'a test' }, { summary: { failed: 1 } }]);
    const [announced, ...steps] = lines;
    expect(announced).toBe('{"name":"a test","fork":"Prague","index":0}');
    const summary = steps.pop();
    expect(summary).toBe('{"output":"","gasUsed":"0x186a0","error":"invalid opcode: INVALID"}');
    expect(steps.slice(0, 2)).toEqual([
      '{"pc":0,"op":95,"gas":"0x186a0","gasCost":"0x2","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH0"}',
      '{"pc":1,"op":95,"gas":"0x1869e","gasCost":"0x2","memSize":0,"stack":["0x0"],"depth":1,"refund":0,"opName":"PUSH0"}',
    ]);
    const row = ({ opName, depth, gas, gasCost, memSize, stack, refund, error }: Record<string, unknown>) =>
      [opName, depth, Number(gas), Number(gasCost), memSize, String(stack), refund, error] as const;
    expect(steps.slice(6).map((line) => row(JSON.parse(line)))).toEqual([
      ['DELEGATECALL', 1, 99_986, 22_600, 0, `0x0,0x0,0x0,0x0,${INNER},0x4e20`, 0, undefined],
      ['PUSH0', 2, 20_000, 2, 0, '', 0, undefined],
      ['PUSH1', 2, 19_998, 3, 0, '0x0', 0, undefined],
      ['SSTORE', 2, 19_995, 5_000, 0, '0x0,0x1', 4_800, undefined],
      ['PUSH1', 2, 14_995, 3, 0, '', 4_800, undefined],
      ['PUSH0', 2, 14_992, 2, 0, '0x2', 4_800, undefined],
      ['MSTORE', 2, 14_990, 6, 0, '0x2,0x0', 4_800, undefined],
      ['PUSH1', 2, 14_984, 3, 32, '', 4_800, undefined],
      ['PUSH1', 2, 14_981, 3, 32, '0x1', 4_800, undefined],
      ['REVERT', 2, 14_978, 0, 32, '0x1,0x1f', 4_800, 'execution reverted'],
      ['DIFFICULTY', 1, 92_364, 2, 0, '0x0', 0, undefined],
      ['INVALID', 1, 92_362, 92_362, 0, '0x0,0x0', 0, 'invalid opcode: INVALID'],
    ]);
  });
});

const blockFolder = fixtureFolder('blockchain-eest');
const IDENTITY = join('homestead', 'identity_precompile', 'test_identity_return_buffer_modify.json');

describe.skipIf(blockFolder === undefined)('heddle evm blocktest --trace', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  });

  async function linesOf(engine: string): Promise<string[]> {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const only = ['--fork', 'Prague', '--run', 'opcode_CALL-'];
    const command = evmCommand((code) => expect(code).toBe(0));
    const args = ['blocktest', '--trace', '--engine', engine, ...only, join(blockFolder as string, IDENTITY)];
    await command.parseAsync(args, { from: 'user' });
    return lines;
  }

  it('says before the steps of which transaction or system calls they are, and writes the same on both engines', async () => {
    const [wasm, stock] = [await linesOf('wasm'), await linesOf('ethereumjs')];
    const told = wasm.map((line) => JSON.parse(line));
    expect(told[0]).toEqual({ name: expect.stringContaining('opcode_CALL-'), fork: 'Prague' });
    const message = { output: '', gasUsed: expect.anything() };
    expect(told.slice(1).filter((line) => !('op' in line))).toEqual([
      { blockNumber: 1, system: 'start' }, // EIP-2935, EIP-4788
      ...[message, message],
      { blockNumber: 1, transaction: 0 },
      message,
      { blockNumber: 1, system: 'end' }, // EIP-7002, EIP-7251
      ...[message, message],
    ]);
    expect(told.find(({ op }) => op !== undefined)).toMatchObject({ pc: 0, opName: 'CALLER', depth: 1 });
    expect(wasm).toEqual(stock);
  });
});
