import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, ENGINE_NAMES, ZERO_HASH } from '@heddle/primitives';
import { assemble, ETHER, signedTransaction, TEST_CHAIN_ID, temporaryDirectory, testAccount } from '@heddle/testkit';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { evmCommand } from '../../src/cli/evm-command.ts';

const alice = testAccount(1);
const CONTRACT = `0x${'c0'.repeat(20)}` as const;
const INNER = `0x${'c1'.repeat(20)}` as const;
const FILE = 'state-test.json';

describe('heddle evm statetest --trace', () => {
  const scratch = temporaryDirectory('step-lines');
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => scratch.remove());

  async function traced(engine: string): Promise<{ readonly lines: string[]; readonly results: string[] }> {
    writeFileSync(join(scratch.path, FILE), JSON.stringify({ 'a test': stateTest() }));
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

/** One transaction that leaves its code 100,000 gas; what comes of it is not what the test says. */
function stateTest(): object {
  const fields = { to: CONTRACT, value: 0n, gasLimit: 121_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 0n };
  const caller = assemble(0, 0, 0, 0, INNER, 20_000, 'DELEGATECALL', 'PREVRANDAO', 'INVALID');
  const inner = assemble(0, 1, 'SSTORE', 2, 0, 'MSTORE', 1, 31, 'REVERT');
  const account = (given: object) => ({ balance: '0x00', nonce: '0x00', code: '0x', storage: {}, ...given });
  const txbytes = bytesToHex(signedTransaction(alice, fields).raw);
  return {
    env: {
      currentCoinbase: `0x${'fe'.repeat(20)}`,
      currentNumber: '0x01',
      currentTimestamp: '0x03e8',
      currentGasLimit: '0x989680',
      currentBaseFee: '0x0a',
      currentRandom: '0x00',
      currentExcessBlobGas: '0x00',
    },
    config: { chainid: `0x${TEST_CHAIN_ID.toString(16)}` },
    pre: {
      [alice.address]: account({ balance: `0x${ETHER.toString(16)}` }),
      [CONTRACT]: account({ code: bytesToHex(caller), storage: { '0x01': '0x07' } }),
      [INNER]: account({ code: bytesToHex(inner) }),
    },
    post: { Prague: [{ hash: ZERO_HASH, logs: ZERO_HASH, txbytes, state: {} }] },
  };
}
