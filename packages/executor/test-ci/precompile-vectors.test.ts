import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { checkPrecompile, PRECOMPILE_FAMILIES } from '../test/support/precompile-vectors.ts';

const folder = fixtureFolder('vectors');

describe.skipIf(folder === undefined)('precompiles on all official vectors', () => {
  it.each(PRECOMPILE_FAMILIES)('$file gives the recorded output, gas and failures', async (family) => {
    expect(await checkPrecompile(folder as string, family, 1)).toEqual([]);
  });
});
