import type { Fork } from '@heddle/primitives';
import { createRandom, fixtureFolder, seedFromEnvironment } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleBlockCases } from '../support/block-fixtures.ts';
import { fixtureFiles } from '../support/state-fixtures.ts';
import { createFixtureChain, type FixtureChain } from './block-fixture-chain.ts';

const folder = fixtureFolder('blockchain-eest');
const COUNT = Number(process.env.HEDDLE_BLOCK_CASES ?? 60);
const FORKS: Readonly<Record<string, Fork>> = { Prague: 'prague', Osaka: 'osaka' };

// Prague's and Osaka's hold the system contracts, and transactions that read what they keep: trap 57.
describe.skipIf(folder === undefined)('official block tests on two workers', () => {
  const chains = new Map<string, FixtureChain>();
  afterAll(async () => {
    for (const chain of chains.values()) await chain.close();
  });

  it('gives the recorded roots, gas and requests in as many of them as were asked for', {
    timeout: 600_000,
  }, async () => {
    const random = createRandom(seedFromEnvironment('block tests on two workers', 12));
    const failures: string[] = [];
    for (const testCase of sampleBlockCases(fixtureFiles(folder as string), COUNT, random)) {
      if ((testCase.config?.chainid ?? '0x01') !== '0x01') continue;
      const { network } = testCase;
      const chain = chains.get(network) ?? (await createFixtureChain(FORKS[network] as Fork, 2));
      chains.set(network, chain);
      const failure = await chain.check(testCase);
      if (failure !== undefined) failures.push(`${testCase.name}: ${failure}`);
    }
    expect(failures).toEqual([]);
  });
});
