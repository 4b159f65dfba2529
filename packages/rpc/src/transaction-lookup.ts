import type { Hash } from '@heddle/primitives';
import type { BlockReading } from './block-readings.ts';
import type { MethodContext } from './method-context.ts';

/** A mined transaction: its block and its place there. */
export interface MinedTransaction {
  readonly reading: BlockReading;
  readonly index: number;
}

/** The mined transaction of that hash in the request's view. */
export function findMined(context: MethodContext, hash: Hash): MinedTransaction | undefined {
  const view = context.view();
  const place = view.transactionPlace(hash);
  const reading = place && context.blocks.read(view, place.blockNumber);
  return reading && { reading, index: place.index };
}
