import { type Address, type GenesisAccount, type Hash, ZERO_ADDRESS } from '@heddle/primitives';
import { assemble, ETHER, initCodeOf } from '@heddle/testkit';
import { passerCode, payerCode, tillCode } from './paying-contracts.ts';
import { genesisAccount } from './test-chain.ts';

// What random blocks call. Calldata: words of 32 bytes. Each contract meets the others' transactions in its own way.

const load = (word: number) => [word * 32, 'CALLDATALOAD'];

/** Adds 1 to slot 0 and logs the new value. */
export const counterCode = assemble(0, 'SLOAD', 1, 'ADD', 'DUP1', 0, 'SSTORE', 0, 'MSTORE', 0x17, 32, 0, 'LOG1');

/** (to, amount): moves amount between the slots of caller and `to` and logs it; reverts when the caller has less. */
export const tokenCode = assemble(
  ...load(1),
  'CALLER',
  'SLOAD',
  'DUP2',
  'DUP2',
  'LT',
  { at: 'poor' },
  'JUMPI', // [balance, amount]
  'SUB',
  'CALLER',
  'SSTORE',
  ...load(0),
  'SLOAD',
  ...load(1),
  'ADD',
  ...load(0),
  'SSTORE',
  ...load(1),
  0,
  'MSTORE',
  ...load(0),
  'CALLER',
  0xddf2,
  32,
  0,
  'LOG3',
  'STOP',
  { label: 'poor' },
  0,
  0,
  'REVERT',
); // prettier-ignore

/** (value): slot 0 = value if it is not 0; else writes slot 1 or slot 2, depending on slot 0's parity, from their sum. */
export const switchCode = assemble(
  ...load(0),
  'DUP1',
  { at: 'set' },
  'JUMPI',
  1,
  'SLOAD',
  2,
  'SLOAD',
  'ADD',
  1,
  'ADD',
  0,
  'SLOAD',
  1,
  'AND',
  { at: 'odd' },
  'JUMPI',
  1,
  'SSTORE',
  'STOP',
  { label: 'odd' },
  2,
  'SSTORE',
  'STOP',
  { label: 'set' },
  0,
  'SSTORE',
); // prettier-ignore

/** Copies what TLOAD(0) gives to slot 0 when it is not 0, then TSTOREs 1: slot 0 stays 0 for ever. */
export const transientCode = assemble(
  0,
  'TLOAD',
  'DUP1',
  { at: 'leak' },
  'JUMPI',
  'POP',
  1,
  0,
  'TSTORE',
  'CALLER',
  'SLOAD',
  1,
  'ADD',
  'CALLER',
  'SSTORE',
  'STOP',
  { label: 'leak' },
  0,
  'SSTORE',
); // prettier-ignore

/** (address): stores the balances of the beneficiary and of the address, and its code hash, in slots 0, 1, 2. */
export const observerCode = assemble(
  'COINBASE',
  'BALANCE',
  0,
  'SSTORE',
  ...load(0),
  'BALANCE',
  1,
  'SSTORE',
  ...load(0),
  'EXTCODEHASH',
  2,
  'SSTORE',
); // prettier-ignore

/** (address): logs the balances of the address and of itself. */
export const reporterCode = assemble(...load(0), 'BALANCE', 0, 'MSTORE', 'SELFBALANCE', 32, 'MSTORE', 64, 0, 'LOG0'); // prettier-ignore

/** Runs the counter's code on its own storage, twice. */
export const proxyCode = (target: Address) =>
  assemble(0, 0, 0, 0, target, 60_000, 'DELEGATECALL', 'POP', 0, 0, 0, 0, target, 60_000, 'DELEGATECALL', 'POP');

/** (depth): calls itself `depth` times deeper, writing slot `depth` at each level; reverts at depth 0 if slot 99 is odd. */
export const recursiveCode = assemble(
  ...load(0),
  'DUP1',
  'ISZERO',
  { at: 'bottom' },
  'JUMPI',
  'DUP1',
  'SLOAD',
  1,
  'ADD',
  'DUP2',
  'SSTORE',
  1,
  'SWAP1',
  'SUB',
  0,
  'MSTORE',
  0,
  0,
  32,
  0,
  0,
  'ADDRESS',
  'GAS',
  'CALL',
  'POP',
  'STOP',
  { label: 'bottom' },
  99,
  'SLOAD',
  'DUP1',
  1,
  'ADD',
  99,
  'SSTORE',
  1,
  'AND',
  { at: 'odd' },
  'JUMPI',
  'STOP',
  { label: 'odd' },
  0,
  0,
  'REVERT',
); // prettier-ignore

/** (value): sets slot 0 to value; with 0 it uses slot 0 as a place in memory, and runs out of gas if that is huge. */
export const memoryCode = assemble(
  ...load(0),
  'DUP1',
  { at: 'set' },
  'JUMPI',
  1,
  0,
  'SLOAD',
  'MSTORE',
  'MSIZE',
  1,
  'SSTORE',
  'STOP',
  { label: 'set' },
  0,
  'SSTORE',
); // prettier-ignore

/** Sends what it has to its caller or, with a word, to that address, by SELFDESTRUCT. */
export const mortalCode = assemble(
  7,
  'SLOAD',
  1,
  'ADD',
  7,
  'SSTORE',
  ...load(0),
  'DUP1',
  { at: 'other' },
  'JUMPI',
  'CALLER',
  'SELFDESTRUCT',
  { label: 'other' },
  'SELFDESTRUCT',
); // prettier-ignore

/** Reads the hashes of this block's parent and of block 0, and what blocks are about. */
export const headerCode = assemble(
  1,
  'NUMBER',
  'SUB',
  'BLOCKHASH',
  0,
  'SSTORE',
  0,
  'BLOCKHASH',
  1,
  'SSTORE',
  'TIMESTAMP',
  'PREVRANDAO',
  'ADD',
  'GASLIMIT',
  'ADD',
  'COINBASE',
  'ADD',
  'BASEFEE',
  'ADD',
  2,
  'SSTORE',
); // prettier-ignore

/** Loops until its gas ends. */
export const burnerCode = assemble({ label: 'again' }, { at: 'again' }, 'JUMP');

/** Hashes 4 KiB again and again until its gas ends: of what costs gas, among the slowest on any engine. */
export const hasherCode = assemble({ label: 'again' }, 4_096, 0, 'KECCAK256', 'POP', { at: 'again' }, 'JUMP');

/**
 * What the factory makes. Init code: slot 1 = 5, slot 2 = CALLVALUE. Called: with a word, it
 * destroys itself in favour of the caller; without one it counts slot 1 up.
 */
export const childCode = assemble(
  ...load(0),
  { at: 'die' },
  'JUMPI',
  1,
  'SLOAD',
  1,
  'ADD',
  'DUP1',
  1,
  'SSTORE',
  0,
  'MSTORE',
  32,
  0,
  'RETURN',
  { label: 'die' },
  'CALLER',
  'SELFDESTRUCT',
); // prettier-ignore
/** The init code of {@link childCode}. */
export const childInitCode = (() => {
  const prefix = assemble(5, 1, 'SSTORE', 'CALLVALUE', 2, 'SSTORE');
  return Buffer.concat([prefix, relocate(initCodeOf(childCode), prefix.length)]);
})();

/** `initCodeOf` copies from a fixed offset; `by` bytes in front of it move that. */
function relocate(initCode: Uint8Array, by: number): Uint8Array {
  const moved = Uint8Array.from(initCode);
  const offsetAt = moved.indexOf(0x39) - 2; // PUSH1 offset PUSH0 CODECOPY
  moved[offsetAt] = (moved[offsetAt] as number) + by;
  return moved;
}

/**
 * (salt, action): CREATE2 of the child with `salt`, value 0; the address goes to slot 0. Action 1: the child is destroyed
 * in the same transaction. Action 2: nothing is created, the child at slot 0 is called. Action 3: it is destroyed.
 * Action 4: creates by CREATE. Action 5: creates, then reverts.
 */
export const factoryCode = (() => {
  const init = childInitCode;
  const build = (offset: number) =>
    Buffer.concat([
      assemble(
        ...load(1),
        2,
        'EQ',
        { at: 'call' },
        'JUMPI',
        ...load(1),
        3,
        'EQ',
        { at: 'kill' },
        'JUMPI',
        init.length,
        Uint8Array.of(0x61, offset >> 8, offset & 0xff),
        0,
        'CODECOPY',
        ...load(1),
        4,
        'EQ',
        { at: 'plain' },
        'JUMPI',
        ...load(0),
        init.length,
        0,
        0,
        'CREATE2',
        'DUP1',
        'ISZERO',
        { at: 'none' },
        'JUMPI',
        'DUP1',
        0,
        'SSTORE',
        ...load(1),
        1,
        'EQ',
        { at: 'kill' },
        'JUMPI',
        ...load(1),
        5,
        'EQ',
        { at: 'undo' },
        'JUMPI',
        'STOP',
        { label: 'plain' },
        init.length,
        0,
        0,
        'CREATE',
        3,
        'SSTORE',
        'STOP',
        { label: 'none' },
        'POP',
        4,
        'SLOAD',
        1,
        'ADD',
        4,
        'SSTORE',
        'STOP',
        { label: 'call' },
        32,
        0,
        0,
        0,
        0,
        0,
        'SLOAD',
        'GAS',
        'CALL',
        'POP',
        0,
        'MLOAD',
        5,
        'SSTORE',
        'STOP',
        { label: 'kill' },
        1,
        0,
        'MSTORE',
        0,
        0,
        32,
        0,
        0,
        0,
        'SLOAD',
        'GAS',
        'CALL',
        'POP',
        'STOP',
        { label: 'undo' },
        0,
        0,
        'REVERT',
      ),
      init,
    ]); // prettier-ignore
  return build(build(0).length - init.length);
})();

/** What delegating accounts run. (action): 0 counts slot 0; 1 sends its whole balance away; 2 creates a contract. */
export const walletCode = assemble(
  ...load(0),
  'DUP1',
  1,
  'EQ',
  { at: 'drain' },
  'JUMPI',
  2,
  'EQ',
  { at: 'create' },
  'JUMPI',
  0,
  'SLOAD',
  1,
  'ADD',
  0,
  'SSTORE',
  'STOP',
  { label: 'drain' },
  0,
  0,
  0,
  0,
  'SELFBALANCE',
  'CALLER',
  50_000,
  'CALL',
  'POP',
  'STOP',
  { label: 'create' },
  0,
  0,
  0,
  'CREATE',
  9,
  'SSTORE',
  'STOP',
); // prettier-ignore

/** Another one: writes slot 0 differently, so that a wrong delegation shows. */
export const otherWalletCode = assemble(0, 'SLOAD', 1000, 'ADD', 0, 'SSTORE');

const at = (index: number): Address => `0x${'c0'.repeat(19)}${index.toString(16).padStart(2, '0')}`;

/** The addresses of all contracts. */
export const CONTRACTS = {
  counter: at(1),
  token: at(2),
  switch: at(3),
  transient: at(4),
  observer: at(5),
  payer: at(6),
  proxy: at(7),
  recursive: at(8),
  memory: at(9),
  mortal: at(10),
  header: at(11),
  burner: at(12),
  factory: at(13),
  wallet: at(14),
  otherWallet: at(15),
  otherCounter: at(16),
  hasher: at(17),
  reporter: at(18),
  till: at(19),
  passer: at(20),
} as const;

const word = (value: number | bigint | Address): Hash => `0x${BigInt(value).toString(16).padStart(64, '0')}`;

/** All contracts as a genesis holds them; `holders` have tokens. */
export function contractAccounts(holders: readonly Address[]): GenesisAccount[] {
  const codes: Readonly<Record<keyof typeof CONTRACTS, Uint8Array>> = {
    counter: counterCode,
    token: tokenCode,
    switch: switchCode,
    transient: transientCode,
    observer: observerCode,
    payer: payerCode,
    proxy: proxyCode(CONTRACTS.counter),
    recursive: recursiveCode,
    memory: memoryCode,
    mortal: mortalCode,
    header: headerCode,
    burner: burnerCode,
    factory: factoryCode,
    wallet: walletCode,
    otherWallet: otherWalletCode,
    otherCounter: counterCode,
    hasher: hasherCode,
    reporter: reporterCode,
    till: tillCode,
    passer: passerCode,
  };
  return Object.entries(CONTRACTS).map(([name, address]) => {
    const storage = new Map<Hash, Hash>();
    if (name === 'token') for (const holder of holders) storage.set(word(holder), word(1_000));
    if (name === 'counter' || name === 'switch') storage.set(word(0), word(6));
    if (name === 'mortal') storage.set(word(7), word(1));
    if (name === 'factory') storage.set(word(0), word(ZERO_ADDRESS));
    for (const [slot, value] of storage) if (BigInt(value) === 0n) storage.delete(slot);
    const code = codes[name as keyof typeof CONTRACTS];
    const balance = name === 'payer' || name === 'mortal' ? ETHER : name === 'till' ? 5n : 0n;
    return genesisAccount(address, balance, { nonce: 1n, code, storage });
  });
}
