import type { Common } from '@ethereumjs/common';
import {
  type Address,
  effectiveGasPrice,
  effectiveTip,
  type Fork,
  type Hex,
  hexToBytes,
  intrinsicGas,
  type Transaction,
} from '@heddle/primitives';
import { Capability, Address as EvmAddress, type TypedTransaction } from './ethereumjs.ts';

/**
 * A transaction as `runTx` reads it, over our own decoded one: decoding again with @ethereumjs/tx costs 25 to 120 us,
 * as much as running a transfer. Its checks are made before (validity.ts).
 */
class EvmTransaction {
  readonly common: Common;
  readonly type: Transaction['type'];
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly gasPrice: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
  readonly to: EvmAddress | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly (readonly [Uint8Array, readonly Uint8Array[]])[];
  readonly blobVersionedHashes: readonly Hex[];
  readonly #transaction: Transaction;
  readonly #sender: EvmAddress;
  readonly #capabilities: ReadonlySet<number>;
  readonly #intrinsicGas: bigint;

  constructor(transaction: Transaction, sender: Address, common: Common, fork: Fork) {
    this.common = common;
    this.type = transaction.type;
    this.nonce = transaction.nonce;
    this.gasLimit = transaction.gasLimit;
    this.gasPrice = transaction.maxFeePerGas;
    this.maxFeePerGas = transaction.maxFeePerGas;
    this.maxPriorityFeePerGas = transaction.maxPriorityFeePerGas;
    this.maxFeePerBlobGas = transaction.maxFeePerBlobGas;
    this.to = transaction.to === undefined ? undefined : new EvmAddress(hexToBytes(transaction.to));
    this.value = transaction.value;
    this.data = transaction.data;
    this.accessList = transaction.accessList.map(({ address, storageKeys }) => [
      hexToBytes(address),
      storageKeys.map((key) => hexToBytes(key)),
    ]);
    this.blobVersionedHashes = transaction.blobVersionedHashes;
    this.#transaction = transaction;
    this.#sender = new EvmAddress(hexToBytes(sender));
    this.#capabilities = CAPABILITIES[transaction.type];
    this.#intrinsicGas = intrinsicGas(transaction, fork).intrinsic;
  }

  supports(capability: number): boolean {
    return this.#capabilities.has(capability);
  }

  getSenderAddress(): EvmAddress {
    return this.#sender;
  }

  getIntrinsicGas(): bigint {
    return this.#intrinsicGas;
  }

  getUpfrontCost(baseFeePerGas = 0n): bigint {
    const price = this.#transaction.type < 2 ? this.gasPrice : effectiveGasPrice(this.#transaction, baseFeePerGas);
    return this.gasLimit * price + this.value;
  }

  getEffectivePriorityFee(baseFeePerGas = 0n): bigint {
    return effectiveTip(this.#transaction, baseFeePerGas);
  }

  toCreationAddress(): boolean {
    return this.to === undefined;
  }

  numBlobs(): number {
    return this.blobVersionedHashes.length;
  }

  isSigned(): boolean {
    return true;
  }

  hash(): Uint8Array {
    return hexToBytes(this.#transaction.hash);
  }

  errorStr(): string {
    return `tx ${this.#transaction.hash}`;
  }
}

const { EIP1559FeeMarket, EIP2718TypedTransaction, EIP2930AccessLists } = Capability;

const CAPABILITIES: Readonly<Record<Transaction['type'], ReadonlySet<number>>> = {
  0: new Set(),
  1: new Set([EIP2718TypedTransaction, EIP2930AccessLists]),
  2: new Set([EIP2718TypedTransaction, EIP2930AccessLists, EIP1559FeeMarket]),
  3: new Set([EIP2718TypedTransaction, EIP2930AccessLists, EIP1559FeeMarket]),
  // Not EIP7702EOACode: authorizations are applied by authorizations.ts.
  4: new Set([EIP2718TypedTransaction, EIP2930AccessLists, EIP1559FeeMarket]),
};

/** `transaction` of `sender` for `runTx`. `common` must hold the parameters of @ethereumjs/tx. */
export function toEvmTransaction(
  transaction: Transaction,
  sender: Address,
  common: Common,
  fork: Fork,
): TypedTransaction {
  // It answers all that runTx asks, which is far less than the type has.
  const answering: object = new EvmTransaction(transaction, sender, common, fork);
  return answering as TypedTransaction;
}
