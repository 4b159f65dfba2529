import {
  type Address,
  bytesToHex,
  concatBytes,
  type Fork,
  type GenesisAccount,
  type Hash,
  hexToBytes,
  isActive,
} from '@heddle/primitives';
import {
  ETHER,
  GWEI,
  initCodeOf,
  type Random,
  signedTransaction,
  type TestAccount,
  type TransactionFields,
  testAccounts,
} from '@heddle/testkit';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { randomProgram } from '../evm/random-programs.ts';
import type { Reach } from '../evm/random-reach.ts';
import { authorize } from '../support/authorize.ts';
import { BENEFICIARY, environment, genesisAccount } from './test-chain.ts';

// Blocks of transactions that run random programs, which call each other and share their slots.

const SENDERS = testAccounts(12, 'random code');
const AUTHORITIES = testAccounts(4, 'random authorities');
const CONTRACT_COUNT = 160;
const EMPTY: Address = `0x${'e0'.repeat(20)}`;
const NOBODY: Address = `0x${'d0'.repeat(20)}`;
/** Programs that one block's transactions are sent to: few, so that they clash. */
const TARGETS = 8;
const TRANSACTIONS = 10;
/** Keys that programs use. */
const SLOTS = 4;
/** Types of transactions, by the fork that they came with. */
const TYPES = [
  ['berlin', 0],
  ['berlin', 1],
  ['london', 2],
  ['london', 2],
  ['london', 2],
  ['cancun', 3],
  ['prague', 4],
] as const;

type ReachInFork = Reach & { readonly fork: Fork };

/** A state of random programs, and the blocks that can be drawn on it. */
export interface RandomCode {
  readonly alloc: readonly GenesisAccount[];
  readonly slots: readonly Hash[];
  draw(random: Random): RandomCodeBlock;
}

/** A block whose transactions all stand. */
export interface RandomCodeBlock {
  readonly environment: BlockEnvironment;
  readonly transactions: readonly SenderTransaction[];
}

/** Candidates of which some fit no more, and some are not valid where they come. */
export interface RandomCodeBuild {
  readonly environment: BlockEnvironment;
  readonly candidates: readonly SenderTransaction[];
  readonly sizeLimitBytes: number;
}

/** Draws programs of what `fork` has. */
export function randomCode(random: Random, fork: Fork): RandomCode {
  const contracts = Array.from({ length: CONTRACT_COUNT }, (_, index) => contractAddress(index));
  const reach = { fork, contracts, others: [EMPTY, NOBODY, BENEFICIARY, ...addressesOf(SENDERS, AUTHORITIES)] };
  const slots = Array.from({ length: SLOTS }, (_, slot) => slotName(slot));
  const alloc = [
    ...SENDERS.map(({ address }) => genesisAccount(address, 100n * ETHER)),
    ...AUTHORITIES.map(({ address }) => genesisAccount(address, ETHER)),
    genesisAccount(EMPTY, 1n),
    ...contracts.map((address) => {
      const used = slots.filter(() => random.chance(0.5));
      const storage = new Map(used.map((slot) => [slot, slotName(random.int(1, 300))] as const));
      return genesisAccount(address, 1_000n, { nonce: 1n, code: randomProgram(random, reach), storage });
    }),
  ];
  return { alloc, slots, draw: (drawer) => drawBlock(drawer, reach) };
}

/** Makes candidates of a block: some come twice, too early or not at all, and gas or bytes end before they do. */
export function spoilBlock(random: Random, { environment, transactions }: RandomCodeBlock): RandomCodeBuild {
  const candidates: SenderTransaction[] = [];
  for (const transaction of transactions) {
    if (random.chance(0.1)) continue;
    const place = random.chance(0.15) ? random.int(0, candidates.length) : candidates.length;
    candidates.splice(place, 0, transaction);
    if (random.chance(0.1)) candidates.push(transaction);
  }
  const size = candidates.reduce((sum, { raw }) => sum + raw.length, 0);
  const sizeLimitBytes = random.chance(0.5) ? size : random.int(0, size);
  const gasLimit = random.chance(0.3) ? environment.gasLimit : BigInt(random.int(2_000_000, 6_000_000));
  return { environment: { ...environment, gasLimit }, candidates, sizeLimitBytes };
}

function drawBlock(random: Random, reach: ReachInFork): RandomCodeBlock {
  const targets = Array.from({ length: TARGETS }, () => random.pick(reach.contracts));
  const nonces = new Map<TestAccount, number>();
  const transactions = Array.from({ length: TRANSACTIONS }, () => {
    const from = random.pick(SENDERS);
    const nonce = nonces.get(from) ?? 0;
    nonces.set(from, nonce + 1);
    const fields = { ...drawKind(random, reach), ...drawFields(random, random.pick(targets)) };
    const { raw } = signedTransaction(from, withKind(fields, nonce));
    return { raw, sender: from.address };
  });
  const beneficiary = random.pick([BENEFICIARY, random.pick(targets)]);
  const baseFeePerGas = isActive(reach.fork, 'london') ? GWEI : 0n;
  return { environment: environment({ beneficiary, baseFeePerGas }), transactions };
}

function drawFields(random: Random, to: Address): TransactionFields {
  const gasLimit = random.chance(0.1) ? BigInt(random.int(60_000, 200_000)) : 2_000_000n;
  const tip = random.pick([0n, GWEI]);
  return {
    to,
    gasLimit,
    data: random.bytes(random.int(0, 80)),
    value: random.pick([0n, 0n, 7n]),
    maxPriorityFeePerGas: tip,
  };
}

/** What its type brings with it. */
function drawKind(random: Random, { contracts, fork }: ReachInFork): TransactionFields {
  const type = random.pick(TYPES.filter(([since]) => isActive(fork, since)))[1];
  const keys = [0, 1, 9].filter(() => random.chance(0.5)).map(slotName);
  const accessList = type !== 0 && random.chance(0.5) ? [{ address: random.pick(contracts), storageKeys: keys }] : [];
  if (type === 3) {
    const hash: Hash = `0x01${bytesToHex(random.bytes(31)).slice(2)}`;
    return { type, accessList, maxFeePerBlobGas: 1n, blobVersionedHashes: [hash] };
  }
  if (type !== 4) return { type, accessList };
  const authority = random.pick(AUTHORITIES);
  const target = random.pick(contracts);
  return { type, accessList, authorizationList: [authorize(authority, target, BigInt(random.int(0, 1)))] };
}

/** The fields as their type takes them; now and then a creation, by the same program. */
function withKind(fields: TransactionFields, nonce: number): TransactionFields {
  const { type = 2, maxPriorityFeePerGas = 0n } = fields;
  const maxFeePerGas = GWEI + maxPriorityFeePerGas;
  const fees = type < 2 ? { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas } : { maxFeePerGas, maxPriorityFeePerGas };
  const isCreation = type < 3 && nonce === 3;
  const data = concatBytes(Uint8Array.of(0x5b), fields.data ?? new Uint8Array(0));
  const creation = isCreation ? { to: undefined, data: initCodeOf(data) } : {};
  return { ...fields, ...fees, ...creation, nonce };
}

function addressesOf(...groups: readonly (readonly TestAccount[])[]): Address[] {
  return groups.flat().map(({ address }) => address);
}

function contractAddress(index: number): Address {
  return bytesToHex(concatBytes(hexToBytes(`0x${'c5'.repeat(18)}`), Uint8Array.of(index >> 8, index & 0xff)));
}

function slotName(slot: number): Hash {
  return `0x${slot.toString(16).padStart(64, '0')}`;
}
