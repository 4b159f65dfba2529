import { type Address, bytesToHex, type ExecutionRules, FORKS, hexToBytes, isActive } from '@heddle/primitives';
import { assemble, createRandom, ETHER, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { BlockEnvironment, Engine, WriteSet } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { environment, plainState, RULES, word } from '../support/run.ts';

const seed = seedFromEnvironment('same-system-operations');
const ROUNDS = 100;
const SINCE_BERLIN = FORKS.filter((fork) => isActive(fork, 'berlin'));

const CONTRACTS: readonly Address[] = [
  '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
  '0x0000f90827f1c53a10cb7a02335b175320002935',
  '0x00000961ef480eb55e80d19ad83579a64c007002',
  '0x0000bbddc7ce488642fb579f8b00f3a590007251',
];
const RECIPIENTS: readonly Address[] = [...CONTRACTS, ...['a1', 'a2', 'a3'].map((end) => bytesToHex(address(end)))];

/** Read by several system contracts. */
const SHARED = bytesToHex(address('a1'));

/** What may stand in the place of a system contract. */
const CODES = [
  undefined,
  // Notes what it was called with, and answers with what it can tell of the call.
  assemble(0, 'CALLDATALOAD', 'NUMBER', 'SSTORE', 'CALLER', 0, 'MSTORE', 'ORIGIN', 32, 'MSTORE', 64, 0, 'RETURN'),
  // Answers by what it pays for what is cold, also to a call before it, and by what it left in transient storage.
  assemble(
    'GAS',
    1,
    'SLOAD',
    'POP',
    SHARED,
    'BALANCE',
    'POP',
    'GAS',
    'SWAP1',
    'SUB',
    0,
    'MSTORE',
    2,
    'TLOAD',
    1,
    'ADD',
    'DUP1',
    2,
    'TSTORE',
    1,
    'SSTORE',
    32,
    0,
    'RETURN',
  ),
  assemble(1, 1, 'SSTORE', 0, 0, 'REVERT'),
  assemble('STOP'),
  assemble('INVALID'),
];

function address(end: string): Uint8Array {
  return hexToBytes(`0x${end.padStart(40, '0')}`);
}

function drawAccounts(random: Random): Record<Address, TestAccountState> {
  const accounts: Record<Address, TestAccountState> = {};
  for (const recipient of RECIPIENTS)
    if (random.chance(0.5)) accounts[recipient] = { balance: random.pick([0n, 5n, ETHER]) };
  for (const contract of CONTRACTS) {
    const code = random.pick(CODES);
    const storage = new Map([[word(1), hexToBytes(word(random.int(0, 1)))]]);
    if (code !== undefined) accounts[contract] = { ...accounts[contract], nonce: 1n, code, storage };
  }
  return accounts;
}

function drawBlock(random: Random): BlockEnvironment {
  const payments = Array.from({ length: random.int(0, 5) }, (_, index) => ({
    index: BigInt(index),
    validatorIndex: 1n,
    address: random.pick(RECIPIENTS),
    amount: random.pick([0n, 0n, 1n, 32n]),
  }));
  return environment({ withdrawals: payments, rewards: random.chance(0.5) ? payments : [] });
}

/** What the block's start and end come to, or why it is invalid. */
async function outcomeOf(
  engine: Engine,
  block: BlockEnvironment,
  accounts: Readonly<Record<Address, TestAccountState>>,
): Promise<readonly [WriteSet, { writes: WriteSet; requestsHash: string } | string]> {
  engine.beginBlock(block);
  const start = await engine.runBlockStart(plainState(accounts));
  const end = engine.runBlockEnd(plainState(accounts), () => []);
  return [start, await end.catch((error: Error) => error.message)];
}

describe('what a block does outside of transactions', () => {
  it.each(SINCE_BERLIN)('comes to the same with both engines under %s', async (fork) => {
    const rules: ExecutionRules = { ...RULES, fork };
    const [reference, wasm] = await Promise.all([createEthereumjsEngine(rules), createWasmEngine(rules)]);
    for (let index = 0; index < ROUNDS; index++) {
      const random = createRandom(`${seed}/${fork}/${index}`);
      const [accounts, block] = [drawAccounts(random), drawBlock(random)];
      const expected = await outcomeOf(reference, block, accounts);
      expect(await outcomeOf(wasm, block, accounts), `case ${random.seed}`).toEqual(expected);
    }
  });
});
