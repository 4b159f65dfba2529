import { rpcErrors } from '../errors.ts';
import { defineMethod } from '../method.ts';
import { expectString, required } from '../params/parameter.ts';

/** `eth_unsubscribe` */
export const eth_unsubscribe = defineMethod({
  name: 'eth_unsubscribe',
  summary: 'Ends a subscription of this WebSocket connection.',
  params: [required('subscription', { description: 'subscription id', parse: expectString })],
  result: 'true',
  handle([id], { subscriber }) {
    if (subscriber === undefined) throw rpcErrors.notificationsUnsupported();
    if (!subscriber.unsubscribe(id)) throw rpcErrors.subscriptionNotFound();
    return true;
  },
});
