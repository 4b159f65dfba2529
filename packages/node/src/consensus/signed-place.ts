import { SIGNER_STEP, type SignerState } from './signer-state.ts';

/** A place in the order in which a validator signs. */
export interface SignedPlace {
  readonly height: number;
  readonly round: number;
  readonly step: keyof typeof SIGNER_STEP;
}

/** Whether `place` comes after `last` in the order in which one validator signs. */
export function isAbove(place: SignedPlace, last: Pick<SignerState, 'height' | 'round' | 'step'>): boolean {
  if (place.height !== last.height) return place.height > last.height;
  if (place.round !== last.round) return place.round > last.round;
  return SIGNER_STEP[place.step] > last.step;
}
