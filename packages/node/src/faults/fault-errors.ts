import { HeddleError } from '@heddle/primitives';

/** `FAULT_INVALID`: a fault that cannot be: what was given, and what could be. */
export function faultInvalid(found: string, expected: string): HeddleError {
  return new HeddleError('FAULT_INVALID', found, { remedy: expected });
}

/** `FAULT_IMPOSSIBLE`: the fault can be, but not as things are. */
export function faultImpossible(message: string, remedy: string): HeddleError {
  return new HeddleError('FAULT_IMPOSSIBLE', message, { remedy });
}
