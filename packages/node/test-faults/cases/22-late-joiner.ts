import type { CaseContext, FaultCase } from '../fault-case.ts';
import { joinLate } from '../full-node.ts';
import { elapse } from '../head-watch.ts';
import { callWithin } from '../json-rpc.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { recovered } from '../recovery.ts';
import { saidBy } from '../wire-audit.ts';

const WIPED = 3;
const LEAST_PER_SECOND = 50;

/** Case 22: a node joins late, and a validator that has lost everything but its keys and its signer's state comes back. */
export const lateJoiner: FaultCase = {
  number: 22,
  title: 'late joiner, wiped validator, under load',
  setup: { flags: ['--block-time', '0.2', '--empty-block-time', '0.2'], perSecond: 100 },
  async run(context) {
    const { network, watch, figures, scale } = context;
    await watch.allReach(scale.times(300, 40), network.all, 4 * PATIENCE_MS);
    figures.tell('transactions a block', perBlock(context));
    const late = await joinLate(network);
    try {
      figures.measuredAtLeast('late node: blocks a second', late.blocksPerSecond, LEAST_PER_SECOND);
      await elapse(2_000);
      const behind = watch.head() - Number(await callWithin(5_000, late.url, 'eth_blockNumber', []));
      figures.measuredAtMost('late node: blocks behind 2 s later', behind, 5);
    } finally {
      await late.end();
    }
    await comeBackWiped(context);
  },
};

async function comeBackWiped({ network, watch, figures }: CaseContext): Promise<void> {
  await network.kill(WIPED);
  network.wipe(WIPED);
  const head = watch.head();
  const at = Date.now();
  const { startedMs, listeningMs } = await network.restart(WIPED);
  const reachedMs = await watch.allReach(head, [WIPED], 4 * PATIENCE_MS);
  const perSecond = head / (Math.max(reachedMs - listeningMs, 50) / 1_000);
  figures.measuredAtLeast('wiped validator: blocks a second', perSecond, LEAST_PER_SECOND);
  figures.tell('wiped validator: start to voting again', await recovered(network, WIPED, startedMs), 'ms');
  const said = saidBy(network.wireLogFolder, network.address(WIPED)).filter((one) => one.at >= at);
  const early = said.filter(({ message }) => message.height <= head);
  figures.mustBe('wiped validator: said about heights before its return', early.length, 0);
}

function perBlock({ watch }: CaseContext): number {
  const newest = [...watch.blocks().values()].slice(-20);
  return newest.reduce((sum, { transactions }) => sum + transactions.length, 0) / newest.length;
}
