import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createBlockRunner } from '../../src/block-runner.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { hotLocations, parallelismBound } from '../../src/figures-path.ts';
import { createLonePool } from '../../src/lone-pool.ts';
import { PathFinder } from '../../src/path-finder.ts';
import { type Core, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import {
  locationNames,
  type TrueAccesses,
  trueAccesses,
  trueDependencies,
} from '../../src/shared-memory/true-dependencies.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { randomBlock, randomBlocksAlloc } from './random-blocks.ts';
import { noCancel, RULES } from './test-chain.ts';

const BLOCKS = 30;

describe('the true dependencies of a block', () => {
  it('say of it what all of its accesses say', async () => {
    const seed = seedFromEnvironment('true dependencies');
    const run = await start();
    let hot = 0;
    for (let index = 0; index < BLOCKS; index++) {
      const { core, committed } = await run(`${seed}/${index}`);
      const [all, few] = [trueAccesses(core, committed), trueDependencies(core, committed)];
      const figures = figuresOf(core, few);
      expect(figures, `block ${index}`).toEqual(figuresOf(core, all));
      expect(few.heads.length).toBeLessThan(all.heads.length);
      hot += figures.hot.length;
    }
    expect(hot).toBeGreaterThan(BLOCKS / 2);
  });

  it('are listed as often as somebody asks', async () => {
    const { core, committed } = await (await start())(1);
    const first = trueDependencies(core, committed);
    trueAccesses(core, committed);
    expect(trueDependencies(core, committed)).toEqual(first);
  });
});

describe('locations', () => {
  it('stand in the order of their names', async () => {
    const { core, committed } = await (await start())(seedFromEnvironment('locations'));
    const { heads } = trueAccesses(core, committed);
    const { compare, nameOf } = locationNames(core, heads);
    const keyOf = (location: number) => {
      const { address, kind, slot } = nameOf(location);
      return `${address} ${kind} ${slot ?? ''}`;
    };
    const locations = [...heads.keys()];
    const keys = locations.map(keyOf);
    expect(new Set(keys.map((key) => key.split(' ')[1])).size).toBeGreaterThan(3);
    expect(locations.sort(compare).map(keyOf)).toEqual(keys.sort());
  });
});

/** Runs random blocks on one worker. */
async function start() {
  const core = instantiateCore(await loadSharedCore('debug'), 0);
  const engine = await createWasmEngine(RULES, { core: core.steps });
  const accounts = randomBlocksAlloc(RULES).map(({ address, storage, ...account }) => {
    const slots = new Map([...storage].map(([slot, value]) => [slot, Buffer.from(value.slice(2), 'hex')]));
    return [address, { ...account, storage: slots }];
  });
  const reader = createMemoryState(Object.fromEntries(accounts));
  const runner = createBlockRunner({ core, engine, reader, pool: createLonePool(core) });
  const hashes = { parentNumber: 0, bytes: new Uint8Array(32) };
  return async (seed: number | string) => {
    const { environment, transactions } = randomBlock(createRandom(seed), RULES);
    const limits = { sizeLimitBytes: 2 ** 20, deadline: Infinity, timeBudgetMs: Infinity };
    const run = await runner({ context: { environment, hashes }, transactions, limits, rules: RULES }, noCancel());
    return run.status === 'done' ? run : expect.fail(`the block is ${run.status}`);
  };
}

function figuresOf(core: Core, { heads, ...accesses }: TrueAccesses) {
  const finder = new PathFinder(accesses);
  return {
    byGas: parallelismBound(finder, 'gas'),
    byTime: parallelismBound(finder, 'timeNs'),
    hot: hotLocations(finder, locationNames(core, heads)),
  };
}
