import {
  type AccessListEntry,
  type Authorization,
  blobBaseFeePerGas,
  blobRulesOf,
  type ExecutionRules,
  type Fork,
  type Hash,
} from '@heddle/primitives';
import type { BlockEnvironment, CallMessage, PreparedTransaction } from '../../engine.ts';
import { evmMemoryExhausted } from '../../errors.ts';
import { authorityOf, isCandidate } from '../authority.ts';
import { transactionBlobLimit } from '../validity.ts';
import type { EvmCore } from './evm-core.ts';
import type { EvmConstant } from './evm-layout.ts';

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_WORD = (1n << 256n) - 1n;
/** PER_EMPTY_ACCOUNT_COST (EIP-7702). */
const AUTHORIZATION_GAS = 25_000n;

/** The forks that the module knows. */
const FORKS = {
  berlin: 'FORK_BERLIN',
  london: 'FORK_LONDON',
  paris: 'FORK_PARIS',
  shanghai: 'FORK_SHANGHAI',
  cancun: 'FORK_CANCUN',
  prague: 'FORK_PRAGUE',
  osaka: 'FORK_OSAKA',
} as const satisfies Partial<Record<Fork, EvmConstant>>;

type EvmFork = keyof typeof FORKS;

/** Tells the module the block that the next runs are in. */
export function writeBlock(
  { layout, memory, block }: EvmCore,
  environment: BlockEnvironment,
  rules: ExecutionRules,
): void {
  const { number, timestamp, beneficiary, gasLimit, baseFeePerGas, mixHash, excessBlobGas } = environment;
  memory.setU64(block + layout.BLOCK_NUMBER, BigInt(number));
  memory.setU64(block + layout.BLOCK_TIMESTAMP, BigInt(timestamp));
  memory.setU64(block + layout.BLOCK_GAS_LIMIT, gasLimit);
  memory.setU64(block + layout.BLOCK_TRANSACTION_GAS_CAP, rules.transactionGasCap ?? MAX_UINT64);
  const blobBaseFee = blobBaseFeePerGas(excessBlobGas, blobRulesOf(rules));
  // What no word holds no transaction can pay; the opcode answers its low 256 bits, as in geth.
  memory.setU32(block + layout.BLOCK_MAX_BLOBS, blobBaseFee > MAX_WORD ? 0 : transactionBlobLimit(rules));
  memory.setU32(block + layout.BLOCK_FORK, layout[FORKS[rules.fork as EvmFork]]); // named-engine.ts lets no other fork come here
  memory.setU32(block + layout.BLOCK_CODE_SIZE_LIMIT, rules.codeSizeLimit);
  memory.setWord(block + layout.BLOCK_CHAIN_ID, BigInt(rules.chainId));
  memory.setWord(block + layout.BLOCK_BASE_FEE, baseFeePerGas);
  memory.setWord(block + layout.BLOCK_BLOB_BASE_FEE, BigInt.asUintN(256, blobBaseFee));
  memory.setHex(block + layout.BLOCK_PREV_RANDAO, mixHash);
  memory.setHex(block + layout.BLOCK_BENEFICIARY, beneficiary);
}

/** The lists and the data of a transaction, which lie behind its record. */
interface Lists {
  readonly gasLimit: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly authorizationList: readonly Authorization[];
  readonly blobVersionedHashes: readonly Hash[];
}

/** Tells the module the transaction to run. @throws HeddleError `EVM_MEMORY_EXHAUSTED` */
export function writeTransaction(
  core: EvmCore,
  { transaction, sender }: PreparedTransaction,
  rules: ExecutionRules,
): void {
  const place = core.transaction;
  const { layout, memory } = core;
  writeLists(core, { ...transaction, gasLimit: gasWithin(core, transaction.gasLimit) }, rules);
  const { chainId, to } = transaction;
  memory.setHex(place + layout.TX_ORIGIN, sender);
  memory.setU64(place + layout.TX_NONCE, transaction.nonce);
  memory.setU64(place + layout.TX_GAS_LIMIT, transaction.gasLimit);
  memory.setU32(place + layout.TX_TYPE, transaction.type);
  memory.setWord(place + layout.TX_VALUE, transaction.value);
  memory.setWord(place + layout.TX_MAX_FEE, transaction.maxFeePerGas);
  memory.setWord(place + layout.TX_MAX_PRIORITY_FEE, transaction.maxPriorityFeePerGas);
  memory.setWord(place + layout.TX_MAX_BLOB_FEE, transaction.maxFeePerBlobGas);
  if (chainId !== undefined) memory.setWord(place + layout.TX_CHAIN_ID, chainId);
  if (to !== undefined) memory.setHex(place + layout.TX_TO, to);
  const flags = (to === undefined ? layout.TX_IS_CREATION : 0) | (chainId === undefined ? 0 : layout.TX_HAS_CHAIN_ID);
  memory.setU32(place + layout.TX_FLAGS, flags);
}

/** Tells the module the call to run. @throws HeddleError `EVM_MEMORY_EXHAUSTED` */
export function writeCall(core: EvmCore, message: CallMessage, rules: ExecutionRules): void {
  const { layout, memory, transaction } = core;
  const { from, to, gasLimit, gasPrice, value, data, accessList = [], authorizationList = [] } = message;
  writeLists(core, { gasLimit, data, accessList, authorizationList, blobVersionedHashes: [] }, rules);
  memory.setHex(transaction + layout.TX_ORIGIN, from);
  memory.setU64(transaction + layout.TX_GAS_LIMIT, gasLimit);
  memory.setWord(transaction + layout.TX_VALUE, value);
  memory.setWord(transaction + layout.TX_MAX_FEE, gasPrice);
  if (to !== undefined) memory.setHex(transaction + layout.TX_TO, to);
  memory.setU32(transaction + layout.TX_FLAGS, to === undefined ? layout.TX_IS_CREATION : 0);
}

/** Clears the record first. */
function writeLists(core: EvmCore, lists: Lists, { chainId }: ExecutionRules): void {
  const { layout, memory, transaction: place } = core;
  const { gasLimit, data, accessList, blobVersionedHashes: hashes, authorizationList } = lists;
  const accessSize = accessList.reduce((sum, { storageKeys }) => sum + layout.ACCESS_KEYS + storageKeys.length * 32, 0);
  const authorizationSize = authorizationList.length * layout.AUTHORIZATION_SIZE;
  const size = authorizationSize + hashes.length * 32 + accessSize + data.length;
  let at = core.steps.reserveTransaction(size) >>> 0;
  if (at === 0) throw evmMemoryExhausted();
  writeAuthorizations(core, at, authorizationList, { chainId, gasLimit });
  at += authorizationSize;
  memory.setU32(place + layout.TX_BLOB_HASHES, at);
  memory.setU32(place + layout.TX_BLOB_COUNT, hashes.length);
  for (const hash of hashes) {
    memory.setHex(at, hash);
    at += 32;
  }
  memory.setU32(place + layout.TX_ACCESS_LIST, at);
  memory.setU32(place + layout.TX_ACCESS_LIST_COUNT, accessList.length);
  for (const { address, storageKeys } of accessList) {
    memory.setHex(at, address);
    memory.setU32(at + layout.ACCESS_KEY_COUNT, storageKeys.length);
    for (const [index, key] of storageKeys.entries()) memory.setHex(at + layout.ACCESS_KEYS + index * 32, key);
    at += layout.ACCESS_KEYS + storageKeys.length * 32;
  }
  memory.setU32(place + layout.TX_DATA, at);
  memory.setU32(place + layout.TX_DATA_SIZE, data.length);
  memory.set(at, data);
}

/** The gas that a transaction with this limit may use: with more than its block has it stands in none. */
export function gasWithin({ layout, memory, block }: EvmCore, gasLimit: bigint): bigint {
  const most = memory.u64(block + layout.BLOCK_GAS_LIMIT);
  return gasLimit < most ? gasLimit : most;
}

/**
 * Tells the module a transaction's authorizations: to `place` go those that may apply on this chain and that somebody signed.
 * None where `gasLimit` does not pay for all: such a transaction is invalid, and to find out who signed takes long.
 */
export function writeAuthorizations(
  { layout, memory, transaction }: EvmCore,
  place: number,
  list: readonly Authorization[],
  { chainId, gasLimit }: { readonly chainId: number; readonly gasLimit: bigint },
): void {
  const isPaid = BigInt(list.length) * AUTHORIZATION_GAS <= gasLimit;
  let count = 0;
  for (const authorization of isPaid ? list : []) {
    const authority = isCandidate(authorization, chainId) ? authorityOf(authorization) : undefined;
    if (authority === undefined) continue;
    const at = place + layout.AUTHORIZATION_SIZE * count++;
    memory.setU64(at + layout.AUTHORIZATION_NONCE, authorization.nonce);
    memory.setHex(at + layout.AUTHORIZATION_AUTHORITY, authority);
    memory.setHex(at + layout.AUTHORIZATION_DELEGATE, authorization.address);
  }
  memory.setU32(transaction + layout.TX_AUTHORIZATIONS, place);
  memory.setU32(transaction + layout.TX_CANDIDATE_COUNT, count);
  memory.setU32(transaction + layout.TX_AUTHORIZATION_COUNT, list.length);
}
