import { searchLogs } from '../log-search.ts';
import { defineMethod } from '../method.ts';
import { checkCriteria, logCriteria } from '../params/log-criteria.ts';
import { required } from '../params/parameter.ts';

/** `eth_getLogs` */
export const eth_getLogs = defineMethod({
  name: 'eth_getLogs',
  summary: 'Logs of a range of blocks or of one block, by address and topics.',
  params: [required('filter', logCriteria)],
  result: 'logs',
  handle([criteria], context) {
    checkCriteria(criteria, context.limits);
    return searchLogs(context, criteria);
  },
});
