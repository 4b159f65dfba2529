import {
  blobBaseFeePerGas,
  blobRulesOf,
  checksumAddress,
  EMPTY_CODE_HASH,
  type ExecutionRules,
  type Fork,
  GAS_PER_BLOB,
  type Hash,
  intrinsicGas,
  isActive,
  type Transaction,
  type TransactionType,
  type UnsignedTransaction,
} from '@heddle/primitives';
import type { AccountState, BlockEnvironment, CallMessage, PreparedTransaction } from '../engine.ts';
import { isDelegation } from './delegation.ts';

const MAX_NONCE = 2n ** 64n - 1n;
/** EIP-7594: blobs in one transaction since Osaka. */
const MAX_TRANSACTION_BLOBS = 6;
const BLOB_HASH_VERSION = '0x01';

const TYPE_SINCE: Readonly<Record<TransactionType, Fork>> = {
  0: 'frontier',
  1: 'berlin',
  2: 'london',
  3: 'cancun',
  4: 'prague',
};

/** What validity depends on besides the transaction. */
export interface ValidityContext {
  readonly rules: ExecutionRules;
  readonly environment: BlockEnvironment;
  readonly sender: AccountState | undefined;
  codeByHash(codeHash: Hash): Uint8Array;
}

/** Why the transaction may not stand in the block at this place, in geth's words and geth's order; undefined: it may. */
export function findInvalidity(prepared: PreparedTransaction, context: ValidityContext): string | undefined {
  const { transaction } = prepared;
  return (
    findForeign(transaction, context.rules) ??
    findBadNonce(prepared, context) ??
    findBadGasCap(transaction, context.rules) ??
    findContractSender(prepared, context) ??
    findBadFee(prepared, context.environment) ??
    findBadBlobs(prepared, context) ??
    findBadAuthorizations(prepared) ??
    findLackOfFunds(prepared, context.sender) ??
    findBadGas(transaction, context.rules)
  );
}

/** Why a call may not run: its sender must own the value that it sends, and its gas must cover what it costs at least. */
export function findCallInvalidity(message: CallMessage, balance: bigint, rules: ExecutionRules): string | undefined {
  const { from, value } = message;
  if (balance >= value) return findBadGas(asTransaction(message), rules);
  return `insufficient funds for gas * price + value: address ${checksumAddress(from)} have ${balance} want ${value}`;
}

/** The transaction that costs as much as this call. */
export function asTransaction(message: CallMessage): UnsignedTransaction {
  return {
    type: 2,
    chainId: undefined,
    nonce: 0n,
    gasLimit: message.gasLimit,
    maxFeePerGas: message.gasPrice,
    maxPriorityFeePerGas: 0n,
    to: message.to,
    value: message.value,
    data: message.data,
    accessList: message.accessList ?? [],
    authorizationList: message.authorizationList ?? [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
  };
}

function findForeign({ type, chainId }: Transaction, rules: ExecutionRules): string | undefined {
  if (!isActive(rules.fork, TYPE_SINCE[type])) return 'transaction type not supported';
  const isUnderstood = type > 0 || isActive(rules.fork, 'spuriousDragon'); // EIP-155
  if (chainId === undefined || (isUnderstood && chainId === BigInt(rules.chainId))) return undefined;
  return `invalid chain id for signer: have ${chainId} want ${rules.chainId}`;
}

function findBadNonce({ transaction, sender }: PreparedTransaction, context: ValidityContext): string | undefined {
  const state = context.sender?.nonce ?? 0n;
  if (state === transaction.nonce && state < MAX_NONCE) return undefined;
  const where = `address ${checksumAddress(sender)}`;
  if (state < transaction.nonce) return `nonce too high: ${where}, tx: ${transaction.nonce} state: ${state}`;
  if (state > transaction.nonce) return `nonce too low: ${where}, tx: ${transaction.nonce} state: ${state}`;
  return `nonce has max value: ${where}, nonce: ${state}`;
}

function findBadGasCap({ gasLimit }: Transaction, { transactionGasCap }: ExecutionRules): string | undefined {
  if (transactionGasCap === undefined || gasLimit <= transactionGasCap) return undefined;
  return `transaction gas limit too high (cap: ${transactionGasCap}, tx: ${gasLimit})`;
}

function findContractSender({ sender }: PreparedTransaction, context: ValidityContext): string | undefined {
  const codeHash = context.sender?.codeHash ?? EMPTY_CODE_HASH;
  if (codeHash === EMPTY_CODE_HASH) return undefined;
  const code = context.codeByHash(codeHash);
  if (isActive(context.rules.fork, 'prague') && isDelegation(code)) return undefined;
  return `sender not an eoa: address ${checksumAddress(sender)}, len(code): ${code.length}`;
}

function findBadFee({ transaction, sender }: PreparedTransaction, environment: BlockEnvironment): string | undefined {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const { baseFeePerGas } = environment;
  if (maxFeePerGas >= maxPriorityFeePerGas && maxFeePerGas >= baseFeePerGas) return undefined;
  const where = `address ${checksumAddress(sender)}`;
  if (maxFeePerGas < maxPriorityFeePerGas) {
    return (
      `max priority fee per gas higher than max fee per gas: ${where}, ` +
      `maxPriorityFeePerGas: ${maxPriorityFeePerGas}, maxFeePerGas: ${maxFeePerGas}`
    );
  }
  return `max fee per gas less than block base fee: ${where}, maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFeePerGas}`;
}

function findBadBlobs({ transaction, sender }: PreparedTransaction, context: ValidityContext): string | undefined {
  if (transaction.type !== 3) return undefined;
  const { rules } = context;
  const hashes = transaction.blobVersionedHashes;
  if (hashes.length === 0) return 'blob transaction missing blob hashes';
  const limit = transactionBlobLimit(rules);
  if (hashes.length > limit) return `blob transaction has too many blobs (max ${limit})`;
  const malformed = hashes.findIndex((hash) => !hash.startsWith(BLOB_HASH_VERSION));
  if (malformed !== -1) return `blob ${malformed} has invalid hash version`;
  const blobBaseFee = blobBaseFeePerGas(context.environment.excessBlobGas, blobRulesOf(rules));
  if (transaction.maxFeePerBlobGas >= blobBaseFee) return undefined;
  return (
    `max fee per blob gas less than block blob gas fee: address ${checksumAddress(sender)} ` +
    `blobGasFeeCap: ${transaction.maxFeePerBlobGas}, blobBaseFee: ${blobBaseFee}`
  );
}

/** How many blobs one transaction may have. */
export function transactionBlobLimit(rules: ExecutionRules): number {
  return isActive(rules.fork, 'osaka') ? MAX_TRANSACTION_BLOBS : blobRulesOf(rules).max;
}

function findBadAuthorizations({ transaction, sender }: PreparedTransaction): string | undefined {
  if (transaction.type !== 4 || transaction.authorizationList.length > 0) return undefined;
  return `EIP-7702 transaction with empty auth list (sender ${checksumAddress(sender)})`;
}

function findLackOfFunds({ transaction, sender }: PreparedTransaction, account?: AccountState): string | undefined {
  const blobGas = GAS_PER_BLOB * BigInt(transaction.blobVersionedHashes.length);
  const want =
    transaction.gasLimit * transaction.maxFeePerGas + blobGas * transaction.maxFeePerBlobGas + transaction.value;
  const have = account?.balance ?? 0n;
  if (have >= want) return undefined;
  return `insufficient funds for gas * price + value: address ${checksumAddress(sender)} have ${have} want ${want}`;
}

function findBadGas(transaction: UnsignedTransaction, rules: ExecutionRules): string | undefined {
  const { gasLimit, data, to } = transaction;
  const { intrinsic, floor } = intrinsicGas(transaction, rules.fork);
  if (gasLimit < intrinsic) return `intrinsic gas too low: have ${gasLimit}, want ${intrinsic}`;
  if (gasLimit < floor) return `insufficient gas for floor data gas cost: have ${gasLimit}, want ${floor}`;
  const limit = rules.codeSizeLimit * 2;
  if (to !== undefined || data.length <= limit || !isActive(rules.fork, 'shanghai')) return undefined;
  return `max initcode size exceeded: code size ${data.length} limit ${limit}`;
}
