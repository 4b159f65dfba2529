import { EMPTY_BYTES } from '@heddle/primitives';
import type { Precompile } from '../precompiles/precompile.ts';
import { type CustomPrecompile, EVMError, type ExecResult, type PrecompileInput } from './ethereumjs.ts';

/** The precompiles as an EVM of `@ethereumjs` takes them, in place of its own, which are slow. */
export function toCustomPrecompiles(precompiles: readonly Precompile[]): CustomPrecompile[] {
  return precompiles.map((precompile) => ({
    address: `0x${precompile.address.toString(16).padStart(40, '0')}`,
    function: (input: PrecompileInput) => call(precompile, input),
  }));
}

function call(precompile: Precompile, { data, gasLimit }: PrecompileInput): ExecResult {
  const gas = precompile.gas(data);
  if (gas > gasLimit) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit);
  const returnValue = precompile.run(data);
  if (returnValue === undefined) return failed(EVMError.errorMessages.INVALID_INPUTS, gasLimit);
  return { executionGasUsed: gas, returnValue };
}

function failed(reason: EVMError['error'], gasLimit: bigint): ExecResult {
  return { executionGasUsed: gasLimit, returnValue: EMPTY_BYTES, exceptionError: new EVMError(reason) };
}
