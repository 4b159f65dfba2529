import { ENGINE_NAMES } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { evmCommand } from '../../src/cli/evm-command.ts';
import { writeStateTest } from './one-state-test.ts';

describe('heddle evm statetest --workers', () => {
  const scratch = temporaryDirectory('speculation');
  afterEach(() => {
    vi.restoreAllMocks();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  });
  afterAll(() => scratch.remove());

  async function results(...options: string[]) {
    writeStateTest(scratch.path);
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    await evmCommand(() => undefined).parseAsync(['statetest', ...options, scratch.path], { from: 'user' });
    return lines.map((line) => JSON.parse(line));
  }

  it.each(ENGINE_NAMES)('runs the transaction ahead of its turn, to the same state, on %s', async (engine) => {
    const [plain, ...without] = await results('--engine', engine);
    expect(without).toEqual([{ summary: { passed: 0, failed: 1, skipped: 0 } }]);
    expect(plain.actual).toMatch(/^state 0x.*, logs 0x/);
    for (const workers of [1, 2]) {
      const [verdict, summary] = await results('--engine', engine, '--workers', String(workers));
      expect(verdict).toEqual(plain);
      expect(summary.speculation).toMatchObject({ blocks: 1, transactions: 1, speculativeRuns: 1 });
      expect(summary.speculation.runsPerWorker).toEqual([1]);
      expect(summary.speculation.publishedVersions).toBe(2); // the sender's nonce and balance
    }
  });
});
