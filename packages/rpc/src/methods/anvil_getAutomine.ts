import { defineMethod } from '../method.ts';

/** `anvil_getAutomine`: false, since a block takes a round of votes: no receipt is there when the send returns. */
export const anvil_getAutomine = defineMethod({
  name: 'anvil_getAutomine',
  summary: 'Whether a transaction is mined before its send is answered: never, but at once after it.',
  params: [],
  result: 'false',
  handle: () => false,
});
