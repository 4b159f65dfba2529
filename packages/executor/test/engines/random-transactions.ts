import {
  type Address,
  type Authorization,
  blobBaseFeePerGas,
  blobRulesOf,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  type ExecutionRules,
  hexToBytes,
  intrinsicGas,
  type Transaction,
  type UnsignedTransaction,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@heddle/primitives';
import { assemble, ETHER, GWEI, initCodeOf, type Random, TEST_CHAIN_ID, testAccounts } from '@heddle/testkit';
import type { BlockEnvironment } from '../../src/engine.ts';
import { authorize } from '../support/authorize.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { environment, word } from '../support/run.ts';

// Transactions at the edges of what is valid and of what they cost, with the state and the block that they meet.

/** One transaction where it runs. */
export interface TransactionCase {
  readonly environment: BlockEnvironment;
  readonly accounts: Readonly<Record<Address, TestAccountState>>;
  readonly transaction: Transaction;
  readonly sender: Address;
}

const PEOPLE = testAccounts(4, 'differential');
const MAX_NONCE = 2n ** 64n - 1n;

/** Not PUSH0, which the older forks do not have. */
const ZERO = '0x00';

/** Contracts by what they do; `slot` 1 to 3 are set in the state. */
const CONTRACTS: Readonly<Record<Address, Uint8Array>> = {
  [`0x${'c1'.repeat(20)}`]: assemble('CALLDATASIZE', 9, 'SSTORE', 'STOP'),
  // Clears three slots: more refund than may be given back.
  [`0x${'c2'.repeat(20)}`]: assemble(ZERO, 1, 'SSTORE', ZERO, 2, 'SSTORE', ZERO, 3, 'SSTORE', 'STOP'),
  [`0x${'c3'.repeat(20)}`]: assemble(ZERO, 1, 'SSTORE', ZERO, ZERO, 'REVERT'),
  [`0x${'c4'.repeat(20)}`]: assemble('COINBASE', 'SELFDESTRUCT'),
  [`0x${'c5'.repeat(20)}`]: assemble('COINBASE', 'BALANCE', 'GASPRICE', 'ADD', 5, 'SSTORE', 'GAS', 6, 'SSTORE'),
  [`0x${'c6'.repeat(20)}`]: assemble('ORIGIN', 'CALLER', 'CALLVALUE', 3, ZERO, 'LOG3', 'INVALID'),
  [`0x${'c7'.repeat(20)}`]: assemble(ZERO, 'BLOBHASH', 'BLOBBASEFEE', 'ADD', 7, 'SSTORE', 'STOP'),
  // Pays 1 wei to the beneficiary, calls it with nothing after.
  [`0x${'c8'.repeat(20)}`]: assemble(
    ZERO,
    ZERO,
    ZERO,
    ZERO,
    1,
    'COINBASE',
    'GAS',
    'CALL',
    ZERO,
    ZERO,
    ZERO,
    ZERO,
    ZERO,
    'COINBASE',
    'GAS',
    'CALL',
  ),
  [`0x${'c9'.repeat(20)}`]: assemble('ORIGIN', 'EXTCODEHASH', 8, 'SSTORE', 1, 'SLOAD', 'STOP'),
  // Costs less for each account that is warm.
  [`0x${'ca'.repeat(20)}`]: assemble(...PEOPLE.flatMap(({ address }) => [address, 'BALANCE', 'POP'])),
};
const NOBODY: Address = `0x${'ee'.repeat(20)}`;
/** Stands in no state, nor in any code. */
const ELSEWHERE: Address = `0x${'cb'.repeat(20)}`;
/** Stands in some states without anything of its own. */
const EMPTY_ONE: Address = `0x${'ed'.repeat(20)}`;
const PRECOMPILE: Address = `0x${'00'.repeat(19)}02`;
const PLACES = [...Object.keys(CONTRACTS), NOBODY, EMPTY_ONE, PRECOMPILE, ...PEOPLE.map(({ address }) => address)];

const INIT_CODES = [
  EMPTY_BYTES,
  initCodeOf(assemble('CALLER', 'SELFDESTRUCT')),
  initCodeOf(Uint8Array.of(0xef, 0x01, 0x00)),
  assemble(1, 1, 'SSTORE', 'ADDRESS', 'SELFDESTRUCT'),
  assemble(ZERO, ZERO, 'REVERT'),
  assemble('INVALID'),
];

/** A case under `rules`. */
export function drawTransactionCase(random: Random, rules: ExecutionRules): TransactionCase {
  const drawn = drawEnvironment(random, rules);
  const unsigned = withGasLimit(random, drawFields(random, drawn, rules), rules);
  const { to } = unsigned;
  const block = to !== undefined && random.chance(0.2) ? { ...drawn, beneficiary: to } : drawn;
  const sender = (PEOPLE[0] as (typeof PEOPLE)[0]).address;
  const signature = { raw: EMPTY_BYTES, hash: ZERO_HASH, signingHash: EMPTY_BYTES, yParity: 0, r: 1n, s: 1n } as const;
  const transaction = { ...unsigned, ...signature };
  return { environment: block, accounts: drawAccounts(random, transaction, block, rules), transaction, sender };
}

function drawEnvironment(random: Random, { fork }: ExecutionRules): BlockEnvironment {
  return environment({
    beneficiary: random.pick([drawPlace(random), EMPTY_ONE, ELSEWHERE, ELSEWHERE]),
    baseFeePerGas: fork === 'berlin' ? 0n : random.pick([0n, 7n, GWEI]),
    excessBlobGas: random.pick([0n, 0n, 50_000_000n]),
  });
}

function drawFields(random: Random, block: BlockEnvironment, rules: ExecutionRules): UnsignedTransaction {
  const type = random.pick([0, 0, 1, 2, 2, 3, 4] as const);
  const chainId = random.chance(0.05) ? 1n : BigInt(TEST_CHAIN_ID);
  const isCreation = random.chance(type < 3 ? 0.25 : 0.02);
  const maxFeePerGas = block.baseFeePerGas + random.pick([0n, 0n, 1n, 5n, GWEI, random.chance(0.3) ? -1n : 2n]);
  const tip = random.pick([0n, 1n, maxFeePerGas, maxFeePerGas + (random.chance(0.1) ? 1n : 0n)]);
  const blobFee = blobBaseFeePerGas(block.excessBlobGas, blobRulesOf(rules));
  return {
    type,
    chainId: type === 0 && random.chance(0.3) ? undefined : chainId,
    nonce: random.chance(0.02) ? MAX_NONCE : random.pick([0n, 1n, 127n, 128n, 300n]),
    gasLimit: 0n,
    maxFeePerGas: maxFeePerGas < 0n ? 0n : maxFeePerGas,
    maxPriorityFeePerGas: type < 2 || tip < 0n ? (maxFeePerGas < 0n ? 0n : maxFeePerGas) : tip,
    to: isCreation ? undefined : drawPlace(random),
    value: random.pick([0n, 0n, 1n, ETHER, random.chance(0.05) ? 2n ** 255n : 3n]),
    data: isCreation ? drawInitCode(random, rules) : drawData(random),
    accessList: type === 0 ? [] : drawAccessList(random),
    authorizationList: type === 4 ? drawAuthorizations(random) : [],
    maxFeePerBlobGas: type === 3 ? blobFee + random.pick([0n, 1n, random.chance(0.2) ? -1n : 0n]) : 0n,
    blobVersionedHashes: type === 3 ? drawBlobs(random) : [],
  };
}

/** Around what the transaction needs, or far above it. */
function withGasLimit(random: Random, unsigned: UnsignedTransaction, rules: ExecutionRules): UnsignedTransaction {
  const { intrinsic, floor } = intrinsicGas(unsigned, rules.fork);
  const least = random.pick([intrinsic, floor > intrinsic ? floor : intrinsic]);
  const above = random.pick([0n, 0n, 1n, 3_000n, 30_000n, 200_000n, 200_000n, random.chance(0.2) ? -1n : 100_000n]);
  const gasLimit = random.chance(0.03) ? random.pick([2n ** 24n, 2n ** 24n + 1n]) : least + above;
  return { ...unsigned, gasLimit };
}

function drawAccounts(
  random: Random,
  transaction: Transaction,
  block: BlockEnvironment,
  rules: ExecutionRules,
): Record<Address, TestAccountState> {
  const accounts: Record<Address, TestAccountState> = {};
  const storage = new Map([1, 2, 3].map((slot) => [word(slot), hexToBytes(word(77))] as const));
  for (const [address, code] of Object.entries(CONTRACTS) as [Address, Uint8Array][])
    accounts[address] = { code, storage, nonce: 1n, balance: random.pick([0n, 0n, 5n, ETHER]) };
  if (random.chance(0.7)) accounts[EMPTY_ONE] = {};
  if (random.chance(0.2)) accounts[block.beneficiary] = { ...accounts[block.beneficiary], balance: 9n };
  for (const { address } of PEOPLE.slice(1)) if (random.chance(0.6)) accounts[address] = drawPerson(random, rules);
  const [sender] = PEOPLE;
  const nonce = transaction.nonce + random.pick([0n, 0n, 0n, 0n, 0n, random.pick([1n, -1n, 0n])]);
  const most =
    transaction.gasLimit * transaction.maxFeePerGas +
    BigInt(transaction.blobVersionedHashes.length) * 131_072n * transaction.maxFeePerBlobGas +
    transaction.value;
  const balance = random.pick([most, most + 1n, most + ETHER, random.chance(0.3) ? most - 1n : most]);
  if (sender === undefined) return accounts;
  accounts[sender.address] = {
    nonce: nonce < 0n ? 0n : BigInt.asUintN(64, nonce),
    balance: balance < 0n || balance >= 2n ** 256n ? 2n ** 256n - 1n : balance,
    code: random.pick([EMPTY_BYTES, EMPTY_BYTES, EMPTY_BYTES, drawCode(random)]),
  };
  return accounts;
}

function drawPerson(random: Random, rules: ExecutionRules): TestAccountState {
  const mayDelegate = rules.fork === 'prague' || rules.fork === 'osaka';
  return {
    nonce: random.pick([0n, 0n, 1n, MAX_NONCE - 1n]),
    balance: random.pick([0n, 0n, ETHER]),
    code: mayDelegate || random.chance(0.1) ? random.pick([EMPTY_BYTES, drawCode(random)]) : EMPTY_BYTES,
  };
}

/** A delegation, or sometimes a contract. */
function drawCode(random: Random): Uint8Array {
  const delegation = concatBytes(Uint8Array.of(0xef, 0x01, 0x00), hexToBytes(drawPlace(random)));
  return random.pick([delegation, delegation, delegation, assemble('STOP')]);
}

function drawPlace(random: Random): Address {
  return random.pick(PLACES) as Address;
}

function drawData(random: Random): Uint8Array {
  const data = random.bytes(random.pick([0, 1, 15, 16, 17, 33, 300]));
  return data.map((byte) => (random.chance(0.5) ? 0 : byte));
}

function drawInitCode(random: Random, rules: ExecutionRules): Uint8Array {
  if (random.chance(0.1)) return new Uint8Array(rules.codeSizeLimit * 2 + random.int(-1, 1));
  return random.pick(INIT_CODES);
}

function drawAccessList(random: Random): UnsignedTransaction['accessList'] {
  return Array.from({ length: random.int(0, 4) }, () => ({
    address: random.chance(0.7) ? drawPlace(random) : bytesToHex(random.bytes(20)),
    storageKeys: Array.from({ length: random.int(0, 3) }, () => word(random.int(0, 10))),
  }));
}

function drawAuthorizations(random: Random): Authorization[] {
  return Array.from({ length: random.int(random.chance(0.05) ? 0 : 1, 4) }, () => {
    const target = random.chance(0.2) ? ZERO_ADDRESS : drawPlace(random);
    const nonce = random.pick([0n, 0n, 1n, 2n, 128n, MAX_NONCE - 1n, MAX_NONCE]);
    const chainId = random.pick([0n, BigInt(TEST_CHAIN_ID), BigInt(TEST_CHAIN_ID), 1n]);
    const signed = authorize(random.pick(PEOPLE), target, nonce, chainId);
    return random.chance(0.1) ? { ...signed, yParity: 2n } : signed;
  });
}

function drawBlobs(random: Random): UnsignedTransaction['blobVersionedHashes'] {
  const count = random.chance(0.15) ? random.pick([0, 7, 9, 10]) : random.int(1, 6);
  const version = (): string => (random.chance(0.03) ? '00' : '01');
  return Array.from({ length: count }, (): `0x${string}` => `0x${version()}${'5a'.repeat(31)}`);
}
