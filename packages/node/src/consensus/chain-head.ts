import { decodeValidatorSet, type HeightInput, type ValidatorSet } from '@heddle/consensus';
import {
  type Address,
  decodeBlock,
  decodeCommitCertificate,
  decodeHeader,
  EMPTY_TRIE_ROOT,
  type Header,
} from '@heddle/primitives';
import { timestampMsOf } from '../execution/child-header.ts';
import type { HeadInfo } from '../execution/main-boundary.ts';
import type { DriverExecution } from './driver-ports.ts';
import { FULL_PACE_BLOCKS } from './pacing.ts';

/** The decided block on which the coming height stands, read once. */
export interface ChainHead {
  readonly info: HeadInfo;
  readonly header: Header;
  /** Its header's time, Unix milliseconds. */
  readonly timestampMs: number;
  /** The set in force at the coming height. */
  readonly validators: ValidatorSet;
  /** When it was stored, by this node's clock. */
  readonly storedMs: number;
  /** The newest block with transactions; 0 for none that matters. */
  readonly busyBlock: number;
}

/** The head of `info`; `busyBlock` is the one before. */
export function chainHead(info: HeadInfo, storedMs: number, busyBlock: number): ChainHead {
  const header = decodeHeader(info.header);
  const validators = decodeValidatorSet(info.nextValidators);
  const timestampMs = timestampMsOf(header);
  return { info, header, timestampMs, validators, storedMs, busyBlock: isBusy(header) ? header.number : busyBlock };
}

/**
 * The head at start, with the last busy block of those that set the pace. Where the chain goes on from a block that was
 * not decided here, tools wait for confirmations just as after a busy one.
 */
export async function readChainHead(execution: DriverExecution, nowMs: number): Promise<ChainHead> {
  const info = await execution.head();
  for (let number = info.number; number > Math.max(0, info.number - FULL_PACE_BLOCKS); number--) {
    const [decided] = await execution.blocks({ from: number, maxCount: 1, maxBytes: 0 });
    if (decided === undefined || isBusy(decodeBlock(decided.block).header)) return chainHead(info, nowMs, number);
  }
  return chainHead(info, nowMs, 0);
}

/** What moves the core to the height after `head`. */
export function heightInput({ info, validators }: ChainHead, self: Address | undefined): HeightInput {
  const input = { type: 'height', height: info.number + 1, validators, self } as const;
  if (!info.certificate || !info.validators) return input;
  const certificate = decodeCommitCertificate(info.certificate);
  return { ...input, previous: { certificate, validators: decodeValidatorSet(info.validators) } };
}

function isBusy({ transactionsRoot }: Header): boolean {
  return transactionsRoot !== EMPTY_TRIE_ROOT;
}
