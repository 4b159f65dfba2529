import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../test/support/engines.ts';
import { checkPrecompileCalls, PRECOMPILE_FAMILIES, sampleStep } from '../test/support/precompile-vectors.ts';
import { environment } from '../test/support/run.ts';
import { perFork } from '../test/support/state-fixtures.ts';

const folder = fixtureFolder('vectors');

describe.skipIf(folder === undefined).each(ENGINES)('precompiles on all official vectors on $name', (tested) => {
  const engineFor = perFork(tested.createEngine);
  it.each(PRECOMPILE_FAMILIES)(
    '$file gives the recorded output and failures, and fails with a gas less',
    async (family) => {
      const engine = await engineFor(family.fork ?? 'osaka', 1);
      engine.beginBlock(environment());
      // What the slow ones compute, the engines share.
      const step = tested.name === 'wasm' ? 1 : sampleStep(family);
      expect(await checkPrecompileCalls(engine, folder as string, family, step)).toEqual([]);
    },
  );
});
