import { bigIntToBytesOfSize, concatBytes } from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { RunAbandoned } from '../../src/engine.ts';
import { checkPrecompile, loadPrecompile, PRECOMPILE_FAMILIES, sampleStep } from '../support/precompile-vectors.ts';

const folder = fixtureFolder('vectors');

describe.skipIf(folder === undefined)('precompiles on the official vectors', () => {
  it.each(PRECOMPILE_FAMILIES)('$file gives the recorded output, gas and failures', async (family) => {
    expect(await checkPrecompile(folder as string, family, sampleStep(family))).toEqual([]);
  });
});

describe('precompiles', () => {
  it('are there from the fork that brought them', async () => {
    await expect(loadPrecompile(0x0a, 'shanghai')).rejects.toThrow('no precompile');
    await expect(loadPrecompile(0x100, 'prague')).rejects.toThrow('no precompile');
  });

  it('give what stays as it is when their input changes', async () => {
    for (const address of [0x02, 0x03, 0x04]) {
      const { run } = await loadPrecompile(address, 'osaka');
      const input = Uint8Array.of(1, 2, 3);
      const output = run(input);
      const before = Uint8Array.from(output ?? []);
      input.fill(9);
      expect(output).toEqual(before);
    }
  });

  it('give up a MODEXP with an exponent of a megabyte when the run is abandoned', async () => {
    let polls = 0;
    const modexp = await loadPrecompile(0x05, 'prague', () => {
      polls++;
      if (polls === 3) throw new RunAbandoned();
    });
    const size = 1 << 20;
    const sizes = [1, size, 1].map((count) => bigIntToBytesOfSize(BigInt(count), 32));
    const input = concatBytes(...sizes, Uint8Array.of(3), new Uint8Array(size).fill(0xff), Uint8Array.of(7));
    expect(() => modexp.run(input)).toThrow(RunAbandoned);
  });

  it('give up a BLAKE2 call of four billion rounds when the run is abandoned', async () => {
    let polls = 0;
    const blake2f = await loadPrecompile(0x09, 'osaka', () => {
      polls++;
      if (polls === 3) throw new RunAbandoned();
    });
    const input = new Uint8Array(213);
    input.fill(0xff, 0, 4);
    expect(() => blake2f.run(input)).toThrow(RunAbandoned);
  });

  it.each([
    ['a multiplication of many points of G1', 0x0c, 160],
    ['a multiplication of many points of G2', 0x0e, 288],
    ['many pairings on BLS12-381', 0x0f, 384],
    ['many pairings on alt_bn128', 0x08, 192],
  ])('give up %s when the run is abandoned, rather than refuse it', async (_, address, pairSize) => {
    let polls = 0;
    const precompile = await loadPrecompile(address, 'osaka', () => {
      polls++;
      if (polls === 2) throw new RunAbandoned();
    });
    expect(() => precompile.run(new Uint8Array(pairSize * 500))).toThrow(RunAbandoned);
  });
});
