import { type AccessListEntry, type Address, type Authorization, EMPTY_BYTES, equalBytes } from '@heddle/primitives';
import { rpcErrors } from '../errors.ts';
import { accessList, authorizationList } from './access-list.ts';
import { address, data } from './bytes.ts';
import { expectObject, field, type ParameterType } from './parameter.ts';
import { quantity, quantity64 } from './quantity.ts';

/** The transaction object of `eth_call`, `eth_estimateGas` and `eth_sendTransaction`; what was absent is undefined. */
export interface TransactionMessage {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly gas: bigint | undefined;
  readonly gasPrice: bigint | undefined;
  readonly maxFeePerGas: bigint | undefined;
  readonly maxPriorityFeePerGas: bigint | undefined;
  readonly value: bigint;
  readonly nonce: bigint | undefined;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[] | undefined;
  readonly authorizationList: readonly Authorization[] | undefined;
  readonly chainId: bigint | undefined;
}

/** {@link TransactionMessage}; unknown fields are ignored, as geth does. */
export const transactionMessage: ParameterType<TransactionMessage> = {
  description:
    'transaction {from?, to?, gas?, gasPrice? | maxFeePerGas?, maxPriorityFeePerGas?, value?, nonce?, input? | data?, accessList?, authorizationList?, chainId?}',
  parse(value) {
    const object = expectObject(value);
    if (object.blobVersionedHashes || object.blobs) throw rpcErrors.blobsUnsupported();
    const message: TransactionMessage = {
      from: field(object, 'from', address),
      to: field(object, 'to', address),
      gas: field(object, 'gas', quantity64),
      gasPrice: field(object, 'gasPrice', quantity),
      maxFeePerGas: field(object, 'maxFeePerGas', quantity),
      maxPriorityFeePerGas: field(object, 'maxPriorityFeePerGas', quantity),
      value: field(object, 'value', quantity) ?? 0n,
      nonce: field(object, 'nonce', quantity64),
      data: parseCallData(object),
      accessList: field(object, 'accessList', accessList),
      authorizationList: field(object, 'authorizationList', authorizationList),
      chainId: field(object, 'chainId', quantity),
    };
    checkFees(message);
    return message;
  },
};

function parseCallData(object: Readonly<Record<string, unknown>>): Uint8Array {
  const input = field(object, 'input', data);
  const older = field(object, 'data', data); // geth's older name; clients send either or both
  if (input && older && !equalBytes(input, older)) throw rpcErrors.dataAndInput();
  return input ?? older ?? EMPTY_BYTES;
}

function checkFees({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: TransactionMessage): void {
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    throw rpcErrors.gasPriceAndFees();
  }
  if (maxFeePerGas !== undefined && maxPriorityFeePerGas !== undefined && maxFeePerGas < maxPriorityFeePerGas) {
    throw rpcErrors.feeCapBelowTip(`0x${maxFeePerGas.toString(16)}`, `0x${maxPriorityFeePerGas.toString(16)}`);
  }
}
