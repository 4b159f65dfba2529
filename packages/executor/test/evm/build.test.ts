import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const text = async (build = 'evm') => readFile(new URL(`../../build/${build}.wat`, import.meta.url), 'utf8');

it('the compiled EVM has no runtime, no start function and no writable data', async () => {
  expect(await text()).not.toMatch(/__new|~lib\/rt|\(start /);
  expect((await text()).match(/\(data /g)).toHaveLength(2); // keccak's round constants, BLAKE2's schedule
});

it('the compiled EVM dispatches operations through tables, never through chains of comparisons', async () => {
  const tables = (await text()).match(/br_table( \$[^\s)]+)+/g) ?? [];
  const sizes = tables.map((table) => table.split(' ').length);
  expect(sizes.filter((size) => size > 250)).toHaveLength(2); // the loop over bytes, and over cells
});

it('the compiled EVM reports no steps: that is another build, with one loop', async () => {
  expect(await text()).not.toContain('"trace"');
  const traced = await text('evm.traced');
  expect(traced.match(/\(import "trace" "\w+"/g)).toHaveLength(5);
  const tables = traced.match(/br_table( \$[^\s)]+)+/g) ?? [];
  expect(tables.filter((table) => table.split(' ').length > 250)).toHaveLength(1);
});
