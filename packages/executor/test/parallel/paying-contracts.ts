import { assemble } from '@heddle/testkit';

// Of what random blocks call (contracts.ts), those that pay, or are paid and look.

const load = (word: number) => [word * 32, 'CALLDATALOAD'];

/** (address, amount): calls the address with amount wei of its own and stores whether that worked. */
export const payerCode = assemble(0, 0, 0, 0, ...load(1), ...load(0), 50_000, 'CALL', 1, 'ADD', 0, 'SSTORE'); // prettier-ignore

/**
 * (amount, what): without amount it adds what it gets to the slot of its caller. Else it pays its caller amount wei twice
 * and stores whether it could; between both, 2: it stores what it owns, 8: it calls itself with 1 wei to do the same once
 * more and revert. 4: it reverts at the end.
 */
export const tillCode = (() => {
  const pay = [0, 0, 0, 0, 'DUP5', 'CALLER', 30_000, 'CALL'] as const;
  return assemble(
    ...load(0),
    'DUP1',
    'ISZERO',
    { at: 'in' },
    'JUMPI', // [amount]
    ...pay,
    1,
    'ADD',
    'CALLER',
    'SSTORE',
    ...load(1),
    2,
    'AND',
    'ISZERO',
    { at: 'blind' },
    'JUMPI',
    'SELFBALANCE',
    5,
    'SSTORE',
    { label: 'blind' },
    ...load(1),
    8,
    'AND',
    'ISZERO',
    { at: 'alone' },
    'JUMPI',
    'DUP1',
    0,
    'MSTORE',
    6,
    32,
    'MSTORE',
    0,
    0,
    64,
    0,
    1,
    'ADDRESS',
    100_000,
    'CALL',
    'POP',
    { label: 'alone' },
    ...pay,
    2,
    'ADD',
    6,
    'SSTORE',
    ...load(1),
    4,
    'AND',
    { at: 'undo' },
    'JUMPI',
    'STOP',
    { label: 'undo' },
    0,
    0,
    'REVERT',
    { label: 'in' },
    'CALLER',
    'SLOAD',
    'CALLVALUE',
    'ADD',
    'CALLER',
    'SSTORE',
  ); // prettier-ignore
})();

/** (address): passes on what it gets, in two calls. */
export const passerCode = assemble(
  0,
  0,
  0,
  0,
  2,
  'CALLVALUE',
  'DIV',
  ...load(0),
  50_000,
  'CALL',
  0,
  0,
  0,
  0,
  2,
  'CALLVALUE',
  'DIV',
  ...load(0),
  50_000,
  'CALL',
  'AND',
  'ISZERO',
  { at: 'failed' },
  'JUMPI',
  'STOP',
  { label: 'failed' },
  'INVALID',
); // prettier-ignore

/** (amount): without amount it notes what it gets for its caller; else it pays its caller amount wei, and notes whether. */
export const vaultCode = assemble(
  ...[0, 'CALLDATALOAD', 'DUP1', 'ISZERO', { at: 'in' }, 'JUMPI'],
  ...[0, 0, 0, 0, 'DUP5', 'CALLER', 30_000, 'CALL', 1, 'ADD', 'CALLER', 'SSTORE', 'STOP'],
  ...[{ label: 'in' }, 'CALLER', 'SLOAD', 'CALLVALUE', 'ADD', 'CALLER', 'SSTORE'],
);
