import { type Hash, type Header, toQuantity } from '@heddle/primitives';

/** A header as geth spells it (`RPCMarshalHeader`): in blocks, and alone in `newHeads`. */
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
    baseFeePerGas: toQuantity(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: toQuantity(header.blobGasUsed),
    excessBlobGas: toQuantity(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
  };
}
