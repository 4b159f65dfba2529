import { addressOfPublicKey } from './address.ts';
import {
  type Address,
  bigIntToBytes,
  bigIntToBytesOfSize,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  type Hash,
  hexToBytes,
  trimBytes,
} from './bytes.ts';
import { HeddleError } from './errors.ts';
import { keccak256, keccak256Hex } from './keccak.ts';
import { decodeRlp, encodeRlp, type RlpInput, type RlpItem } from './rlp.ts';
import { type FieldReader, readFields } from './rlp-fields.ts';
import { secp256k1 } from './secp256k1.ts';

/** One entry of an EIP-2930 access list. */
export interface AccessListEntry {
  readonly address: Address;
  readonly storageKeys: readonly Hash[];
}

/** One EIP-7702 authorization. `chainId` 0 is valid on every chain. */
export interface Authorization {
  readonly chainId: bigint;
  readonly address: Address;
  readonly nonce: bigint;
  readonly yParity: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

/** EIP-2718 type: 0 legacy, 1 access list, 2 fee market, 3 blob, 4 set code. */
export type TransactionType = 0 | 1 | 2 | 3 | 4;

/** The fields that a sender signs. Absent lists are empty; all amounts are wei, all gas is gas. */
export interface UnsignedTransaction {
  readonly type: TransactionType;
  /** Undefined only for a legacy transaction without EIP-155 protection. */
  readonly chainId: bigint | undefined;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** Types 0 and 1: `gasPrice`. */
  readonly maxFeePerGas: bigint;
  /** Types 0 and 1: equal to `maxFeePerGas`. */
  readonly maxPriorityFeePerGas: bigint;
  /** Undefined: contract creation. */
  readonly to: Address | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly authorizationList: readonly Authorization[];
  readonly maxFeePerBlobGas: bigint;
  readonly blobVersionedHashes: readonly Hash[];
}

/** A signed transaction, decoded once; `raw` is what travels and what blocks hold. */
export interface Transaction extends UnsignedTransaction {
  readonly raw: Uint8Array;
  readonly hash: Hash;
  /** The 32 bytes that were signed. */
  readonly signingHash: Uint8Array;
  /** 0 or 1, whatever the type (a legacy `v` is taken apart). */
  readonly yParity: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * The transaction that `raw` encodes (EIP-2718 envelope or legacy list), canonical RLP only.
 * Decides form, not validity: fees, gas and nonce are judged elsewhere.
 *
 * @throws HeddleError `TRANSACTION_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeTransaction(raw: Uint8Array): Transaction {
  const first = raw[0];
  if (first === undefined) throw malformed('no bytes');
  if (first >= 0xc0) return decodeLegacy(raw);
  if (first < 1 || first > 4) throw malformed(`transaction type ${first} is not supported`);
  return decodeTyped(raw, first as 1 | 2 | 3 | 4);
}

/**
 * The address that signed `transaction`.
 *
 * @throws HeddleError `SENDER_INVALID` when the signature belongs to no key or has a high s (EIP-2).
 */
export function recoverSender(transaction: Transaction): Address {
  if (transaction.s > HALF_ORDER) throw senderInvalid('signature values out of range');
  return recoverFrontierSender(transaction);
}

/**
 * {@link recoverSender} before Homestead, when a high s was valid too.
 *
 * @throws HeddleError `SENDER_INVALID` when the signature belongs to no key
 */
export function recoverFrontierSender(transaction: Transaction): Address {
  const { r, s } = transaction;
  if (r === 0n || s === 0n) throw senderInvalid('signature values out of range');
  const rs = concatBytes(bigIntToBytesOfSize(r, 32), bigIntToBytesOfSize(s, 32));
  const key = secp256k1.recover(transaction.signingHash, { rs, recovery: transaction.yParity });
  if (!key) throw senderInvalid('signature belongs to no key');
  return addressOfPublicKey(key);
}

/** Signs `unsigned` with a 32-byte private key. */
export function signTransaction(unsigned: UnsignedTransaction, privateKey: Uint8Array): Transaction {
  const signature = secp256k1.sign(keccak256(signingPayload(unsigned)), privateKey);
  const r = signature.rs.subarray(0, 32);
  const s = signature.rs.subarray(32);
  return decodeTransaction(encodeSigned(unsigned, signature.recovery, trimBytes(r), trimBytes(s)));
}

/** The bytes that travel: `transaction` with the signature that its sender gave. */
export function encodeTransaction(
  transaction: UnsignedTransaction,
  { yParity, r, s }: Pick<Transaction, 'yParity' | 'r' | 's'>,
): Uint8Array {
  return encodeSigned(transaction, yParity, bigIntToBytes(r), bigIntToBytes(s));
}

/** What one gas costs `transaction` at `baseFeePerGas` (none before London), wei (EIP-1559). */
export function effectiveGasPrice(transaction: UnsignedTransaction, baseFeePerGas = 0n): bigint {
  return baseFeePerGas + effectiveTip(transaction, baseFeePerGas);
}

/** What one gas pays to the proposer, wei; negative when the fee cap is below the base fee. */
export function effectiveTip(transaction: UnsignedTransaction, baseFeePerGas = 0n): bigint {
  const room = transaction.maxFeePerGas - baseFeePerGas;
  return room < transaction.maxPriorityFeePerGas ? room : transaction.maxPriorityFeePerGas;
}

/** The bytes whose keccak is signed. */
export function signingPayload(transaction: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(transaction);
  if (transaction.type !== 0) return concatBytes(Uint8Array.of(transaction.type), encodeRlp(fields));
  if (transaction.chainId === undefined) return encodeRlp(fields);
  return encodeRlp([...fields, bigIntToBytes(transaction.chainId), EMPTY_BYTES, EMPTY_BYTES]); // EIP-155
}

function encodeSigned(transaction: UnsignedTransaction, yParity: 0 | 1, r: Uint8Array, s: Uint8Array): Uint8Array {
  const fields = unsignedFields(transaction);
  if (transaction.type !== 0) {
    const parity = bigIntToBytes(BigInt(yParity));
    return concatBytes(Uint8Array.of(transaction.type), encodeRlp([...fields, parity, r, s]));
  }
  const base = transaction.chainId === undefined ? 27n : transaction.chainId * 2n + 35n;
  return encodeRlp([...fields, bigIntToBytes(base + BigInt(yParity)), r, s]);
}

function unsignedFields(transaction: UnsignedTransaction): RlpInput[] {
  const { type, to } = transaction;
  const common = [
    bigIntToBytes(transaction.gasLimit),
    to === undefined ? EMPTY_BYTES : hexToBytes(to),
    bigIntToBytes(transaction.value),
    transaction.data,
  ];
  const nonce = bigIntToBytes(transaction.nonce);
  const maxFee = bigIntToBytes(transaction.maxFeePerGas);
  if (type === 0) return [nonce, maxFee, ...common];
  const chainId = bigIntToBytes(transaction.chainId ?? 0n);
  const accessList = transaction.accessList.map((entry) => [
    hexToBytes(entry.address),
    entry.storageKeys.map((key) => hexToBytes(key)),
  ]);
  if (type === 1) return [chainId, nonce, maxFee, ...common, accessList];
  const fees = [chainId, nonce, bigIntToBytes(transaction.maxPriorityFeePerGas), maxFee, ...common, accessList];
  if (type === 2) return fees;
  if (type === 3) {
    const hashes = transaction.blobVersionedHashes.map((hash) => hexToBytes(hash));
    return [...fees, bigIntToBytes(transaction.maxFeePerBlobGas), hashes];
  }
  return [...fees, transaction.authorizationList.map(authorizationFields)];
}

function authorizationFields(authorization: Authorization): RlpInput[] {
  return [
    bigIntToBytes(authorization.chainId),
    hexToBytes(authorization.address),
    bigIntToBytes(authorization.nonce),
    bigIntToBytes(authorization.yParity),
    bigIntToBytes(authorization.r),
    bigIntToBytes(authorization.s),
  ];
}

function decodeLegacy(raw: Uint8Array): Transaction {
  const fields = readFields(decodeRlp(raw), 'transaction');
  const nonce = fields.bigint('nonce', 64);
  const gasPrice = fields.bigint('gasPrice', 256);
  const common = readCommon(fields);
  const v = fields.bigint('v', 256);
  const r = fields.bigint('r', 256);
  const s = fields.bigint('s', 256);
  fields.end();
  const isProtected = v >= 35n;
  if (!isProtected && v !== 27n && v !== 28n) throw malformed(`v ${v} is not a legacy signature`);
  return finish(raw, {
    type: 0,
    chainId: isProtected ? (v - 35n) / 2n : undefined,
    nonce,
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: gasPrice,
    ...common,
    ...NO_LISTS,
    yParity: Number(isProtected ? (v - 35n) % 2n : v - 27n) as 0 | 1,
    r,
    s,
  });
}

const NO_LISTS = { accessList: [], authorizationList: [], maxFeePerBlobGas: 0n, blobVersionedHashes: [] } as const;

function decodeTyped(raw: Uint8Array, type: 1 | 2 | 3 | 4): Transaction {
  const fields = readFields(decodeRlp(raw.subarray(1)), 'transaction');
  const chainId = fields.bigint('chainId', 256);
  const nonce = fields.bigint('nonce', 64);
  const firstFee = fields.bigint(type === 1 ? 'gasPrice' : 'maxPriorityFeePerGas', 256);
  const maxFeePerGas = type === 1 ? firstFee : fields.bigint('maxFeePerGas', 256);
  const common = readCommon(fields);
  if (type > 2 && common.to === undefined) throw malformed(`a type ${type} transaction cannot create a contract`);
  const accessList = fields.list('accessList').map(readAccessListEntry);
  const maxFeePerBlobGas = type === 3 ? fields.bigint('maxFeePerBlobGas', 256) : 0n;
  const blobVersionedHashes = type === 3 ? fields.list('blobVersionedHashes').map(readHash) : [];
  const authorizationList = type === 4 ? fields.list('authorizationList').map(readAuthorization) : [];
  const yParity = fields.bigint('yParity', 64);
  if (yParity > 1n) throw malformed(`yParity ${yParity} is neither 0 nor 1`);
  const r = fields.bigint('r', 256);
  const s = fields.bigint('s', 256);
  fields.end();
  return finish(raw, {
    type,
    chainId,
    nonce,
    maxFeePerGas,
    maxPriorityFeePerGas: firstFee,
    ...common,
    accessList,
    authorizationList,
    maxFeePerBlobGas,
    blobVersionedHashes,
    yParity: Number(yParity) as 0 | 1,
    r,
    s,
  });
}

function readCommon(fields: FieldReader) {
  return {
    gasLimit: fields.bigint('gasLimit', 64),
    to: fields.optionalAddress('to'),
    value: fields.bigint('value', 256),
    data: fields.bytes('data'),
  };
}

function readAccessListEntry(item: RlpItem): AccessListEntry {
  const fields = readFields(item, 'access list entry');
  const address = fields.address('address');
  const storageKeys = fields.list('storageKeys').map(readHash);
  fields.end();
  return { address, storageKeys };
}

function readAuthorization(item: RlpItem): Authorization {
  const fields = readFields(item, 'authorization');
  const authorization = {
    chainId: fields.bigint('chainId', 256),
    address: fields.address('address'),
    nonce: fields.bigint('nonce', 64),
    yParity: fields.bigint('yParity', 64),
    r: fields.bigint('r', 256),
    s: fields.bigint('s', 256),
  };
  fields.end();
  return authorization;
}

function readHash(item: RlpItem): Hash {
  if (!(item instanceof Uint8Array) || item.length !== 32) throw malformed('a 32-byte hash has another length');
  return bytesToHex(item);
}

type DecodedFields = Omit<Transaction, 'raw' | 'hash' | 'signingHash'>;

function finish(raw: Uint8Array, fields: DecodedFields): Transaction {
  const signingHash = keccak256(signingPayload(fields));
  return { ...fields, raw, hash: keccak256Hex(raw), signingHash };
}

function malformed(what: string): HeddleError {
  return new HeddleError('TRANSACTION_MALFORMED', `malformed transaction: ${what}`);
}

function senderInvalid(what: string): HeddleError {
  return new HeddleError('SENDER_INVALID', `invalid sender: ${what}`);
}
