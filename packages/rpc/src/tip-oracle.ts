import { decodeTransaction, effectiveTip, nextBaseFee } from '@heddle/primitives';
import type { BlockReadings } from './block-readings.ts';
import type { ChainView, NodePort } from './ports.ts';

/** Suggests a priority fee from recent blocks, as geth's gas price oracle does. */
export interface TipOracle {
  /** Wei a gas. */
  suggest(view: ChainView): bigint;
}

/** Geth's defaults (`eth/ethconfig`): 20 blocks, 3 tips of each, the 60th percentile, at most 500 gwei. */
const BLOCK_COUNT = 20;
const TIPS_PER_BLOCK = 3;
const PERCENTILE = 60;
const MAX_TIP = 500_000_000_000n;
/** Anvil's constant answer: what wallets show for a chain without traffic, and never less. */
const MIN_TIP = 1_000_000_000n;

/** The oracle over the server's readings: one answer per head, and each block's tips are read once. */
export function createTipOracle(blocks: BlockReadings): TipOracle {
  const tipsOfBlocks = new Map<number, readonly bigint[]>();
  let last: { readonly head: number; readonly tip: bigint } | undefined;

  const tipsOf = (view: ChainView, number: number): readonly bigint[] => {
    const tips = tipsOfBlocks.get(number) ?? lowestTips(view, blocks, number);
    tipsOfBlocks.set(number, tips);
    return tips;
  };
  const suggest = (view: ChainView): bigint => {
    const oldest = Math.max(0, view.headNumber - BLOCK_COUNT + 1);
    const tips: bigint[] = [];
    for (let number = view.headNumber; number >= oldest; number--) tips.push(...tipsOf(view, number));
    for (const number of tipsOfBlocks.keys()) if (number < oldest) tipsOfBlocks.delete(number);
    return percentileOf(tips);
  };
  return {
    suggest(view) {
      if (last?.head !== view.headNumber) last = { head: view.headNumber, tip: suggest(view) };
      return last.tip;
    },
  };
}

/** The base fee that a transaction sent now has to pay: that of the block after the view's head. */
export function upcomingBaseFee(view: ChainView, node: NodePort): bigint {
  const head = view.headerByNumber(view.headNumber)?.header;
  return head === undefined ? 0n : nextBaseFee(head, node.feeRules);
}

function percentileOf(tips: bigint[]): bigint {
  tips.sort(ascending);
  const tip = tips[Math.floor(((tips.length - 1) * PERCENTILE) / 100)] ?? MIN_TIP;
  return tip < MIN_TIP ? MIN_TIP : tip > MAX_TIP ? MAX_TIP : tip;
}

function lowestTips(view: ChainView, blocks: BlockReadings, number: number): bigint[] {
  const header = view.headerByNumber(number)?.header;
  if (header === undefined || header.gasUsed === 0n) return []; // no need to read an empty block
  const reading = blocks.read(view, number);
  if (reading === undefined) return [];
  return reading.stored.block.transactions
    .map((raw) => effectiveTip(decodeTransaction(raw), header.baseFeePerGas))
    .sort(ascending)
    .slice(0, TIPS_PER_BLOCK);
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
