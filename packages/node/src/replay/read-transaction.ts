import {
  type AccessListEntry,
  type Authorization,
  decodeTransaction,
  EMPTY_BYTES,
  encodeTransaction,
  HeddleError,
  type Transaction,
  type TransactionType,
  type UnsignedTransaction,
} from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;

/**
 * A transaction as `eth_getBlockByNumber` shows it, put together again and checked by its hash.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function readTransaction(field: JsonField): Transaction {
  if (typeof field.value === 'string') {
    throw field.malformed('a whole transaction: ask eth_getBlockByNumber with true');
  }
  const transaction = decoded(field, encodeTransaction(unsigned(field), signature(field)));
  const hash = field.field('hash');
  if (!hash.isAbsent && hash.bytesOfSize(32) !== transaction.hash) {
    throw hash.malformed(`${transaction.hash}, which its fields come to`);
  }
  return transaction;
}

function unsigned(field: JsonField): UnsignedTransaction {
  const type = typeOf(field);
  const word = (key: string) => field.field(key).integer(0n, MAX_UINT256);
  const to = field.field('to');
  const data = field.field('input').isAbsent ? field.field('data') : field.field('input');
  const maxFeePerGas = word(type < 2 ? 'gasPrice' : 'maxFeePerGas');
  return {
    type,
    chainId: type === 0 ? chainIdOf(word('v')) : word('chainId'),
    nonce: field.field('nonce').integer(0n, MAX_UINT64),
    gasLimit: field.field('gas').integer(0n, MAX_UINT64),
    maxFeePerGas,
    maxPriorityFeePerGas: type < 2 ? maxFeePerGas : word('maxPriorityFeePerGas'),
    to: to.isAbsent ? undefined : to.address(),
    value: word('value'),
    data: data.isAbsent ? EMPTY_BYTES : data.bytes(),
    accessList: type === 0 ? [] : elements(field, 'accessList').map(readAccessListEntry),
    authorizationList: type === 4 ? elements(field, 'authorizationList').map(readAuthorization) : [],
    maxFeePerBlobGas: type === 3 ? word('maxFeePerBlobGas') : 0n,
    blobVersionedHashes: type === 3 ? elements(field, 'blobVersionedHashes').map((hash) => hash.bytesOfSize(32)) : [],
  };
}

/** Nodes leave the type out of blocks from before Berlin. */
function typeOf(field: JsonField): TransactionType {
  const type = field.field('type');
  return type.isAbsent ? 0 : (type.number(0, 4) as TransactionType);
}

/** EIP-155. */
function chainIdOf(v: bigint): bigint | undefined {
  return v >= 35n ? (v - 35n) / 2n : undefined;
}

function signature(field: JsonField): Pick<Transaction, 'yParity' | 'r' | 's'> {
  const word = (key: string) => field.field(key).integer(0n, MAX_UINT256);
  return { yParity: yParityOf(field), r: word('r'), s: word('s') };
}

/** `v` is the parity of a typed transaction; some nodes give `yParity` besides. */
function yParityOf(field: JsonField): 0 | 1 {
  const v = field.field('v');
  if (typeOf(field) !== 0) return (v.isAbsent ? field.field('yParity') : v).number(0, 1) === 0 ? 0 : 1;
  const value = v.integer(27n, MAX_UINT256);
  return (value >= 35n ? (value - 35n) % 2n : value - 27n) === 0n ? 0 : 1;
}

function elements(field: JsonField, key: string): JsonField[] {
  const list = field.field(key);
  return list.isAbsent ? [] : list.elements();
}

function readAccessListEntry(entry: JsonField): AccessListEntry {
  const address = entry.field('address').address();
  return { address, storageKeys: elements(entry, 'storageKeys').map((key) => key.bytesOfSize(32)) };
}

function readAuthorization(entry: JsonField): Authorization {
  const word = (key: string) => entry.field(key).integer(0n, MAX_UINT256);
  return {
    chainId: word('chainId'),
    address: entry.field('address').address(),
    nonce: entry.field('nonce').integer(0n, MAX_UINT64),
    yParity: word(entry.field('yParity').isAbsent ? 'v' : 'yParity'),
    r: word('r'),
    s: word('s'),
  };
}

function decoded(field: JsonField, raw: Uint8Array): Transaction {
  try {
    return decodeTransaction(raw);
  } catch (error) {
    if (error instanceof HeddleError) throw field.malformed(`a signed transaction (${error.message})`);
    throw error;
  }
}
