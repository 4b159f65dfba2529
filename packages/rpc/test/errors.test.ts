import { BugError, HeddleError } from '@heddle/primitives';
import { expect, it } from 'vitest';
import { asRpcError, rpcErrors } from '../src/errors.ts';

it("turns the faults of threads behind the ports into answers that clients repeat, and others' words into -32000", () => {
  const answer = (code: string) => {
    const error = asRpcError(new HeddleError(code, 'what happened'));
    return [error?.rpcCode, error?.message];
  };
  expect(answer('THREAD_BUSY')).toEqual([-32005, 'too many requests wait, try again later']);
  expect(answer('THREAD_GONE')).toEqual([-32005, 'too many requests wait, try again later']);
  expect(answer('THREAD_TIMEOUT')).toEqual([-32002, 'request timed out']);
  expect(answer('STATE_PRUNED')).toEqual([-32000, 'what happened']);
});

it('keeps its own errors and takes everything else for a bug', () => {
  const own = rpcErrors.unknownAccount();
  expect(asRpcError(own)).toBe(own);
  expect(asRpcError(new HeddleError('THREAD_FAULT', 'call failed in its thread: secret'))).toBeUndefined();
  expect(asRpcError(new BugError('broken'))).toBeUndefined();
  expect(asRpcError(new TypeError('x is not a function'))).toBeUndefined();
  expect(asRpcError('text')).toBeUndefined();
});
