import type { BlockEnvironment, BlockResult } from '@heddle/executor';
import {
  type Address,
  bigIntToBytesOfSize,
  bytesToBigInt,
  bytesToHex,
  type ChainSpec,
  CONSTANT_HEADER_FIELDS,
  concatBytes,
  type Hash,
  type Header,
  hashHeader,
  hexToBytes,
  keccak256Hex,
  nextBaseFee,
} from '@heddle/primitives';
import { nextExcessBlobGas } from '../foreign/blob-gas.ts';

// The rules by which a header follows from its parent (DESIGN 5). Pure: builders fill in by them, validators check by
// them.

/** What the proposer decides about a block before executing it. */
export interface BlockChoice {
  /** Unix milliseconds. */
  readonly timestampMs: number;
  readonly beneficiary: Address;
  /** encodeValidatorSet of the set in force. */
  readonly validators: Uint8Array;
}

/** EIP-7934: the largest block as RLP, bytes (10 MiB less 2 MiB for what travels around it). */
export const MAX_BLOCK_SIZE_BYTES = 10_485_760 - 2_097_152;
/** What a block's header and list headers take of {@link MAX_BLOCK_SIZE_BYTES} at most. */
export const HEADER_ALLOWANCE_BYTES = 2_048;

/** `mixHash` of the block `number`: keccak256(parent's ‖ number as 8 bytes). */
export function nextMixHash(parentMixHash: Hash, number: number): Hash {
  return keccak256Hex(concatBytes(hexToBytes(parentMixHash), bigIntToBytesOfSize(BigInt(number), 8)));
}

/** `parentBeaconBlockRoot`: the hash of the validator set in force, as consensus encodes it. */
export function validatorSetHash(validators: Uint8Array): Hash {
  return keccak256Hex(validators);
}

/** When the block was, Unix milliseconds: by its `extraData`, or, of genesis and blocks made elsewhere, by its second. */
export function timestampMsOf({ extraData, timestamp }: Header): number {
  const timestampMs = millisecondsIn(extraData);
  return Math.floor(timestampMs / 1_000) === timestamp ? timestampMs : timestamp * 1_000;
}

function millisecondsIn(extraData: Header['extraData']): number {
  return Number(bytesToBigInt(hexToBytes(extraData)));
}

/** `extraData` of a block of that time: 8 bytes, big-endian. */
export function extraDataOf(timestampMs: number): Header['extraData'] {
  return bytesToHex(bigIntToBytesOfSize(BigInt(timestampMs), 8));
}

/** What execution is told of the child of `parent`. */
export function childEnvironment(parent: Header, spec: ChainSpec, choice: BlockChoice): BlockEnvironment {
  const number = parent.number + 1;
  return {
    number,
    timestamp: Math.floor(choice.timestampMs / 1_000),
    beneficiary: choice.beneficiary,
    gasLimit: spec.gasLimit,
    baseFeePerGas: nextBaseFee(parent, spec),
    mixHash: nextMixHash(parent.mixHash, number),
    excessBlobGas: nextExcessBlobGas(parent, spec), // of a block made elsewhere; there are no blobs here
    parentHash: hashHeader(parent),
    parentBeaconBlockRoot: validatorSetHash(choice.validators),
    withdrawals: [],
  };
}

/** The header of an executed block. */
export function sealHeader(environment: BlockEnvironment, timestampMs: number, result: BlockResult): Header {
  const { number, timestamp, beneficiary, gasLimit, baseFeePerGas, mixHash, excessBlobGas } = environment;
  const { stateRoot, transactionsRoot, receiptsRoot, withdrawalsRoot, requestsHash, logsBloom, gasUsed } = result;
  return {
    ...CONSTANT_HEADER_FIELDS,
    parentHash: environment.parentHash,
    beneficiary,
    stateRoot,
    transactionsRoot,
    receiptsRoot,
    logsBloom,
    number,
    gasLimit,
    gasUsed,
    timestamp,
    extraData: extraDataOf(timestampMs),
    mixHash,
    baseFeePerGas,
    withdrawalsRoot,
    blobGasUsed: 0n,
    excessBlobGas,
    parentBeaconBlockRoot: environment.parentBeaconBlockRoot,
    requestsHash,
  };
}

/** What a child of `parent` must have besides what executing it yields. */
export interface HeaderRules {
  readonly parent: Header;
  readonly spec: ChainSpec;
  /** encodeValidatorSet of the set in force. */
  readonly validators: Uint8Array;
}

/** Why `header` cannot follow `parent`, whoever proposed it; undefined when it can. */
export function headerFault(header: Header, { parent, spec, validators }: HeaderRules): string | undefined {
  const timestampMs = millisecondsIn(header.extraData);
  const expected = childEnvironment(parent, spec, { timestampMs, beneficiary: header.beneficiary, validators });
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['number', header.number, expected.number],
    ['parentHash', header.parentHash, expected.parentHash],
    ['extraData', header.extraData, isTime(timestampMs) ? extraDataOf(timestampMs) : 'Unix milliseconds in 8 bytes'],
    ['timestamp', header.timestamp, expected.timestamp],
    ['gasLimit', header.gasLimit, expected.gasLimit],
    ['baseFeePerGas', header.baseFeePerGas, expected.baseFeePerGas],
    ['mixHash', header.mixHash, expected.mixHash],
    ['parentBeaconBlockRoot', header.parentBeaconBlockRoot, expected.parentBeaconBlockRoot],
    ['excessBlobGas', header.excessBlobGas, expected.excessBlobGas],
    ['blobGasUsed', header.blobGasUsed, 0n],
    ['ommersHash', header.ommersHash, CONSTANT_HEADER_FIELDS.ommersHash],
    ['difficulty', header.difficulty, CONSTANT_HEADER_FIELDS.difficulty],
    ['nonce', header.nonce, CONSTANT_HEADER_FIELDS.nonce],
    ['requestsHash', header.requestsHash === undefined ? 'nothing' : 'a hash', 'a hash'], // execution knows which
  ];
  const wrong = pairs.find(([, found, wanted]) => found !== wanted);
  if (wrong) return `${wrong[0]}: the header says ${wrong[1]}, expected ${wrong[2]}`;
  return timeFault(timestampMs, parent, spec);
}

/** Why no block of `timestampMs` may follow `parent`; undefined when one may. */
export function timeFault(
  timestampMs: number,
  parent: Header,
  spec: Pick<ChainSpec, 'timestamps'>,
): string | undefined {
  const parentMs = timestampMsOf(parent);
  if (timestampMs <= parentMs) return `extraData: ${timestampMs} ms is not above the parent's ${parentMs} ms`;
  const second = Math.floor(timestampMs / 1_000);
  if (spec.timestamps === 'strict' && second <= parent.timestamp) {
    return `timestamp: second ${second} is not above the parent's ${parent.timestamp} (timestamps are strict)`;
  }
  return undefined;
}

function isTime(timestampMs: number): boolean {
  return Number.isSafeInteger(timestampMs) && timestampMs > 0;
}
