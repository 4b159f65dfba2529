import { type Address, type Hash, SYSTEM_ADDRESS, SYSTEM_CONTRACTS, type Withdrawal } from '@heddle/primitives';
import { assemble, ETHER, GWEI, initCodeOf } from '@heddle/testkit';
import { CONTRACTS } from './contracts.ts';
import { BENEFICIARY } from './test-chain.ts';
import { TRAP_CONTRACTS } from './trap-contracts.ts';
import { A, call, D, EMPTY, EXACT, FRESH, factory, pay, person, poor, S, send, type Trap } from './trap-world.ts';

/** For any account the core gives them the same hash, by the seed of the scheduled core; traps.test.ts looks. */
export const SLOTS_THAT_MEET: readonly [Hash, Hash] = [
  '0x000000002a0000000000000000000000000000005f0000001700000000000000',
  '0x3c000000000000001a0000000f0000002900000000000000000000004a000000',
];
/** What EXACT has. */
const ALL = 21_000n * 2n * GWEI + 5n;
const FREE = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
/** Of `amount` gwei. */
const withdrawal = (address: Address, amount: bigint): Withdrawal => ({
  index: 0n,
  validatorIndex: 0n,
  address,
  amount,
});

/** Traps of how blocks are run: 43 to 58. */
export const ENGINE_TRAPS: readonly Trap[] = [
  {
    numbers: [43],
    name: 'whoever waits for the one before it is woken',
    isAlone: true,
    block: () => [
      pay(S, poor(0).address, ETHER),
      ...[0, 1, 2, 3].map((index) => pay(poor(index), poor(index + 1).address, ETHER >> BigInt(index + 1))),
    ],
  },
  {
    numbers: [46],
    name: 'slots whose hashes are equal are two',
    block: () => [
      call(S, CONTRACTS.token, [SLOTS_THAT_MEET[0], 5]),
      call(A, CONTRACTS.token, [SLOTS_THAT_MEET[1], 7]),
      call(person(20), CONTRACTS.token, [SLOTS_THAT_MEET[0], 1]),
      call(person(21), CONTRACTS.token, [SLOTS_THAT_MEET[1], 2]),
    ],
  },
  {
    numbers: [44, 45],
    name: 'a second run that writes elsewhere withdraws what the first wrote',
    block: () =>
      [3, 0, 8, 0, 5, 0].map((value, index) => call(person(20 + index), CONTRACTS.switch, value === 0 ? [] : [value])),
  },
  {
    numbers: [47],
    name: 'a stale length ends by gas',
    block: () => [
      call(S, CONTRACTS.memory, [1n << 40n]),
      call(A, CONTRACTS.memory, [64]),
      call(person(20), CONTRACTS.memory),
    ],
  },
  {
    numbers: [48],
    name: 'deep calls on changing state',
    block: () => [4, 3, 4, 2].map((depth, index) => call(person(20 + index), CONTRACTS.recursive, [depth])),
  },
  {
    numbers: [48],
    name: 'calls as deep as gas lasts, or as another transaction says',
    block: () => [
      call(S, TRAP_CONTRACTS.diver, [1_024]),
      call(A, TRAP_CONTRACTS.diver, [], { gasLimit: 2_000_000n }),
      call(person(20), TRAP_CONTRACTS.diver, [3]),
      call(person(21), TRAP_CONTRACTS.diver, [], { gasLimit: 2_000_000n }),
    ],
  },
  {
    numbers: [49],
    name: 'who cannot pay before the one below has paid is no fault of the block, who cannot afterwards is',
    block: () => [
      pay(S, poor(0).address, ETHER),
      pay(poor(0), poor(1).address, ETHER / 2n),
      pay(poor(1), FRESH, ETHER / 4n),
      pay(poor(1), FRESH, ETHER / 4n, { nonce: 1 }),
      pay(poor(0), FRESH, 1n, { nonce: 1 }),
    ],
    leftOut: 1,
  },
  {
    numbers: [50],
    name: 'what was taken away while it ran is not heard of',
    gasLimit: 600_000n,
    block: () => [
      call(S, CONTRACTS.counter),
      call(A, CONTRACTS.switch, [9], { gasLimit: 590_000n }),
      call(person(20), CONTRACTS.switch, [], { gasLimit: 100_000n }),
      call(person(21), CONTRACTS.switch, [], { gasLimit: 100_000n }),
    ],
    leftOut: 1,
  },
  {
    numbers: [51],
    name: 'a balance dips and comes back in order',
    block: () => [
      call(S, CONTRACTS.payer, [EMPTY.address, 5]),
      pay(A, CONTRACTS.payer, 5n, { gasLimit: 200_000n }),
      call(person(20), CONTRACTS.payer, [EMPTY.address, ETHER]),
      call(person(21), CONTRACTS.payer, [EMPTY.address, 5]),
    ],
  },
  {
    numbers: [51],
    name: 'a sender that gets back what it paid in time pays once more',
    baseFeePerGas: 0n,
    block: () => [
      pay(EXACT, FRESH, ALL, FREE),
      pay(A, EXACT.address, ALL),
      pay(EXACT, FRESH, ALL, { ...FREE, nonce: 1 }),
    ],
  },
  {
    numbers: [51],
    name: 'a sender that gets back what it paid too late does not',
    isQuiet: true,
    baseFeePerGas: 0n,
    block: () => [
      pay(EXACT, FRESH, ALL, FREE),
      pay(EXACT, FRESH, ALL, { ...FREE, nonce: 1 }),
      pay(A, EXACT.address, ALL),
    ],
    leftOut: 1,
  },
  {
    numbers: [52],
    name: 'a balance is added up while one of the amounts is taken back',
    block: () => [
      call(person(20), CONTRACTS.payer, [EMPTY.address, ETHER / 2n]), // fails: it holds nothing yet
      pay(A, EMPTY.address, ETHER),
      pay(S, FRESH, 1n),
      pay(EMPTY, FRESH, ETHER / 2n), // cannot be paid before A's transfer is seen
      pay(person(21), FRESH, 3n),
      call(person(22), CONTRACTS.observer, [FRESH]),
      pay(EMPTY, FRESH, ETHER / 4n, { nonce: 1 }),
      call(person(23), CONTRACTS.observer, [FRESH]),
    ],
  },
  {
    numbers: [53],
    name: 'an empty block',
    isQuiet: true,
    isAlone: true,
    block: () => [],
  },
  {
    numbers: [53],
    name: 'one transaction for all workers',
    isQuiet: true,
    isAlone: true,
    block: () => [call(S, CONTRACTS.counter)],
  },
  {
    numbers: [53],
    name: 'nothing but a chain',
    isAlone: true,
    block: () => [0, 1, 2, 3].map((nonce) => call(S, CONTRACTS.counter, [], { nonce })),
  },
  {
    numbers: [54],
    name: 'nothing survives of what ran above the end of a block',
    isQuiet: true,
    gasLimit: 475_000n,
    block: () => [
      call(S, CONTRACTS.counter),
      send(A, { to: undefined, data: initCodeOf(assemble(1, 0, 'SSTORE')), gasLimit: 400_000n }),
      factory(person(20), 1, 0),
      factory(person(21), 2, 0),
    ],
    leftOut: 2,
  },
  {
    numbers: [55],
    name: 'a block begun anew does nothing twice',
    gasLimit: 280_000n, // with what one of them uses counted twice, the last does not fit
    hasDeaths: true,
    block: () =>
      [0, 1, 2, 3, 4, 5].map((index) => call(person(20 + index), CONTRACTS.counter, [], { gasLimit: 100_000n })),
  },
  {
    numbers: [56],
    name: 'what meets nobody runs ahead of its turn, and once',
    isQuiet: true,
    runsOnce: true,
    block: () => [
      ...[0, 1, 2].map((index) => call(person(20 + index), CONTRACTS.transient)),
      call(S, CONTRACTS.counter),
      call(A, CONTRACTS.otherCounter),
      pay(person(23), FRESH, 1n),
    ],
  },
  ...(['osaka', 'shanghai'] as const).map(
    (fork): Trap => ({
      numbers: [57],
      name: `what the system has called, or not yet, is so for all of the block (${fork})`,
      fork,
      block: () => [
        call(S, TRAP_CONTRACTS.historian),
        call(A, SYSTEM_CONTRACTS.withdrawalRequests.address, [], { value: 1n, data: new Uint8Array(56).fill(1) }),
        ...[20, 21].map((index) =>
          call(person(index), SYSTEM_CONTRACTS.consolidationRequests.address, [], {
            value: 1n,
            data: new Uint8Array(96).fill(index),
          }),
        ),
        call(person(22), CONTRACTS.header),
        call(person(23), TRAP_CONTRACTS.historian),
        pay(person(24), SYSTEM_ADDRESS, 1n),
      ],
    }),
  ),
  {
    numbers: [58],
    name: 'withdrawals come behind the transactions, and nothing makes nobody',
    withdrawals: [
      withdrawal(D.address, 7n),
      withdrawal(FRESH, 0n),
      withdrawal(poor(0).address, 3n),
      withdrawal(poor(0).address, 4n),
      withdrawal(BENEFICIARY, 1n),
    ],
    block: () => [
      call(S, D.address, [1]),
      pay(A, poor(0).address, ETHER),
      pay(poor(0), poor(1).address, ETHER / 2n),
      call(person(20), CONTRACTS.reporter, [poor(0).address]),
      call(person(21), CONTRACTS.observer, [D.address]),
    ],
  },
  {
    numbers: [58],
    name: 'a withdrawal to what the block destroyed makes an account without code',
    fork: 'shanghai',
    withdrawals: [withdrawal(CONTRACTS.mortal, 2n), withdrawal(CONTRACTS.payer, 0n)],
    block: () => [
      call(S, CONTRACTS.mortal),
      call(A, CONTRACTS.reporter, [CONTRACTS.mortal]),
      call(person(20), CONTRACTS.payer, [FRESH, ETHER]),
      call(person(21), CONTRACTS.reporter, [CONTRACTS.payer]),
    ],
  },
];
