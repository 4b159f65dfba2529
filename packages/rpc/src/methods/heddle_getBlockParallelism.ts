import { findBlock } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { optional } from '../params/parameter.ts';

/** `heddle_getBlockParallelism` */
export const heddle_getBlockParallelism = defineMethod({
  name: 'heddle_getBlockParallelism',
  summary: "How parallel a block could be and how it ran on this node. Kept for the node's last 1,024 blocks.",
  params: [optional('block', blockId, LATEST)],
  result:
    '{number, hash, engine, workers, byGas and byTime {t1, tInf, bound}, runsPerWorker, incarnations, reExecutions, hot [{address, kind, slot, reExecutions, gain}]}, or null',
  async handle([id], context) {
    const number = findBlock(context.view(), id);
    return number === undefined ? null : ((await context.ports.node.parallelism(number)) ?? null);
  },
});
