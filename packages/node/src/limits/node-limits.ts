import { HeddleError, type LimitsOf } from '@heddle/primitives';
import { LIMIT_GROUPS, LIMITS } from './limit-list.ts';
import { limitText, readLimit } from './limit-text.ts';

/** Values of limits by their full names, as people write them. */
export type LimitTexts = Readonly<Record<string, string>>;

/** All limits of one node, by group and by the field of the code. */
export type NodeLimits = { readonly [G in keyof typeof LIMIT_GROUPS]: LimitsOf<(typeof LIMIT_GROUPS)[G]> };

/** The first of each pair must not exceed the second, or what one part lets through the next one refuses. */
const ORDERED: readonly (readonly [string, string])[] = [
  ['rpc.slice', 'rpc.turn'],
  ['rpc.send-sync-time', 'rpc.send-sync-longest'],
  ['rpc.send-sync-longest', 'rpc.stalled-time'],
  ['rpc.header-time', 'rpc.request-time'],
  ['pool.regossip', 'pool.regossip-longest'],
  ['pool.guaranteed-per-account', 'pool.per-account'],
  ['pool.transaction', 'p2p.transaction'],
  ['p2p.transaction', 'p2p.batch'],
  ['p2p.batch', 'p2p.batch-hard'],
  ['p2p.batch-hard', 'p2p.gossip-frame'],
  ['p2p.gossip-loss', 'p2p.gossip-absence'],
  ['p2p.validations-per-peer', 'p2p.validations'],
  ['p2p.requests-per-peer', 'p2p.served-per-peer'],
  ['p2p.served-per-peer', 'p2p.served'],
  ['p2p.served-per-peer', 'p2p.streams'],
  ['consensus.queued-per-peer', 'consensus.queued'],
];

/**
 * The limits of a node whose `texts`, each of a form that its limit may have, differ from the defaults.
 *
 * @throws HeddleError `LIMIT_INVALID` when one does not go with another
 */
export function nodeLimitsOf(texts: LimitTexts): NodeLimits {
  const effective = (name: string): number => {
    const text = texts[name];
    return (text === undefined ? undefined : readLimit(name, text)) ?? (LIMITS.get(name)?.value as number);
  };
  for (const [lower, upper] of ORDERED) {
    if (effective(lower) > effective(upper))
      throw limitsContradict([lower, effective(lower)], [upper, effective(upper)]);
  }
  const groups = Object.entries(LIMIT_GROUPS).map(([group, table]) => {
    const values = Object.entries(table).map(([field, { name }]) => [field, effective(`${group}.${name}`)]);
    return [group, Object.fromEntries(values)];
  });
  return Object.fromEntries(groups) as NodeLimits;
}

/** `texts`, once it is known that a node can run with them. @throws HeddleError as {@link nodeLimitsOf} */
export function checkedLimits(texts: LimitTexts | undefined): LimitTexts | undefined {
  if (texts !== undefined) nodeLimitsOf(texts);
  return texts;
}

function limitsContradict(lower: readonly [string, number], upper: readonly [string, number]): HeddleError {
  const shown = ([name, value]: readonly [string, number]) => {
    const definition = LIMITS.get(name);
    return `${name}=${definition ? limitText(definition, value) : value}`;
  };
  return new HeddleError('LIMIT_INVALID', `the limit ${shown(lower)} exceeds ${shown(upper)}`, {
    remedy: 'give both with --limit, or lower the first',
  });
}
