import { type Hash, type Header, toQuantity } from '@heddle/primitives';

/**
 * A header as geth spells it (`RPCMarshalHeader`): in blocks, and alone in `newHeads`. What a fork brought is undefined,
 * so not in the JSON, of a header from before it.
 */
export function headerJson(header: Header, hash: Hash): Record<string, unknown> {
  return {
    number: toQuantity(header.number),
    hash,
    parentHash: header.parentHash,
    nonce: header.nonce,
    mixHash: header.mixHash,
    sha3Uncles: header.ommersHash,
    logsBloom: header.logsBloom,
    stateRoot: header.stateRoot,
    miner: header.beneficiary,
    difficulty: toQuantity(header.difficulty),
    extraData: header.extraData,
    gasLimit: toQuantity(header.gasLimit),
    gasUsed: toQuantity(header.gasUsed),
    timestamp: toQuantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    baseFeePerGas: optionalQuantity(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: optionalQuantity(header.blobGasUsed),
    excessBlobGas: optionalQuantity(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
  };
}

function optionalQuantity(value: bigint | undefined): string | undefined {
  return value === undefined ? undefined : toQuantity(value);
}
