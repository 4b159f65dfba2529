import { resolveNumber } from './block-lookup.ts';
import { rpcErrors } from './errors.ts';
import { createLogMatcher, matchingLogs } from './log-matcher.ts';
import type { MethodContext } from './method-context.ts';
import type { LogCriteria } from './params/log-criteria.ts';

/**
 * All logs that `criteria` name, in order.
 *
 * @throws RpcError for an unknown block, a wrong range, more than the limits allow or than fits an answer, and when it
 *   takes too long.
 */
export async function searchLogs(context: MethodContext, criteria: LogCriteria): Promise<Record<string, unknown>[]> {
  const matcher = createLogMatcher(criteria);
  const view = context.view();
  if (criteria.blockHash !== undefined) {
    const block = view.blockByHash(criteria.blockHash);
    const reading = block && context.blocks.read(view, block.block.header.number);
    if (reading === undefined) throw rpcErrors.unknownBlock();
    return matchingLogs(reading, matcher);
  }
  const { from, to } = blockRange(context, criteria);
  const { limits } = context;
  const found: Record<string, unknown>[] = [];
  let sizeBytes = 0;
  const end = performance.now() + limits.answerTimeoutMs;
  for (let number = from; number <= to; number++) {
    await context.pause();
    if (performance.now() > end) throw rpcErrors.timedOut();
    const header = view.headerByNumber(number)?.header;
    if (header === undefined || header.gasUsed === 0n || !matcher.mayMatch(header.logsBloom)) continue;
    const reading = context.blocks.read(view, number);
    if (reading === undefined) continue;
    for (const log of matchingLogs(reading, matcher)) {
      found.push(log);
      sizeBytes += leastSize(log);
    }
    if (found.length > limits.logResultCount) {
      throw rpcErrors.tooManyLogs(limits.logResultCount, from, Math.max(from, number - 1));
    }
    if (sizeBytes > limits.responseSizeBytes) throw rpcErrors.responseTooLarge();
  }
  return found;
}

/** Bytes that the log takes in an answer at least: its data, its topics, and some 400 for the names and the rest. */
function leastSize({ data, topics }: Record<string, unknown>): number {
  return (data as string).length + 69 * (topics as readonly string[]).length + 400;
}

function blockRange(context: MethodContext, criteria: LogCriteria): { readonly from: number; readonly to: number } {
  const view = context.view();
  const from = criteria.fromBlock === undefined ? view.headNumber : resolveNumber(view, criteria.fromBlock);
  const to = criteria.toBlock === undefined ? view.headNumber : resolveNumber(view, criteria.toBlock);
  const isExplicit =
    criteria.fromBlock && 'number' in criteria.fromBlock && criteria.toBlock && 'number' in criteria.toBlock;
  if (isExplicit && from > to) throw rpcErrors.invertedRange();
  if (to > view.headNumber) throw rpcErrors.rangeBeyondHead();
  // A poller that asks from its last block + 1 up to the head finds nothing while there is no new block: no error.
  if (to - from >= context.limits.logRangeBlocks) throw rpcErrors.rangeTooLarge(context.limits.logRangeBlocks);
  return { from, to };
}
