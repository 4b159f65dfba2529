import type { Random } from '@heddle/testkit';
import type { Header } from '../src/block.ts';
import { type Address, bytesToHex, type Hash } from '../src/bytes.ts';
import type { CommitCertificate, Proposal, Vote } from '../src/consensus-messages.ts';
import { bloomOfLogs, type Log, type Receipt } from '../src/receipt.ts';
import {
  signTransaction,
  type Transaction,
  type TransactionType,
  type UnsignedTransaction,
} from '../src/transaction.ts';

const MAX_64 = 2n ** 64n - 1n;
const MAX_256 = 2n ** 256n - 1n;

const hash = (random: Random): Hash => bytesToHex(random.bytes(32));
const address = (random: Random): Address => bytesToHex(random.bytes(20));
const list = <T>(random: Random, longest: number, item: () => T): T[] =>
  Array.from({ length: random.int(0, longest) }, item);
/** Often one of the ends, where encodings change. */
const amount = (random: Random, high: bigint): bigint =>
  random.chance(0.3) ? random.pick([0n, 1n, 127n, 128n, high]) : random.bigint(0n, high);
const count = (random: Random): number => random.pick([0, 1, 127, 128, 65_536, random.int(0, Number.MAX_SAFE_INTEGER)]);

/** A header with every field at random. */
export function randomHeader(random: Random): Header {
  return {
    parentHash: hash(random),
    ommersHash: hash(random),
    beneficiary: address(random),
    stateRoot: hash(random),
    transactionsRoot: hash(random),
    receiptsRoot: hash(random),
    logsBloom: bytesToHex(random.bytes(256)),
    difficulty: amount(random, MAX_256),
    number: count(random),
    gasLimit: amount(random, MAX_64),
    gasUsed: amount(random, MAX_64),
    timestamp: count(random),
    extraData: bytesToHex(random.bytes(random.int(0, 32))),
    mixHash: hash(random),
    nonce: bytesToHex(random.bytes(8)),
    baseFeePerGas: amount(random, MAX_256),
    withdrawalsRoot: hash(random),
    blobGasUsed: amount(random, MAX_64),
    excessBlobGas: amount(random, MAX_64),
    parentBeaconBlockRoot: hash(random),
    requestsHash: hash(random),
  };
}

/** A transaction of `type` with every field at random, signed by a random key. */
export function randomTransaction(random: Random, type: TransactionType): Transaction {
  const maxFeePerGas = amount(random, MAX_256);
  const unsigned: UnsignedTransaction = {
    type,
    chainId: type === 0 && random.chance(0.3) ? undefined : amount(random, 2n ** 64n),
    nonce: amount(random, MAX_64),
    gasLimit: amount(random, MAX_64),
    maxFeePerGas,
    maxPriorityFeePerGas: type < 2 ? maxFeePerGas : amount(random, MAX_256),
    to: type < 3 && random.chance(0.2) ? undefined : address(random),
    value: amount(random, MAX_256),
    data: random.bytes(random.pick([0, 1, 4, 55, 56, 300])),
    accessList:
      type === 0
        ? []
        : list(random, 3, () => ({ address: address(random), storageKeys: list(random, 3, () => hash(random)) })),
    authorizationList:
      type === 4
        ? list(random, 3, () => ({
            chainId: amount(random, MAX_256),
            address: address(random),
            nonce: amount(random, MAX_64),
            yParity: amount(random, 255n),
            r: amount(random, MAX_256),
            s: amount(random, MAX_256),
          }))
        : [],
    maxFeePerBlobGas: type === 3 ? amount(random, MAX_256) : 0n,
    blobVersionedHashes: type === 3 ? list(random, 3, () => hash(random)) : [],
  };
  return signTransaction(unsigned, keyOf(random));
}

/** Receipts of one block; what a reader computes again is right. */
export function randomReceipts(random: Random, longest = 5): Receipt[] {
  let cumulativeGasUsed = 0n;
  return list(random, longest, () => {
    const gasUsed = random.bigint(21_000n, 30_000_000n);
    cumulativeGasUsed += gasUsed;
    const logs = list(random, 3, () => randomLog(random));
    return {
      type: random.int(0, 4) as TransactionType,
      succeeded: random.chance(0.5),
      gasUsed,
      cumulativeGasUsed,
      logs,
      logsBloom: bloomOfLogs(logs),
      contractAddress: random.chance(0.3) ? address(random) : undefined,
    };
  });
}

/** A log with up to four topics. */
export function randomLog(random: Random): Log {
  return {
    address: address(random),
    topics: list(random, 4, () => hash(random)),
    data: bytesToHex(random.bytes(random.int(0, 100))),
  };
}

/** A vote, its signature random bytes. */
export function randomVote(random: Random): Vote {
  return {
    kind: random.pick(['prevote', 'precommit']),
    height: count(random),
    round: random.pick([0, 1, 2 ** 31 - 1]),
    blockId: random.chance(0.3) ? undefined : hash(random),
    validator: address(random),
    signature: random.bytes(65),
  };
}

/** A proposal, its signature random bytes. */
export function randomProposal(random: Random): Proposal {
  return {
    height: count(random),
    round: random.pick([0, 1, 2 ** 31 - 1]),
    polRound: random.pick([-1, 0, 5, 2 ** 31 - 2]),
    blockId: hash(random),
    validator: address(random),
    signature: random.bytes(65),
  };
}

/** A certificate with up to seven signatures of random bytes. */
export function randomCertificate(random: Random): CommitCertificate {
  return {
    height: count(random),
    round: random.int(0, 9),
    blockId: hash(random),
    signatures: list(random, 7, () => ({ validator: address(random), signature: random.bytes(65) })),
  };
}

function keyOf(random: Random): Uint8Array {
  const key = random.bytes(32);
  key[0] = 1; // below the order of the curve, and not zero
  return key;
}
