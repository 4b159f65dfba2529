import { type Address, bytesToHex } from '@heddle/primitives';
import { assemble, type CodeElement, testAccount, withCodesHotFrom } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';

const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const alice = testAccount(1);
const times = (count: number, ...elements: CodeElement[]) => Array.from({ length: count }, () => elements).flat();
const RETURN_TOP: CodeElement[] = [0, 'MSTORE', 32, 0, 'RETURN'];

/** Before EIP-7623, whose floor is above what some of these programs burn. */
const CANCUN = { ...RULES, fork: 'cancun' } as const;

let hot: Engine;
let stock: Engine;
beforeAll(async () => {
  hot = await withCodesHotFrom(0, () => createWasmEngine(CANCUN));
  stock = await createEthereumjsEngine(CANCUN);
  for (const engine of [hot, stock]) engine.beginBlock(environment());
});

async function outcome(engine: Engine, code: Uint8Array, gasLimit: bigint) {
  const message = { from: alice.address, to: CONTRACT, gasLimit, gasPrice: 0n, value: 0n, data: Uint8Array.of(0, 9) };
  const state = plainState({ [CONTRACT]: { code, balance: 5n } });
  return comparable(executed(await engine.runCall(message, state, { isAbandoned: () => false })));
}

/** With gas enough, with some less, with each of the last amounts before it is enough, and with 10. */
async function expectEqual(...program: CodeElement[]) {
  const code = assemble(...program);
  const { gasUsed } = await outcome(stock, code, 1_000_000n);
  for (const gas of [1_000_000n, gasUsed, gasUsed - 1n, gasUsed - 2n, (21_200n + gasUsed) / 2n, 21_030n]) {
    const where = `gas ${gas} of ${gasUsed}, ${bytesToHex(code.subarray(0, 200))}`;
    expect(await outcome(hot, code, gas), where).toEqual(await outcome(stock, code, gas));
  }
}

describe('code in cells comes to what it comes to on stock', () => {
  it.each<[string, CodeElement[]]>([
    ['a block that others fall into lacks a word', [1, 'JUMPDEST', 'JUMPDEST', 'ADD']],
    [
      'a block that others fall into is reached by a jump',
      [1, 2, { at: 'on' }, 'JUMP', 3, { label: 'on' }, 'ADD', ...RETURN_TOP],
    ],
    [
      'the stack is full only in the block behind',
      [...times(600, 'PC'), 'JUMPDEST', ...times(424, 'PC'), ...RETURN_TOP],
    ],
    ['the stack is too small for the block behind', [...times(600, 'PC'), 'JUMPDEST', ...times(425, 'PC')]],
    ['the stack grows by a loop until it is full', [{ label: 'on' }, 'PC', { at: 'on' }, 'JUMP']],
    [
      'words are taken by a loop until there are none',
      [...times(40, 'PC'), { label: 'on' }, 'POP', { at: 'on' }, 'JUMP'],
    ],
    ['an unknown operation stands behind a block', [1, 2, 'ADD', 'JUMPDEST', Uint8Array.of(0x0c)]],
    ['an operation has the number of a cell', [1, { at: 'on' }, 'JUMP', { label: 'on' }, Uint8Array.of(0xb3)]],
    ['the gas left is looked at twice', ['GAS', 0, 'MSTORE', 'GAS', 32, 'MSTORE', 64, 0, 'RETURN']],
    [
      'the gas left is looked at, and the stack has moved',
      [1, 2, 'SWAP1', 'GAS', 'SWAP2', 'SUB', 'ADD', ...RETURN_TOP],
    ],
    ['a slot is written before gas is short', [...times(3, 1, 'PC', 'SSTORE'), 'GAS', ...RETURN_TOP]],
    ['the code ends in a push', [1, 2, 'ADD', Uint8Array.of(0x7f, 1, 2)]],
    ['the code ends in a jump that is not taken', [0, 0, 'JUMPI']],
    ['the code ends in a call', [...times(7, 0), 'CALL']],
    ['a jump goes nowhere', [3, 'JUMP', 'JUMPDEST']],
    ['a jump goes into a push', [{ at: 'on' }, 'POP', 6, 'JUMP', Uint8Array.of(0x61, 0x5b, 0x5b), { label: 'on' }]],
    ['a jump goes far beyond the code', [`0x${'ff'.repeat(32)}`, 'JUMP']],
    ['a jump to nowhere is not taken', ['CALLVALUE', 1, 'JUMPI', 7, ...RETURN_TOP]],
    ['a jump to nowhere is taken', ['CALLER', 1, 'JUMPI', 7, ...RETURN_TOP]],
    [
      'a target comes from the input',
      [0, 'CALLDATALOAD', 240, 'SHR', 'JUMP', ...times(4, 'STOP'), 'JUMPDEST', 5, ...RETURN_TOP],
    ],
    [
      'a target from the input is no JUMPDEST',
      [0, 'CALLDATALOAD', 240, 'SHR', 'CALLER', 'SWAP1', 'JUMPI', ...times(9, 'PC')],
    ],
    [
      'a target is written over while the stack is put in order',
      [1, 2, { at: 'on' }, 3, 'SWAP3', 'SWAP1', 'SWAP2', 'JUMP', { label: 'on' }, ...RETURN_TOP],
    ],
    [
      'words change places in circles',
      [1, 2, 3, 4, 5, 'SWAP4', 'SWAP2', 'SWAP1', 'SWAP3', 'JUMPDEST', 'SUB', 'SHL', 'SUB', 'SUB', ...RETURN_TOP],
    ],
    ['one word is at many places', ['CALLER', ...times(9, 'DUP1'), 'JUMPDEST', ...times(9, 'SUB'), ...RETURN_TOP]],
    [
      'results wait below for their places',
      [
        ...times(17, 'PC'),
        ...times(40, 'ADDRESS', 'SWAP16', 'NOT', 'SWAP7'),
        'JUMPDEST',
        ...times(56, 'SUB'),
        ...RETURN_TOP,
      ],
    ],
    [
      'a comparison is asked for again after the jump',
      [1, 2, 'LT', 'DUP1', { at: 'on' }, 'JUMPI', { label: 'on' }, ...RETURN_TOP],
    ],
    [
      'a jump is followed, and its target falls into another block',
      [{ at: 'on' }, 'JUMP', 'JUMPDEST', 9, ...RETURN_TOP, { label: 'on' }, 1, 2, 'ADD', 'JUMPDEST', ...RETURN_TOP],
    ],
    [
      'a jump is followed, and the stack is too small for its target',
      [...times(1_000, 'PC'), { at: 'on' }, 'JUMP', { label: 'on' }, ...times(25, 'PC')],
    ],
    [
      'a target from the input stands where another word has to be',
      [0, 'CALLDATALOAD', 240, 'SHR', 7, 'SWAP1', 'JUMP', 'JUMPDEST', ...RETURN_TOP],
    ],
    [
      'a comparison is asked for, and its opposite',
      [2, 'CALLER', 'LT', 'DUP1', 'ISZERO', 3, 'MUL', 'SUB', ...RETURN_TOP],
    ],
    [
      'a slot is written with little more gas than it takes',
      [0, 0, 'SSTORE', ...times(250, 'PC', 'POP'), 5, ...RETURN_TOP],
    ],
    ['a word is turned into a truth', ['CALLER', 'ISZERO', 'ISZERO', ...RETURN_TOP]],
    [
      'a target is asked for again after the jump',
      [{ at: 'on' }, 'DUP1', 'JUMP', { label: 'on' }, 0x1234, 'CALLER', 'ADD', 'SUB', ...RETURN_TOP],
    ],
    [
      'a target is asked for again in another block',
      [
        { at: 'on' },
        'DUP1',
        'JUMP',
        { label: 'on' },
        'CALLER',
        { at: 'off' },
        'JUMPI',
        { label: 'off' },
        0x4321,
        'XOR',
        ...RETURN_TOP,
      ],
    ],
    [
      'a comparison is turned around twice',
      [
        'CALLER',
        2,
        'GT',
        'ISZERO',
        'ISZERO',
        { at: 'on' },
        'JUMPI',
        3,
        ...RETURN_TOP,
        { label: 'on' },
        4,
        ...RETURN_TOP,
      ],
    ],
  ])('%s', async (_, program) => {
    await expectEqual(...program);
  });

  it.each(['LT', 'GT', 'SLT', 'SGT', 'EQ'])('jumps on %s, and on its opposite', async (comparison) => {
    const values = ['0x00', '0x01', `0x80${'00'.repeat(31)}`, `0x${'ff'.repeat(32)}`];
    for (const left of values) {
      for (const right of values) {
        const jump = [{ at: 'on' }, 'JUMPI', 1, ...RETURN_TOP, { label: 'on' }, 2, ...RETURN_TOP];
        await expectEqual(left, right, comparison, ...jump);
        await expectEqual(left, right, comparison, 'ISZERO', ...jump);
        await expectEqual(left, right, comparison, 'ISZERO', ...RETURN_TOP);
      }
    }
  });
});
