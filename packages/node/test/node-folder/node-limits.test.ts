import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { nodeConfigOf } from '../../src/node-folder/node-config.ts';

const directory = temporaryDirectory('node-limits');
afterAll(() => directory.remove());

/** A validator's folder whose node.json says these limits. */
async function folderWith(limits: unknown): Promise<string> {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const chain = join(directory.path, 'chain');
  const args = ['genesis', '--out', chain, '--validators', '1', '--seed', 'limits'];
  await runProgram(args, { startNode: () => Promise.reject(new RangeError('no node is started')) });
  vi.restoreAllMocks();
  const folder = join(chain, 'validator-0');
  const file = join(folder, 'node.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), limits }));
  return folder;
}

describe('limits in node.json', () => {
  it('hold, and a flag goes before them', async () => {
    const folder = await folderWith({ 'rpc.body': '1MiB', 'p2p.connections': 40, 'pool.transactions': '9_000' });
    const { limits } = nodeConfigOf(folder, { limits: { 'rpc.body': '2MiB' } });
    expect(limits.rpc.bodySizeBytes).toBe(2 * 1_024 * 1_024);
    expect([limits.p2p.connections, limits.pool.transactionCount]).toEqual([40, 9_000]);
    expect(limits.rpc.batchItemCount).toBe(1_000);
  });

  it.each([
    [{ 'rpc.boddy': '1MiB' }, /node\.json: limits\.rpc\.boddy: found "1MiB", expected no such field here/],
    [{ 'rpc.body': '1 parsec' }, /limits\.rpc\.body: found "1 parsec", expected bytes from 1KiB to 256MiB/],
    [{ 'rpc.body': true }, /limits\.rpc\.body: found true, expected bytes/],
    [['rpc.body'], /limits: found \["rpc\.body"\], expected an object/],
  ])('%j are refused with the place and what would do', async (limits, message) => {
    const folder = await folderWith(limits);
    expect(() => nodeConfigOf(folder)).toThrow(
      expect.objectContaining({ code: 'FILE_MALFORMED', message: expect.stringMatching(message) }),
    );
  });

  it('that contradict each other are refused', async () => {
    const folder = await folderWith({ 'p2p.batch': '1MiB' });
    expect(() => nodeConfigOf(folder)).toThrow('the limit p2p.batch=1MiB exceeds p2p.batch-hard=256KiB');
  });
});
