import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { replayFiles } from '../../src/replay/replay-files.ts';
import { expectReplaySchema } from '../../test/replay/replay-schema.ts';

const folder = fixtureFolder('mainnet');
const blocks = folder === undefined ? [] : readdirSync(join(folder, 'pevm'));

function filesOf(number: string) {
  const at = (name: string) => join(folder as string, 'pevm', number, name);
  const blockHashes = at('block_hashes.json');
  return {
    block: at('block.json'),
    prestate: at('pre_state.json'),
    ...(existsSync(blockHashes) && { blockHashes }),
  };
}

describe.skipIf(folder === undefined)('a block of mainnet, replayed', () => {
  it.each(blocks)('agrees with its header, plainly and in parallel: %s', async (number) => {
    const report = await replayFiles(filesOf(number), { workers: 2, repeats: 1 });
    expectReplaySchema(JSON.parse(JSON.stringify(report)));
    const { block, figures, checks } = report;
    console.log(
      `${number}: bound by gas ${figures?.byGas.bound.unlimited.toFixed(2)}, ${figures?.reExecutions} re-executed`,
    );
    expect(report.differences).toEqual([]);
    const unchecked = checks.filter(({ verdict }) => verdict === 'unchecked').map(({ field }) => field);
    expect(unchecked).toEqual(block.number < 4_370_000 ? ['receiptsRoot', 'stateRoot'] : ['stateRoot']);
    expect(figures?.incarnations).toBeGreaterThanOrEqual(block.transactions);
    expect(figures?.byGas.t1).toBe(block.gasUsed);
  });

  it('comes to the state root of its header where a witness proves its state', async () => {
    const witness = join(folder as string, 'witness', 'ethereum', '1-23587691.json');
    const report = await replayFiles({ witness }, { workers: 2, repeats: 1 });
    expectReplaySchema(JSON.parse(JSON.stringify(report)));
    expect(report.differences).toEqual([]);
    expect(report.checks.map(({ verdict }) => verdict)).toEqual(report.checks.map(() => 'equal'));
    expect(report.checks.map(({ field }) => field)).toEqual(expect.arrayContaining(['stateRoot', 'requestsHash']));
  });

  it('asks for the hash that BLOCKHASH reads, by its number', async () => {
    const { blockHashes, ...files } = filesOf('19923400');
    const [number] = Object.keys(JSON.parse(readFileSync(blockHashes as string, 'utf8')));
    const replay = replayFiles(files, { workers: 1, repeats: 1 });
    await expect(replay).rejects.toThrow(`reads the hash of block ${number} with BLOCKHASH`);
  });
});
