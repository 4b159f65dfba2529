import { decodeBatch } from './codec/transaction-batch.ts';
import { reasonOf } from './errors.ts';
import { PENALTY } from './limits.ts';
import type { NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';
import type { GossipVerdict } from './ports.ts';

/** Batches that came before their sender was greeted and are kept until then. */
const AWAITING_GREETING = 16;

/**
 * Judges gossiped bytes: by their sender, its budget, their form, and at last by the node. `linkOf` waits for a
 * greeting under way; undefined: not one of ours.
 */
export function createGossipJudge(
  context: NetworkContext,
  linkOf: (peerId: string) => Promise<PeerLink | undefined>,
): (data: Uint8Array, from: string) => Promise<GossipVerdict> {
  const { counters, handlers, limits } = context;
  let validating = 0;
  let awaitingGreeting = 0;

  const greeted = async (from: string): Promise<PeerLink | undefined> => {
    if (awaitingGreeting >= AWAITING_GREETING) return undefined;
    awaitingGreeting++;
    try {
      return await linkOf(from);
    } finally {
      awaitingGreeting--;
    }
  };
  return async (data: Uint8Array, from: string): Promise<GossipVerdict> => {
    const link = context.links.get(from) ?? (await greeted(from));
    if (!link || context.isThrottled(from)) return 'ignore';
    if (!link.budget.batches.take(1)) {
      counters.add('throttled_total');
      if (link.identity.validator === undefined) context.penalize(from, PENALTY.flooding, 'too many batches');
      return 'ignore';
    }
    if (validating >= limits.validations || link.validating >= limits.validationsPerPeer) return 'ignore';
    let batch: Uint8Array[];
    try {
      batch = decodeBatch(data, limits);
    } catch (error) {
      counters.add('gossip_batches_malformed_total');
      context.penalize(from, PENALTY.malformed, reasonOf(error));
      return 'reject';
    }
    if (!link.budget.transactions.take(batch.length)) return 'ignore';
    validating++;
    link.validating++;
    try {
      const verdict = await withinTime(handlers.onTransactions(batch, from), limits.validationMs);
      if (verdict === 'reject') context.penalize(from, PENALTY.rejected, 'a batch with an invalid transaction');
      return verdict;
    } finally {
      validating--;
      link.validating--;
    }
  };
}

async function withinTime(verdict: Promise<GossipVerdict>, timeoutMs: number): Promise<GossipVerdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<GossipVerdict>((resolve) => {
    timer = setTimeout(() => resolve('ignore'), timeoutMs);
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}
