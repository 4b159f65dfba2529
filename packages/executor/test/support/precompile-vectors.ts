import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, type Fork, hexToBytes } from '@heddle/primitives';
import type { Precompile } from '../../src/engines/precompiles/precompile.ts';
import { createPrecompiles, loadPrecompileCrypto } from '../../src/engines/precompiles/precompiles.ts';

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
  const precompile = await loadPrecompile(family.address, family.fork ?? 'osaka');
  const path = join(folder, 'precompiles', `${family.file}.json`);
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[];
  const failures: string[] = [];
  for (let index = 0; index < vectors.length; index += step) {
    const vector = vectors[index] as Vector;
    const failure = check(vector, precompile, family);
    if (failure !== undefined) failures.push(`${vector.Name}: ${failure}`);
  }
  return failures;
}

/** The precompile at `address`. @throws Error when the fork has none. */
export async function loadPrecompile(address: number, fork: Fork, poll: () => void = () => undefined) {
  const precompiles = createPrecompiles(await loadPrecompileCrypto(), { fork, poll });
  const found = precompiles.find((precompile) => precompile.address === address);
  if (found === undefined) throw new Error('no precompile');
  return found;
}

function check(vector: Vector, precompile: Precompile, { isRepriced }: PrecompileFamily): string | undefined {
  const input = hexToBytes(`0x${vector.Input}`);
  const answer = precompile.run(input);
  if (vector.ExpectedError !== undefined) return answer === undefined ? undefined : 'did not fail';
  if (answer === undefined) return 'refused';
  const output = bytesToHex(answer);
  if (output !== `0x${vector.Expected}`) return `output ${output}`;
  if (isRepriced || vector.Gas === undefined) return undefined;
  const gas = precompile.gas(input);
  return gas === BigInt(vector.Gas) ? undefined : `gas ${gas}`;
}
