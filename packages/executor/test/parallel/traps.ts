import {
  type Address,
  concatBytes,
  createAddress,
  type Fork,
  type GenesisAccount,
  type Hash,
  hexToBytes,
  keccak256,
  ZERO_ADDRESS,
} from '@heddle/primitives';
import {
  assemble,
  ETHER,
  GWEI,
  initCodeOf,
  signedTransaction,
  type TestAccount,
  type TransactionFields,
  testAccount,
  testAccounts,
} from '@heddle/testkit';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { authorize } from '../support/authorize.ts';
import { CONTRACTS, childCode, childInitCode, contractAccounts } from './contracts.ts';
import { BENEFICIARY, environment, genesisAccount } from './test-chain.ts';

// The traps of parallel execution, by number: the smallest block of each. The list of 58 and what each is about:
// research on parallel EVMs, its section 4; trap-numbers.ts says where each number is tested or what it waits for.

const people = testAccounts(30, 'people');
const S = testAccount(0, 'sender');
const A = testAccount(1, 'authority');
const D = testAccount(2, 'delegated');
const EMPTY = testAccount(3, 'empty');
const EXACT = testAccount(4, 'exact');
/** Stands in the state though it is empty. */
const GHOST: Address = `0x${'9a'.repeat(20)}`;
const slotName = (value: number | bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`;
/** What the factory makes with salt 9; it is there from the beginning, slot 1 as its init code sets it. */
const CHILD: Address = `0x${Buffer.from(
  keccak256(
    concatBytes(Uint8Array.of(0xff), hexToBytes(CONTRACTS.factory), hexToBytes(slotName(9)), keccak256(childInitCode)),
  ).subarray(12),
).toString('hex')}`;
const FRESH: Address = `0x${'ab'.repeat(20)}`;
/** The state on which the traps of a fork stand. */
export function trapAlloc(fork: Fork): GenesisAccount[] {
  const delegation = Buffer.concat([Uint8Array.of(0xef, 0x01, 0x00), hexToBytes(CONTRACTS.wallet)]);
  const isOsaka = fork === 'osaka';
  const contracts = contractAccounts([...people, S, A].map(({ address }) => address)).filter(
    ({ address }) => address !== CONTRACTS.factory,
  );
  const [factoryAccount] = contractAccounts([]).filter(({ address }) => address === CONTRACTS.factory);
  return [
    ...[...people, S, A].map(({ address }) => genesisAccount(address, 10n * ETHER)),
    genesisAccount(D.address, ETHER, isOsaka ? { nonce: 1n, code: delegation } : {}),
    genesisAccount(EXACT.address, 21_000n * 2n * GWEI + 5n),
    genesisAccount(GHOST, 0n),
    genesisAccount(CHILD, 0n, { nonce: 1n, code: childCode, storage: new Map([[slotName(1), slotName(5)]]) }),
    ...contracts,
    { ...(factoryAccount as GenesisAccount), storage: new Map([[slotName(0), slotName(BigInt(CHILD))]]) },
  ];
}

/** The environment and the candidates of a trap, behind `strangerCount` transactions that have nothing to do with it. */
export function trapBlock(
  trap: Trap,
  strangerCount = 4,
): { environment: BlockEnvironment; candidates: readonly SenderTransaction[] } {
  const { beneficiary = BENEFICIARY, gasLimit = 30_000_000n, baseFeePerGas = GWEI } = trap;
  const strangers = Array.from({ length: strangerCount }, (_, index) =>
    pay(person(index), person(10 + index).address, 1n),
  );
  const isAlone = trap.isAlone === true || gasLimit < 30_000_000n;
  return {
    environment: environment({ beneficiary, gasLimit, baseFeePerGas }),
    candidates: isAlone ? trap.block() : [...strangers, ...trap.block()],
  };
}

type Words = readonly (number | bigint | Address)[];

function send(from: TestAccount, fields: TransactionFields): SenderTransaction {
  const { raw } = signedTransaction(from, { maxFeePerGas: 3n * GWEI, gasLimit: 400_000n, value: 0n, ...fields });
  return { raw, sender: from.address };
}

function call(from: TestAccount, to: Address, words: Words = [], fields: TransactionFields = {}): SenderTransaction {
  const data = Buffer.from(words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join(''), 'hex');
  return send(from, { to, data, ...fields });
}

const pay = (from: TestAccount, to: Address, value: bigint, fields: TransactionFields = {}) =>
  send(from, { to, value, gasLimit: 21_000n, ...fields });
/** One blob at 1 wei per gas: 131,072 wei that half of what EXACT has does not leave. */
const withBlob = (from: TestAccount, nonce: number) =>
  pay(from, FRESH, 0n, {
    type: 3,
    nonce,
    maxFeePerGas: GWEI,
    maxPriorityFeePerGas: 0n,
    maxFeePerBlobGas: 1n,
    blobVersionedHashes: [`0x01${'5a'.repeat(31)}`],
  });
const person = (index: number) => people[index] as TestAccount;
const factory = (from: TestAccount, salt: number, action: number, fields = {}) =>
  call(from, CONTRACTS.factory, [salt, action], fields);
const delegate = (from: TestAccount, authority: TestAccount, target: Address, nonce: number, fields = {}) =>
  send(from, { type: 4, to: FRESH, authorizationList: [authorize(authority, target, BigInt(nonce))], ...fields });

/** The smallest block in which something can go wrong. */
export interface Trap {
  /** Of research/parallel-evm.md 4. */
  readonly numbers: readonly number[];
  readonly name: string;
  readonly block: () => readonly SenderTransaction[];
  readonly fork?: Fork;
  readonly beneficiary?: Address;
  /** Transactions that cannot stand there; the block is then also built. */
  readonly leftOut?: number;
  readonly gasLimit?: bigint;
  readonly baseFeePerGas?: bigint;
  /** Without transactions beside it. */
  readonly isAlone?: boolean;
  /** Nothing that stands in the block reads what another writes, but to compare or to add: no schedule need repeat it. */
  readonly isQuiet?: boolean;
}

/** All traps that have a block of their own. */
export const TRAPS: readonly Trap[] = [
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
    numbers: [10, 19],
    name: 'made and destroyed in one transaction',
    block: () => [factory(S, 1, 1), factory(A, 1, 1), factory(person(20), 2, 1), factory(person(21), 1, 0)],
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
    numbers: [16],
    name: 'nothing sent to nobody makes nobody',
    block: () => [
      pay(S, FRESH, 0n),
      call(A, CONTRACTS.payer, [FRESH, 0]),
      call(person(20), CONTRACTS.payer, [FRESH, 1]),
    ],
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
    numbers: [6],
    name: 'the beneficiary earns exactly what it pays',
    baseFeePerGas: 0n,
    beneficiary: S.address,
    block: () => [pay(S, FRESH, 0n), pay(A, FRESH, 1n), pay(S, FRESH, 0n, { nonce: 1 })],
  },
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
    numbers: [15],
    name: 'a created address already had a balance',
    block: () => [
      pay(S, createAddress(CONTRACTS.factory, 1n), 1n, { gasLimit: 60_000n }),
      factory(A, 1, 4),
      call(person(20), CONTRACTS.observer, [createAddress(CONTRACTS.factory, 1n)]),
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
];
