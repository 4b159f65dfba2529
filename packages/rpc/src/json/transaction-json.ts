import {
  type Address,
  type Authorization,
  bytesToHex,
  effectiveGasPrice,
  type Hash,
  type Transaction,
  toQuantity,
} from '@heddle/primitives';
import type { BlockReading } from '../block-readings.ts';

interface Place {
  readonly blockHash: Hash;
  readonly blockNumber: number;
  readonly blockTimestamp: number;
  readonly index: number;
}

/** Transaction `index` of a block as geth spells it (`RPCTransaction`). */
export function minedTransactionJson(reading: BlockReading, index: number): Record<string, unknown> {
  const { hash: blockHash, block } = reading.stored;
  const { number: blockNumber, timestamp: blockTimestamp, baseFeePerGas } = block.header;
  const transaction = reading.transaction(index);
  const gasPrice = effectiveGasPrice(transaction, baseFeePerGas);
  return transactionJson(transaction, reading.sender(index), gasPrice, {
    blockHash,
    blockNumber,
    blockTimestamp,
    index,
  });
}

/** A transaction that is in no block: its place is null, its `gasPrice` the most that it pays. */
export function pooledTransactionJson(transaction: Transaction, sender: Address): Record<string, unknown> {
  return transactionJson(transaction, sender, transaction.maxFeePerGas, undefined);
}

function transactionJson(
  transaction: Transaction,
  sender: Address,
  gasPrice: bigint,
  place: Place | undefined,
): Record<string, unknown> {
  return {
    blockHash: place?.blockHash ?? null,
    blockNumber: place ? toQuantity(place.blockNumber) : null,
    blockTimestamp: place ? toQuantity(place.blockTimestamp) : null,
    from: sender,
    gas: toQuantity(transaction.gasLimit),
    gasPrice: toQuantity(gasPrice),
    ...feeFields(transaction),
    hash: transaction.hash,
    input: bytesToHex(transaction.data),
    nonce: toQuantity(transaction.nonce),
    to: transaction.to ?? null,
    transactionIndex: place ? toQuantity(place.index) : null,
    value: toQuantity(transaction.value),
    type: toQuantity(transaction.type),
    ...listFields(transaction),
    ...signatureFields(transaction),
  };
}

function feeFields(transaction: Transaction): Record<string, unknown> {
  if (transaction.type < 2) return {};
  return {
    maxFeePerGas: toQuantity(transaction.maxFeePerGas),
    maxPriorityFeePerGas: toQuantity(transaction.maxPriorityFeePerGas),
    ...(transaction.type === 3 ? { maxFeePerBlobGas: toQuantity(transaction.maxFeePerBlobGas) } : {}),
  };
}

function listFields(transaction: Transaction): Record<string, unknown> {
  const { type, chainId } = transaction;
  return {
    ...(type > 0 ? { accessList: transaction.accessList } : {}),
    ...(chainId === undefined ? {} : { chainId: toQuantity(chainId) }),
    ...(type === 3 ? { blobVersionedHashes: transaction.blobVersionedHashes } : {}),
    ...(type === 4 ? { authorizationList: transaction.authorizationList.map(authorizationJson) } : {}),
  };
}

function signatureFields({ type, chainId, yParity, r, s }: Transaction): Record<string, unknown> {
  const legacyBase = chainId === undefined ? 27n : chainId * 2n + 35n; // EIP-155
  const signature = { r: toQuantity(r), s: toQuantity(s) };
  if (type === 0) return { v: toQuantity(legacyBase + BigInt(yParity)), ...signature };
  return { v: toQuantity(yParity), ...signature, yParity: toQuantity(yParity) };
}

function authorizationJson(authorization: Authorization): Record<string, unknown> {
  return {
    chainId: toQuantity(authorization.chainId),
    address: authorization.address,
    nonce: toQuantity(authorization.nonce),
    yParity: toQuantity(authorization.yParity),
    r: toQuantity(authorization.r),
    s: toQuantity(authorization.s),
  };
}
