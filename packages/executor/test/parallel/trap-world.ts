import {
  type Address,
  concatBytes,
  type Fork,
  type GenesisAccount,
  type Hash,
  hexToBytes,
  keccak256,
  type Withdrawal,
} from '@heddle/primitives';
import {
  ETHER,
  GWEI,
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
import { trapContractAccounts } from './trap-contracts.ts';

// What a trap is, the state that all traps stand on, and who sends what in them.

/** The smallest block in which something can go wrong. */
export interface Trap {
  /** Of the list of what a parallel EVM gets wrong, 1 to 58: each is named by a trap. */
  readonly numbers: readonly number[];
  readonly name: string;
  readonly block: () => readonly SenderTransaction[];
  readonly fork?: Fork;
  readonly beneficiary?: Address;
  /** Transactions that cannot stand there: a block that is given has to be refused for the first of them. */
  readonly leftOut?: number;
  readonly gasLimit?: bigint;
  readonly baseFeePerGas?: bigint;
  /** Without transactions beside it. */
  readonly isAlone?: boolean;
  /** Nothing that stands in the block reads what another writes, but to compare or to add: no schedule need repeat it. */
  readonly isQuiet?: boolean;
  /** Nobody may run a transaction twice. */
  readonly runsOnce?: boolean;
  readonly withdrawals?: readonly Withdrawal[];
  /** In each schedule a worker dies somewhere. */
  readonly hasDeaths?: boolean;
}

const people = testAccounts(30, 'people');
export const S = testAccount(0, 'sender');
export const A = testAccount(1, 'authority');
export const D = testAccount(2, 'delegated');
export const EMPTY = testAccount(3, 'empty');
export const EXACT = testAccount(4, 'exact');
const nobodies = testAccounts(5, 'poor');
/** Stands in the state though it is empty. */
export const GHOST: Address = `0x${'9a'.repeat(20)}`;
const slotName = (value: number | bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`;
/** What the factory makes with salt 9; it is there from the beginning, slot 1 as its init code sets it. */
const CHILD: Address = `0x${Buffer.from(
  keccak256(
    concatBytes(Uint8Array.of(0xff), hexToBytes(CONTRACTS.factory), hexToBytes(slotName(9)), keccak256(childInitCode)),
  ).subarray(12),
).toString('hex')}`;
export const FRESH: Address = `0x${'ab'.repeat(20)}`;
const BEACON_ROOT: Hash = `0x${'be'.repeat(32)}`;

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
    ...trapContractAccounts(),
    { ...(factoryAccount as GenesisAccount), storage: new Map([[slotName(0), slotName(BigInt(CHILD))]]) },
  ];
}

/** The environment and the candidates of a trap, behind `strangerCount` transactions that have nothing to do with it. */
export function trapBlock(
  trap: Trap,
  strangerCount = 4,
): { environment: BlockEnvironment; candidates: readonly SenderTransaction[] } {
  const { beneficiary = BENEFICIARY, gasLimit = 30_000_000n, baseFeePerGas = GWEI, withdrawals = [] } = trap;
  const strangers = Array.from({ length: strangerCount }, (_, index) =>
    pay(person(index), person(10 + index).address, 1n),
  );
  const isAlone = trap.isAlone === true || gasLimit < 30_000_000n;
  return {
    environment: environment({ beneficiary, gasLimit, baseFeePerGas, withdrawals, parentBeaconBlockRoot: BEACON_ROOT }),
    candidates: isAlone ? trap.block() : [...strangers, ...trap.block()],
  };
}

type Words = readonly (number | bigint | Address)[];

export function send(from: TestAccount, fields: TransactionFields): SenderTransaction {
  const { raw } = signedTransaction(from, { maxFeePerGas: 3n * GWEI, gasLimit: 400_000n, value: 0n, ...fields });
  return { raw, sender: from.address };
}

export function call(
  from: TestAccount,
  to: Address,
  words: Words = [],
  fields: TransactionFields = {},
): SenderTransaction {
  const data = Buffer.from(words.map((word) => BigInt(word).toString(16).padStart(64, '0')).join(''), 'hex');
  return send(from, { to, data, ...fields });
}

export const pay = (from: TestAccount, to: Address, value: bigint, fields: TransactionFields = {}) =>
  send(from, { to, value, gasLimit: 21_000n, ...fields });
/** One blob at 1 wei per gas: 131,072 wei that half of what EXACT has does not leave. */
export const withBlob = (from: TestAccount, nonce: number) =>
  pay(from, FRESH, 0n, {
    type: 3,
    nonce,
    maxFeePerGas: GWEI,
    maxPriorityFeePerGas: 0n,
    maxFeePerBlobGas: 1n,
    blobVersionedHashes: [`0x01${'5a'.repeat(31)}`],
  });
export const person = (index: number) => people[index] as TestAccount;
/** Somebody who has nothing. */
export const poor = (index: number) => nobodies[index] as TestAccount;
export const factory = (from: TestAccount, salt: number, action: number, fields = {}) =>
  call(from, CONTRACTS.factory, [salt, action], fields);
export const delegate = (from: TestAccount, authority: TestAccount, target: Address, nonce: number, fields = {}) =>
  send(from, { type: 4, to: FRESH, authorizationList: [authorize(authority, target, BigInt(nonce))], ...fields });
