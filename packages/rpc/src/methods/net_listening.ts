import { defineMethod } from '../method.ts';

/** `net_listening` */
export const net_listening = defineMethod({
  name: 'net_listening',
  summary: 'Whether the node takes connections from peers.',
  params: [],
  result: 'true',
  handle: () => true,
});
