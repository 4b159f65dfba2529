import { type Address, decodeTransaction, type Transaction } from '@heddle/primitives';
import type {
  BlockEnvironment,
  Engine,
  ExecutedTransaction,
  PreparedTransaction,
  RunControl,
  RunOutcome,
} from '../engine.ts';
import { explain } from '../errors.ts';
import type { LeftOutCandidate, SenderTransaction } from '../executor-api.ts';
import { isOfStore } from '../state/state-errors.ts';
import { type BlockInProgress, commitTransaction, finishBlock, type PlainBlock } from './block-outputs.ts';
import { cancellable, GAS_LIMIT_REACHED } from './execute-plainly.ts';
import type { PlainState } from './plain-state.ts';

/** A block to build on one thread. */
export interface PlainBuildRequest {
  readonly environment: BlockEnvironment;
  readonly candidates: readonly SenderTransaction[];
  /** Milliseconds after which no candidate is begun and a running one is given up. */
  readonly timeBudgetMs: number;
  /** RLP size that the transactions may fill, bytes. */
  readonly sizeLimitBytes: number;
  readonly cancel?: Int32Array;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** What building came to. */
export type PlainBuildOutcome =
  | ({ readonly status: 'built'; readonly leftOut: readonly LeftOutCandidate[] } & PlainBlock)
  | { readonly status: 'cancelled' };

type Verdict =
  | { readonly status: 'taken'; readonly outcome: ExecutedTransaction }
  | { readonly status: 'left-out'; readonly why: LeftOutCandidate['why']; readonly reason: string }
  | { readonly status: 'cancelled' };

const OUT_OF_TIME = 'the block build time ran out';
const TOO_SLOW = 'transaction exceeds the block build time';

/**
 * Builds a block from `candidates` in order: takes each that is valid where it comes and fits what is left of gas and
 * size, until time runs out. What the parallel builder must equal.
 */
export async function buildPlainly(
  engine: Engine,
  request: PlainBuildRequest,
  state: PlainState,
): Promise<PlainBuildOutcome> {
  const builder = new Builder(engine, request, state);
  engine.beginBlock(request.environment);
  state.apply(await engine.runBlockStart(state));
  for (const candidate of request.candidates) {
    if (builder.isCancelled()) return { status: 'cancelled' };
    await builder.consider(candidate);
  }
  if (builder.isCancelled()) return { status: 'cancelled' };
  return {
    status: 'built',
    leftOut: builder.leftOut,
    ...(await finishBlock(engine, request.environment, builder.block)),
  };
}

class Builder {
  readonly leftOut: LeftOutCandidate[] = [];
  readonly block: BlockInProgress;
  readonly #engine: Engine;
  readonly #request: PlainBuildRequest;
  readonly #cancelled: RunControl;
  readonly #deadline: number;
  /** Senders of whom something is left out: what follows by nonce is not wrong, only early. */
  readonly #held = new Set<Address>();
  #hasRun = false;
  #gasLeft: bigint;
  #sizeLeft: number;

  constructor(engine: Engine, request: PlainBuildRequest, state: PlainState) {
    this.block = { state, transactions: [], outcomes: [], roots: [] };
    this.#engine = engine;
    this.#request = request;
    this.#cancelled = cancellable(request.cancel);
    this.#deadline = request.now() + request.timeBudgetMs;
    this.#gasLeft = request.environment.gasLimit;
    this.#sizeLeft = request.sizeLimitBytes;
  }

  isCancelled(): boolean {
    return this.#cancelled.isAbandoned();
  }

  async consider({ raw, sender }: SenderTransaction): Promise<void> {
    const transaction = decodeTransaction(raw);
    const verdict = await this.#judge(transaction, sender);
    if (verdict.status === 'cancelled') return;
    if (verdict.status === 'left-out') {
      const { why, reason } = verdict;
      this.#held.add(sender);
      this.leftOut.push({ hash: transaction.hash, why, reason });
      return;
    }
    const { outcome } = verdict;
    this.#gasLeft -= outcome.gasUsed;
    this.#sizeLeft -= raw.length;
    commitTransaction(this.block, this.#request.environment, { transaction, outcome });
  }

  async #judge(transaction: Transaction, sender: Address): Promise<Verdict> {
    if (this.#request.now() >= this.#deadline) return leftOut('unfit', OUT_OF_TIME);
    if (transaction.gasLimit > this.#gasLeft) return leftOut('unfit', GAS_LIMIT_REACHED);
    if (transaction.raw.length > this.#sizeLeft) return leftOut('unfit', 'block size limit reached');
    const prepared = { transaction, sender };
    const isFirst = !this.#hasRun;
    this.#hasRun = true;
    const outcome = await this.#run(prepared);
    if (outcome instanceof Error) return leftOut('failed', explain(outcome));
    if (outcome.status === 'executed') return { status: 'taken', outcome };
    if (outcome.status === 'invalid') {
      const isEarly = this.#held.has(sender) && outcome.reason.startsWith('nonce too high');
      return leftOut(isEarly ? 'unfit' : 'invalid', outcome.reason);
    }
    if (this.isCancelled()) return { status: 'cancelled' };
    // Only a run that had the whole budget to itself proves that the transaction can never be built.
    return isFirst ? leftOut('too-slow', TOO_SLOW) : leftOut('unfit', OUT_OF_TIME);
  }

  /**
   * What running it comes to: an error too, when the engine cannot run it, since the next one may run. @throws what the
   * store throws: the transaction is not to blame.
   */
  async #run(prepared: PreparedTransaction): Promise<RunOutcome | Error> {
    try {
      return await this.#engine.runTransaction(prepared, this.block.state, this.#untilDeadline());
    } catch (error) {
      if (isOfStore(error) || !(error instanceof Error)) throw error;
      return error;
    }
  }

  #untilDeadline(): RunControl {
    let isAbandoned = false;
    return {
      isAbandoned: () => {
        isAbandoned ||= this.isCancelled() || this.#request.now() >= this.#deadline;
        return isAbandoned;
      },
    };
  }
}

function leftOut(why: LeftOutCandidate['why'], reason: string): Verdict {
  return { status: 'left-out', why, reason };
}
