import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const text = async () => readFile(new URL('../../build/evm.wat', import.meta.url), 'utf8');

it('the compiled EVM has no runtime, no start function and no writable data', async () => {
  expect(await text()).not.toMatch(/__new|~lib\/rt|\(start /);
  expect((await text()).match(/\(data /g)).toHaveLength(1); // keccak's round constants
});

it('the compiled EVM dispatches operations through tables, never through chains of comparisons', async () => {
  const tables = (await text()).match(/br_table( \$[^\s)]+)+/g) ?? [];
  const sizes = tables.map((table) => table.split(' ').length);
  expect(sizes.filter((size) => size > 150)).toHaveLength(2); // the loop, and its careful form
});
