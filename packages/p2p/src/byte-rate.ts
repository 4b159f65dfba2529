import type { Address } from '@heddle/primitives';
import type { NetworkLimits, Rate } from './limits.ts';

/** How many bytes a second a peer may send; undefined: no validator. */
export function bytesRate(limits: NetworkLimits, validator: Address | undefined): Rate {
  return validator === undefined
    ? { perSecond: limits.otherBytesPerSecond, burst: limits.otherBytesBurst }
    : { perSecond: limits.validatorBytesPerSecond, burst: limits.validatorBytesBurst };
}
