import type { Hash } from '@heddle/primitives';

/** Why a transaction is not admitted, in geth's words and code. */
export interface Rejection {
  readonly accepted: false;
  readonly code: number;
  readonly message: string;
  /** True: no honest node could have sent it on, whatever its head and pool. */
  readonly isForever: boolean;
}

/** A transaction that is in the pool now. */
export interface Admission {
  readonly accepted: true;
  readonly hash: Hash;
}

/** What became of a transaction that was offered. A refusal is an expected answer to its sender, hence no exception. */
export type AdmissionOutcome = Admission | Rejection;

/** JSON-RPC `invalid params`: the bytes are no transaction. */
const INVALID_PARAMS = -32602;
/** JSON-RPC server error: geth's code for every refused transaction. */
const REFUSED = -32000;

/** The table of geth's texts; amounts are wei, gas is gas. */
export const rejections = {
  undecodable: (why: string) => forever(why, INVALID_PARAMS),
  typeNotSupported: () => forever('transaction type not supported'),
  blobsNotSupported: () => forever('blob transactions are not supported yet'),
  oversized: (size: number, limit: number) => forever(`oversized data: transaction size ${size}, limit ${limit}`),
  initCodeTooLarge: (size: number, limit: number) =>
    forever(`max initcode size exceeded: code size ${size}, limit ${limit}`),
  gasAboveCap: (cap: bigint, gas: bigint) => forever(`transaction gas limit too high (cap: ${cap}, tx: ${gas})`),
  exceedsBlockGas: () => forever('exceeds block gas limit'),
  tipAboveFeeCap: (tip: bigint, feeCap: bigint) =>
    forever(
      `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${feeCap}`,
    ),
  wrongChain: (have: bigint, want: number) =>
    forever(`invalid sender: invalid chain id for signer: have ${have} want ${want}`),
  badSignature: () => forever('invalid sender: invalid transaction v, r, s values'),
  nonceMax: () => forever('nonce has max value'),
  intrinsicGas: (gas: bigint, needed: bigint) => forever(`intrinsic gas too low: gas ${gas}, minimum needed ${needed}`),
  floorGas: (gas: bigint, needed: bigint) =>
    forever(`insufficient gas for floor data gas cost: gas ${gas}, minimum needed ${needed}`),
  noAuthorizations: () => forever('set code tx must have at least one authorization tuple'),
  alreadyKnown: () => forNow('already known'),
  nonceTooLow: (next: bigint, nonce: bigint) => forNow(`nonce too low: next nonce ${next}, tx nonce ${nonce}`),
  insufficientFunds: (balance: bigint, cost: bigint) =>
    forNow(`${INSUFFICIENT}: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`),
  insufficientWithQueued: (balance: bigint, queued: bigint, cost: bigint) =>
    forNow(
      `${INSUFFICIENT}: balance ${balance}, queued cost ${queued}, tx cost ${cost}, overshot ${queued + cost - balance}`,
    ),
  insufficientToBump: (balance: bigint, queued: bigint, bump: bigint) =>
    forNow(
      `${INSUFFICIENT}: balance ${balance}, queued cost ${queued}, tx bumped ${bump}, overshot ${queued + bump - balance}`,
    ),
  underpricedReplacement: () => forNow('replacement transaction underpriced'),
  accountLimit: (pooled: number) => forNow(`account limit exceeded: pooled ${pooled} txs`),
  poolFull: () => forNow('txpool is full'),
  tooSlow: () => forNow('transaction exceeds the block build time'),
  failed: () => forNow('transaction cannot be executed by this node'),
  unknownAccount: () => forNow('unknown account'),
} as const;

const INSUFFICIENT = 'insufficient funds for gas * price + value';

function forever(message: string, code = REFUSED): Rejection {
  return { accepted: false, code, message, isForever: true };
}

function forNow(message: string): Rejection {
  return { accepted: false, code: REFUSED, message, isForever: false };
}
