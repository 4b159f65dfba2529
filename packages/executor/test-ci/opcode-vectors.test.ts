import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, bytesToHex, type Hex, hexToBytes } from '@heddle/primitives';
import { assemble, type CodeElement, fixtureFolder, testAccount, withCodesHotFrom } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../src/engine.ts';
import { createEthereumjsEngine } from '../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../src/engines/wasm/create-engine.ts';
import { environment, executed, plainState, RULES } from '../test/support/run.ts';

interface Vector {
  readonly X: string;
  readonly Y: string;
  readonly Expected: string;
}

/** Where an operand comes from: cells treat one that the code names apart. */
type Source = 'code' | 'input';

/** Every file of the set, and the operation that it is for. */
const FILES = {
  add: 'ADD',
  and: 'AND',
  byte: 'BYTE',
  div: 'DIV',
  eq: 'EQ',
  exp: 'EXP',
  gt: 'GT',
  lt: 'LT',
  mod: 'MOD',
  mul: 'MUL',
  or: 'OR',
  sar: 'SAR',
  sdiv: 'SDIV',
  sgt: 'SGT',
  shl: 'SHL',
  shr: 'SHR',
  signext: 'SIGNEXTEND',
  slt: 'SLT',
  smod: 'SMOD',
  sub: 'SUB',
  xor: 'XOR',
};
const VECTORS = 81;
const SOURCES: readonly (readonly [x: Source, y: Source])[] = [
  ['code', 'code'],
  ['input', 'code'],
  ['code', 'input'],
  ['input', 'input'],
];
const EVMS = [
  { evm: 'ethereumjs', create: () => createEthereumjsEngine(RULES) },
  { evm: 'wasm, never in cells', create: () => withCodesHotFrom(1 << 30, () => createWasmEngine(RULES)) },
  { evm: 'wasm, always in cells', create: () => withCodesHotFrom(0, () => createWasmEngine(RULES)) },
];
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const alice = testAccount(1);

const folder = fixtureFolder('vectors');

describe.skipIf(folder === undefined).each(EVMS)('operations on all official vectors on $evm', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
    engine.beginBlock(environment());
  });

  it.each(Object.entries(FILES))('%s gives the recorded words', async (file, operation) => {
    const path = join(folder as string, 'opcodes', `testcases_${file}.json`);
    const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[];
    expect(vectors).toHaveLength(VECTORS);
    for (const { X, Y, Expected } of vectors) {
      for (const [x, y] of SOURCES) {
        const code = assemble(...operand(x, X, 0), ...operand(y, Y, 32), operation, 0, 'MSTORE', 32, 0, 'RETURN');
        const where = `${Y} (from the ${y}) ${operation} ${X} (from the ${x})`;
        expect(await answer(engine, code, hexToBytes(`0x${X}${Y}`)), where).toBe(`0x${Expected}`);
      }
    }
  });
});

function operand(source: Source, word: string, offset: number): CodeElement[] {
  return source === 'code' ? [`0x${word}`] : [offset, 'CALLDATALOAD'];
}

async function answer(engine: Engine, code: Uint8Array, data: Uint8Array): Promise<Hex> {
  const message = { from: alice.address, to: CONTRACT, gasLimit: 1_000_000n, gasPrice: 0n, value: 0n, data };
  const state = plainState({ [CONTRACT]: { code } });
  const { returnData } = executed(await engine.runCall(message, state, { isAbandoned: () => false }));
  return bytesToHex(returnData);
}
