import { defineMethod } from '../method.ts';

/** `eth_accounts` */
export const eth_accounts = defineMethod({
  name: 'eth_accounts',
  summary: 'Accounts whose keys the node holds.',
  params: [],
  result: 'addresses',
  handle: (_, { ports }) => ports.pool.accounts(),
});
