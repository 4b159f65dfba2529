import { bytesToHex, toQuantity } from '@heddle/primitives';
import { findBlock } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { optional } from '../params/parameter.ts';

/** `heddle_getCommit` */
export const heddle_getCommit = defineMethod({
  name: 'heddle_getCommit',
  summary: 'The proof that a block is final: precommits of more than two thirds of the stake, as this node saw them.',
  params: [optional('block', blockId, LATEST)],
  result: '{height, round, blockId, signatures [{validator, signature}]}, or null (genesis has none)',
  handle([id], context) {
    const view = context.view();
    const number = findBlock(view, id);
    const certificate = number === undefined ? undefined : view.certificate(number);
    if (certificate === undefined) return null;
    return {
      height: toQuantity(certificate.height),
      round: toQuantity(certificate.round),
      blockId: certificate.blockId,
      signatures: certificate.signatures.map(({ validator, signature }) => ({
        validator,
        signature: bytesToHex(signature),
      })),
    };
  },
});
