import { effectiveTip, type Header, nextBaseFee, toQuantity } from '@heddle/primitives';
import { resolveNumber } from './block-lookup.ts';
import type { BlockReading } from './block-readings.ts';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import type { BlockNumberId } from './params/block-id.ts';

/** Wei a blob gas: no block of a Heddle chain holds blobs, so the price stays at EIP-4844's minimum. */
const BLOB_BASE_FEE = '0x1';

/**
 * Geth's `FeeHistory` over `count` blocks up to `newest`, with the tips at `percentiles` of each block's gas.
 *
 * @throws RpcError for percentiles that are not ascending in 0 to 100, and for a block beyond the head.
 */
export async function feeHistory(
  context: MethodContext,
  count: number,
  newest: BlockNumberId,
  percentiles: readonly number[],
): Promise<Record<string, unknown>> {
  if (count < 1) return { oldestBlock: '0x0', gasUsedRatio: null };
  checkPercentiles(percentiles, context.limits.feeHistoryPercentiles);
  const view = context.view();
  const last = resolveNumber(view, newest);
  if (last > view.headNumber) throw rpcErrors.beyondHead(last, view.headNumber);
  const wanted = Math.min(count, context.limits.feeHistoryBlocks, last + 1);
  const headers: Header[] = [];
  const rewards: string[][] = [];
  const end = performance.now() + context.limits.feeHistoryBudgetMs;
  for (let number = last; number > last - wanted; number--) {
    await context.pause();
    const header = view.headerByNumber(number)?.header;
    if (header === undefined || (headers.length > 0 && performance.now() > end)) break;
    headers.unshift(header);
    if (percentiles.length > 0) rewards.unshift(blockRewards(context, header, percentiles));
  }
  const following = headers.at(-1);
  const baseFees = headers.map(({ baseFeePerGas }) => baseFeePerGas ?? 0n);
  if (following !== undefined) baseFees.push(nextBaseFee(following, context.ports.node.feeRules));
  return {
    oldestBlock: toQuantity(last - headers.length + 1),
    ...(percentiles.length > 0 ? { reward: rewards } : {}),
    baseFeePerGas: baseFees.map(toQuantity),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    baseFeePerBlobGas: baseFees.map(() => BLOB_BASE_FEE),
    blobGasUsedRatio: headers.map(() => 0),
  };
}

function checkPercentiles(percentiles: readonly number[], limit: number): void {
  if (percentiles.length > limit) throw rpcErrors.invalidPercentile(`over the query limit ${limit}`);
  for (const [index, percentile] of percentiles.entries()) {
    const before = percentiles[index - 1];
    if (!(percentile >= 0 && percentile <= 100)) throw rpcErrors.invalidPercentile(percentile.toFixed(6));
    if (before !== undefined && percentile <= before) {
      const places = `#${index - 1}:${before.toFixed(6)} >= #${index}:${percentile.toFixed(6)}`;
      throw rpcErrors.invalidPercentile(places);
    }
  }
}

/** The tip at each percentile of the block's gas, cheapest transactions first; zeros for an empty block. */
function blockRewards(context: MethodContext, header: Header, percentiles: readonly number[]): string[] {
  const reading = header.gasUsed === 0n ? undefined : context.blocks.read(context.view(), header.number);
  if (reading === undefined || reading.transactionCount === 0) return percentiles.map(() => '0x0');
  const byTip = tipsOf(reading, header);
  let index = 0;
  let gasSum = byTip[0]?.gasUsed ?? 0n;
  return percentiles.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(header.gasUsed) * percentile) / 100));
    while (gasSum < threshold && index < byTip.length - 1) {
      index++;
      gasSum += byTip[index]?.gasUsed ?? 0n;
    }
    return toQuantity(byTip[index]?.tip ?? 0n);
  });
}

function tipsOf(reading: BlockReading, header: Header): { readonly tip: bigint; readonly gasUsed: bigint }[] {
  return reading
    .receipts()
    .map(({ gasUsed }, index) => ({ gasUsed, tip: effectiveTip(reading.transaction(index), header.baseFeePerGas) }))
    .sort((left, right) => (left.tip < right.tip ? -1 : left.tip > right.tip ? 1 : 0));
}
