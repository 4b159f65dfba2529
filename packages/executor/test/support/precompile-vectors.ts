import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, type Fork, hexToBytes } from '@heddle/primitives';
import { loadBlake2f } from '../../src/engines/crypto/blake2f.ts';
import { loadCurves } from '../../src/engines/crypto/mcl.ts';
import { createCommon, createMachine } from '../../src/engines/ethereumjs/evm-machine.ts';
import { fastPrecompiles, stockBls } from '../../src/engines/ethereumjs/precompiles.ts';
import { TransactionState } from '../../src/engines/ethereumjs/transaction-state.ts';

interface Vector {
  readonly Input: string;
  readonly Expected?: string;
  readonly ExpectedError?: string;
  readonly Gas?: number;
  readonly Name: string;
}

/** One file of vectors and the precompile it is for. */
export interface PrecompileFamily {
  readonly file: string;
  readonly address: number;
  readonly fork?: Fork;
  /** The file's gas is that of a fork before Berlin. */
  readonly isRepriced?: boolean;
}

/** All files of the set. */
export const PRECOMPILE_FAMILIES: readonly PrecompileFamily[] = [
  { file: 'ecRecover', address: 0x01 },
  { file: 'modexp', address: 0x05, fork: 'berlin', isRepriced: true },
  { file: 'modexp_eip2565', address: 0x05, fork: 'prague' },
  { file: 'modexp_eip7883', address: 0x05 },
  { file: 'bn256Add', address: 0x06 },
  { file: 'bn256ScalarMul', address: 0x07 },
  { file: 'bn256Pairing', address: 0x08 },
  { file: 'blake2F', address: 0x09 },
  { file: 'fail-blake2f', address: 0x09 },
  { file: 'pointEvaluation', address: 0x0a },
  { file: 'blsG1Add', address: 0x0b },
  { file: 'fail-blsG1Add', address: 0x0b },
  { file: 'blsG1MultiExp', address: 0x0c },
  { file: 'blsG1Mul', address: 0x0c },
  { file: 'fail-blsG1MultiExp', address: 0x0c },
  { file: 'fail-blsG1Mul', address: 0x0c },
  { file: 'blsG2Add', address: 0x0d },
  { file: 'fail-blsG2Add', address: 0x0d },
  { file: 'blsG2MultiExp', address: 0x0e },
  { file: 'blsG2Mul', address: 0x0e },
  { file: 'fail-blsG2MultiExp', address: 0x0e },
  { file: 'fail-blsG2Mul', address: 0x0e },
  { file: 'blsPairing', address: 0x0f },
  { file: 'fail-blsPairing', address: 0x0f },
  { file: 'blsMapG1', address: 0x10 },
  { file: 'fail-blsMapG1', address: 0x10 },
  { file: 'blsMapG2', address: 0x11 },
  { file: 'fail-blsMapG2', address: 0x11 },
  { file: 'p256Verify', address: 0x100 },
];

/** What differs from the vectors of `family` in `folder`; `step` 3 tries every third. */
export async function checkPrecompile(folder: string, family: PrecompileFamily, step: number): Promise<string[]> {
  const run = await loadPrecompile(family.address, family.fork ?? 'osaka');
  const path = join(folder, 'precompiles', `${family.file}.json`);
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[];
  const failures: string[] = [];
  for (let index = 0; index < vectors.length; index += step) {
    const vector = vectors[index] as Vector;
    const failure = await check(vector, run, family);
    if (failure !== undefined) failures.push(`${vector.Name}: ${failure}`);
  }
  return failures;
}

type Run = Awaited<ReturnType<typeof loadPrecompile>>;

/** The precompile at `address`, to be called with data and gas. @throws Error when the fork has none. */
export async function loadPrecompile(address: number, fork: Fork, poll: () => void = () => undefined) {
  const rules = { chainId: 1, fork, transactionGasCap: undefined, codeSizeLimit: 24_576 };
  const curves = await loadCurves();
  const blake2f = await loadBlake2f();
  const { evm, common } = await createMachine(rules, createCommon(rules), {
    state: new TransactionState(),
    precompiles: fastPrecompiles({ curves, blake2f }, { fork, poll }),
    bls: stockBls(curves, poll),
    beforeMessage: async () => 0n,
  });
  const contract = evm.getPrecompile(`0x${address.toString(16).padStart(40, '0')}`);
  if (contract === undefined) throw new Error('no precompile');
  return async (data: Uint8Array, gasLimit: bigint) => contract({ data, gasLimit, common, _EVM: evm });
}

async function check(vector: Vector, run: Run, { isRepriced }: PrecompileFamily): Promise<string | undefined> {
  const input = hexToBytes(`0x${vector.Input}`);
  const result = await run(input, 2n ** 40n);
  if (vector.ExpectedError !== undefined) return result.exceptionError ? undefined : 'did not fail';
  if (result.exceptionError) return result.exceptionError.error;
  const output = bytesToHex(result.returnValue);
  if (output !== `0x${vector.Expected}`) return `output ${output}`;
  if (isRepriced || vector.Gas === undefined) return undefined;
  if (result.executionGasUsed !== BigInt(vector.Gas)) return `gas ${result.executionGasUsed}`;
  if (vector.Gas === 0) return undefined;
  const short = await run(input, BigInt(vector.Gas) - 1n);
  return short.exceptionError ? undefined : 'ran with one gas too little';
}
