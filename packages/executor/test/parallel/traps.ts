import { type Address, createAddress, ZERO_ADDRESS } from '@heddle/primitives';
import { assemble, ETHER, GWEI, type TestAccount, type TransactionFields } from '@heddle/testkit';
import { CONTRACTS } from './contracts.ts';
import { ENGINE_TRAPS } from './engine-traps.ts';
import { BENEFICIARY } from './test-chain.ts';
import { TRAP_CONTRACTS } from './trap-contracts.ts';
import {
  A,
  call,
  D,
  delegate,
  EMPTY,
  EXACT,
  FRESH,
  factory,
  GHOST,
  pay,
  person,
  poor,
  S,
  send,
  type Trap,
  withBlob,
} from './trap-world.ts';

// The traps of parallel execution, by number, 1 to 58: the smallest block of each, named by what it is about;
// trap-numbers.ts says what of them is tested elsewhere, too.

/** What the undertaker makes first. */
const DOOMED = createAddress(TRAP_CONTRACTS.undertaker, 1n);
/** As the undertaker's last heir. */
const NOBODY = 1;
const bury = (from: TestAccount, words: readonly (number | Address)[], fields: TransactionFields) =>
  call(from, TRAP_CONTRACTS.undertaker, words, fields);
/** What {@link withBlob} costs: its gas at 1 gwei and its blob at 1 wei per gas. */
const FEE_WITH_BLOB = 21_000n * GWEI + 131_072n;

/** Traps of what transactions do to the state: 1 to 42. */
const STATE_TRAPS: readonly Trap[] = [
  {
    numbers: [1],
    name: 'the beneficiary pays from fees that it earned in the block',
    beneficiary: EMPTY.address,
    block: () => [
      call(S, CONTRACTS.counter, [], { maxPriorityFeePerGas: 2n * GWEI }),
      pay(EMPTY, FRESH, 3n, { maxFeePerGas: GWEI + 1n, maxPriorityFeePerGas: 1n }),
    ],
  },
  {
    numbers: [2],
    name: "who reads the beneficiary's balance sees the fees before it and not its own",
    block: () => [pay(S, FRESH, 1n), call(A, CONTRACTS.observer, [FRESH]), pay(person(20), FRESH, 1n)],
  },
  {
    numbers: [3],
    name: 'a fee does not revive a beneficiary that the same transaction destroyed',
    fork: 'shanghai',
    beneficiary: CONTRACTS.mortal,
    block: () => [call(S, CONTRACTS.mortal)],
  },
  {
    numbers: [4],
    name: 'no tip makes no beneficiary',
    isQuiet: true,
    block: () => [pay(S, FRESH, 1n, { maxPriorityFeePerGas: 0n }), pay(A, FRESH, 1n, { maxPriorityFeePerGas: 0n })],
  },
  {
    numbers: [5],
    name: 'the beneficiary is sender and recipient',
    isQuiet: true,
    beneficiary: S.address,
    block: () => [pay(S, S.address, 1n), pay(A, S.address, 1n), pay(S, S.address, 2n, { nonce: 1 })],
  },
  {
    numbers: [6],
    name: 'the beneficiary earns exactly what it pays',
    baseFeePerGas: 0n,
    beneficiary: S.address,
    block: () => [pay(S, FRESH, 0n), pay(A, FRESH, 1n), pay(S, FRESH, 0n, { nonce: 1 })],
  },
  {
    numbers: [7, 8],
    name: 'a contract that was destroyed and made again has none of its old slots',
    fork: 'shanghai',
    block: () => [
      factory(person(20), 1, 0),
      factory(person(21), 1, 2),
      factory(person(22), 1, 2),
      factory(person(23), 1, 3),
      factory(person(24), 1, 0),
      factory(person(25), 1, 2),
    ],
  },
  {
    numbers: [9],
    name: 'an equal value on the other side of a destruction is another value',
    fork: 'shanghai',
    block: () => [0, 3, 0, 2, 3, 0, 2].map((action, index) => factory(person(20 + index), 1, action)),
  },
  {
    numbers: [10],
    name: 'made and destroyed in one transaction',
    block: () => [factory(S, 1, 1), factory(A, 1, 1), factory(person(20), 2, 1), factory(person(21), 1, 0)],
  },
  {
    numbers: [10],
    name: 'what is sent to a contract once it is destroyed is gone with it',
    block: () => [
      bury(S, [FRESH, NOBODY, 5], { value: 14n }),
      call(A, CONTRACTS.observer, [DOOMED]),
      pay(person(20), DOOMED, 3n),
      call(person(21), CONTRACTS.reporter, [DOOMED]),
      call(person(22), CONTRACTS.reporter, [FRESH]),
    ],
  },
  ...(['osaka', 'shanghai'] as const).map(
    (fork): Trap => ({
      numbers: [19],
      name: `destroyed twice, by init code, for itself, the beneficiary and somebody new (${fork})`,
      fork,
      block: () => [
        bury(S, [0, 0, 5], { value: 14n }),
        bury(A, [BENEFICIARY, FRESH, 5], { value: 14n }),
        bury(person(20), [FRESH, BENEFICIARY, 5], { value: 14n }),
        send(person(21), { to: undefined, value: 9n, data: assemble('ADDRESS', 'SELFDESTRUCT') }),
        send(person(22), { to: undefined, value: 9n, data: assemble(FRESH, 'SELFDESTRUCT') }),
        call(person(23), CONTRACTS.mortal, [CONTRACTS.mortal]),
        call(person(24), CONTRACTS.observer, [CONTRACTS.mortal]),
        call(person(25), CONTRACTS.mortal, [GHOST]),
        call(person(26), CONTRACTS.reporter, [FRESH]),
        call(person(27), CONTRACTS.observer, [GHOST]),
      ],
    }),
  ),
  {
    numbers: [11],
    name: 'a slot that is not there, of a contract that was destroyed, is a read',
    fork: 'shanghai',
    block: () => [
      factory(person(20), 9, 3),
      factory(person(21), 9, 2),
      factory(person(22), 9, 0),
      factory(person(23), 9, 2),
    ],
  },
  {
    numbers: [12],
    name: 'code and its hash are of one version',
    block: () => [
      call(person(20), D.address, [0]),
      delegate(S, D, CONTRACTS.otherWallet, 1),
      call(person(21), D.address, [0]),
      delegate(A, D, CONTRACTS.counter, 2),
      call(person(22), D.address, [0]),
    ],
  },
  {
    numbers: [13],
    name: 'the second CREATE2 of one address fails',
    block: () => [factory(S, 1, 0), factory(A, 1, 0), factory(person(20), 1, 0)],
  },
  {
    numbers: [14],
    name: 'a factory gives addresses in order',
    block: () => [factory(S, 1, 4), factory(A, 1, 4), factory(person(20), 1, 4)],
  },
  {
    numbers: [15],
    name: 'a created address already had a balance',
    block: () => [
      pay(S, createAddress(CONTRACTS.factory, 1n), 1n, { gasLimit: 60_000n }),
      factory(A, 1, 4),
      call(person(20), CONTRACTS.observer, [createAddress(CONTRACTS.factory, 1n)]),
    ],
  },
  {
    numbers: [16],
    name: 'nothing sent to nobody makes nobody',
    block: () => [
      pay(S, FRESH, 0n),
      call(A, CONTRACTS.payer, [FRESH, 0]),
      call(person(20), CONTRACTS.payer, [FRESH, 1]),
    ],
  },
  {
    numbers: [17],
    name: 'an empty account that is touched leaves the state',
    block: () => [
      call(S, CONTRACTS.payer, [GHOST, 0]),
      call(A, CONTRACTS.observer, [GHOST]),
      pay(person(20), GHOST, 0n),
    ],
  },
  {
    numbers: [18],
    name: 'a slot that is wiped and gets its old value again is there',
    fork: 'shanghai',
    block: () => [factory(S, 9, 3), factory(A, 9, 0), factory(person(20), 9, 2)],
  },
  {
    numbers: [20],
    name: 'a creation that is reverted leaves no trace',
    block: () => [factory(S, 1, 5), factory(A, 1, 0), factory(person(20), 1, 2)],
  },
  {
    numbers: [21],
    name: 'the second transaction with one nonce is left out',
    isQuiet: true,
    block: () => [pay(S, FRESH, 1n), pay(S, FRESH, 2n)],
    leftOut: 1,
  },
  {
    numbers: [22],
    name: 'a gap of nonces ends at once',
    isQuiet: true,
    block: () => [pay(S, FRESH, 1n), pay(S, FRESH, 2n, { nonce: 2 })],
    leftOut: 1,
  },
  {
    numbers: [23],
    name: 'a sender is funded inside the block',
    block: () => [pay(S, EMPTY.address, ETHER), pay(EMPTY, FRESH, ETHER / 2n)],
  },
  {
    numbers: [24],
    name: 'a sender is drained inside the block',
    isQuiet: true,
    block: () => [call(S, D.address, [1]), pay(D, FRESH, ETHER / 2n, { nonce: 1 })],
    leftOut: 1,
  },
  {
    numbers: [25],
    name: "a sender's own authorization raises its nonce by two",
    block: () => [delegate(S, S, CONTRACTS.wallet, 1), pay(S, FRESH, 1n, { nonce: 2, gasLimit: 60_000n })],
  },
  {
    numbers: [26],
    name: "an authority's nonce was moved by another transaction",
    block: () => [pay(A, FRESH, 1n), delegate(S, A, CONTRACTS.wallet, 0), call(person(20), A.address, [0])],
  },
  {
    numbers: [27],
    name: 'an account that delegates creates in its own frame',
    isQuiet: true,
    block: () => [call(S, D.address, [2]), pay(D, FRESH, 1n, { nonce: 2, gasLimit: 60_000n })],
  },
  {
    numbers: [28, 30],
    name: 'delegated twice: the second code runs on the slots of the first',
    block: () => [
      delegate(S, A, CONTRACTS.wallet, 0),
      call(person(20), A.address, [0]),
      delegate(person(21), A, CONTRACTS.otherWallet, 1),
      call(person(22), A.address, [0]),
    ],
  },
  {
    numbers: [29],
    name: 'a delegation that was cleared leaves an account that may send',
    block: () => [
      delegate(S, D, ZERO_ADDRESS, 1),
      pay(D, FRESH, 1n, { nonce: 2 }),
      call(A, CONTRACTS.observer, [D.address]),
    ],
  },
  {
    numbers: [31],
    name: 'funds must cover the fee cap, not only the price',
    isQuiet: true,
    block: () => [
      pay(EXACT, FRESH, 5n, { maxFeePerGas: 3n * GWEI }),
      pay(EXACT, FRESH, 5n, { maxFeePerGas: 2n * GWEI }),
    ],
    leftOut: 1,
  },
  {
    numbers: [32],
    name: 'a blob is paid for: who could pay the rest alone cannot send',
    isQuiet: true,
    block: () => [
      withBlob(EXACT, 0),
      pay(EXACT, FRESH, 0n, { nonce: 1, maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n }),
    ],
    leftOut: 1,
  },
  {
    numbers: [32],
    name: 'blobs are paid for beside one another, by who was paid in the block and not by who has spent it',
    block: () => [
      withBlob(S, 0),
      pay(S, EMPTY.address, FEE_WITH_BLOB, { nonce: 1 }),
      pay(A, poor(0).address, FEE_WITH_BLOB - 1n),
      withBlob(EMPTY, 0),
      withBlob(poor(0), 0),
      withBlob(A, 1),
    ],
    leftOut: 1,
  },
  {
    numbers: [33],
    name: 'the gas limit counts against what is left, not the gas used',
    isQuiet: true,
    gasLimit: 600_000n,
    block: () => [pay(S, FRESH, 1n, { gasLimit: 60_000n }), call(A, CONTRACTS.counter, [], { gasLimit: 590_000n })],
    leftOut: 1,
  },
  {
    numbers: [34, 35],
    name: 'logs of the last run alone, numbered through',
    block: () => [0, 1, 2, 3].map((index) => call(person(20 + index), CONTRACTS.counter)),
  },
  {
    numbers: [34],
    name: 'more logs in the last run than in the first, or fewer, or none',
    block: () => [
      call(S, TRAP_CONTRACTS.herald, [2]),
      call(A, TRAP_CONTRACTS.herald),
      call(person(20), CONTRACTS.counter),
      call(person(21), TRAP_CONTRACTS.herald, [0]),
      call(person(22), TRAP_CONTRACTS.herald),
      call(person(23), CONTRACTS.counter),
      call(person(24), TRAP_CONTRACTS.herald, [3]),
      call(person(25), TRAP_CONTRACTS.herald),
    ],
  },
  {
    numbers: [36],
    name: 'logs that carry balances carry those of their place',
    block: () => [
      call(S, CONTRACTS.mortal, [CONTRACTS.reporter]),
      call(A, CONTRACTS.reporter, [CONTRACTS.mortal]),
      call(person(20), CONTRACTS.payer, [CONTRACTS.mortal, 5]),
      call(person(21), CONTRACTS.reporter, [CONTRACTS.mortal]),
      call(person(22), CONTRACTS.mortal, [person(23).address]),
      call(person(23), CONTRACTS.reporter, [person(23).address]),
    ],
  },
  {
    numbers: [37, 38],
    name: 'a slot written without reading it depends on what stood there',
    block: () => [5, 5, 9, 5].map((value, index) => call(person(20 + index), CONTRACTS.switch, [value])),
  },
  {
    numbers: [39, 41],
    name: 'gas that is just enough is so after a second run',
    block: () =>
      [44_000n, 43_000n, 52_000n, 30_000n].map((gasLimit, index) =>
        call(person(20 + index), CONTRACTS.counter, [], { gasLimit }),
      ),
  },
  {
    numbers: [40],
    name: 'transient storage ends with its transaction',
    isQuiet: true,
    block: () => [0, 1, 2, 3].map((index) => call(person(20 + index), CONTRACTS.transient)),
  },
  {
    numbers: [42],
    name: 'a transaction that reverts leaves its fee and nonce alone',
    block: () => [
      call(S, CONTRACTS.token, [FRESH, 5_000]),
      call(A, CONTRACTS.reporter, [S.address]),
      call(S, CONTRACTS.token, [FRESH, 900], { nonce: 1 }),
      call(person(20), CONTRACTS.reporter, [S.address]),
    ],
  },
];

/** All traps. */
export const TRAPS: readonly Trap[] = [...STATE_TRAPS, ...ENGINE_TRAPS];
