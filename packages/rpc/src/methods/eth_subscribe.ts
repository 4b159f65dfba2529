import { rpcErrors } from '../errors.ts';
import { defineMethod } from '../method.ts';
import { ANY_LOGS, checkCriteria, logCriteria } from '../params/log-criteria.ts';
import { expectString, optional, required } from '../params/parameter.ts';
import type { Topic } from '../subscriptions.ts';

/** `eth_subscribe` */
export const eth_subscribe = defineMethod({
  name: 'eth_subscribe',
  summary: 'Tells each new head (`newHeads`) or each new log (`logs`) over this WebSocket connection.',
  params: [
    required('kind', { description: 'newHeads or logs', parse: expectString }),
    optional('filter', { ...logCriteria, description: 'logs only: {address?, topics?}' }, undefined),
  ],
  result: 'subscription id',
  handle([kind, filter], context) {
    const { subscriber } = context;
    if (subscriber === undefined) throw rpcErrors.notificationsUnsupported();
    if (kind !== 'newHeads' && kind !== 'logs') throw rpcErrors.noSuchSubscription(kind.slice(0, 100));
    const criteria = filter ?? ANY_LOGS;
    checkCriteria(criteria, context.limits);
    const topic: Topic = kind === 'newHeads' ? { kind } : { kind, criteria };
    const id = subscriber.subscribe(topic);
    context.afterAnswer(() => subscriber.start(id));
    return id;
  },
});
