import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, bytesToHex, type Fork, type Hex, hexToBytes } from '@heddle/primitives';
import { assemble } from '@heddle/testkit';
import type { Engine } from '../../src/engine.ts';
import type { Precompile } from '../../src/engines/precompiles/precompile.ts';
import { createPrecompiles, loadPrecompileCrypto } from '../../src/engines/precompiles/precompiles.ts';
import { executed, plainState, word } from './run.ts';

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
  /** How many vectors it holds. */
  readonly count: number;
  readonly address: number;
  readonly fork?: Fork;
  /** The file's gas is that of a fork before Berlin. */
  readonly isRepriced?: boolean;
}

/** All files of the set. */
export const PRECOMPILE_FAMILIES: readonly PrecompileFamily[] = [
  { file: 'ecRecover', count: 5, address: 0x01 },
  { file: 'modexp', count: 17, address: 0x05, fork: 'berlin', isRepriced: true },
  { file: 'modexp_eip2565', count: 47, address: 0x05, fork: 'prague' },
  { file: 'modexp_eip7883', count: 45, address: 0x05 },
  { file: 'bn256Add', count: 16, address: 0x06 },
  { file: 'bn256ScalarMul', count: 19, address: 0x07 },
  { file: 'bn256Pairing', count: 14, address: 0x08 },
  { file: 'blake2F', count: 5, address: 0x09 },
  { file: 'fail-blake2f', count: 4, address: 0x09 },
  { file: 'pointEvaluation', count: 1, address: 0x0a },
  { file: 'blsG1Add', count: 112, address: 0x0b },
  { file: 'fail-blsG1Add', count: 6, address: 0x0b },
  { file: 'blsG1MultiExp', count: 154, address: 0x0c },
  { file: 'blsG1Mul', count: 11, address: 0x0c },
  { file: 'fail-blsG1MultiExp', count: 7, address: 0x0c },
  { file: 'fail-blsG1Mul', count: 7, address: 0x0c },
  { file: 'blsG2Add', count: 112, address: 0x0d },
  { file: 'fail-blsG2Add', count: 6, address: 0x0d },
  { file: 'blsG2MultiExp', count: 153, address: 0x0e },
  { file: 'blsG2Mul', count: 11, address: 0x0e },
  { file: 'fail-blsG2MultiExp', count: 7, address: 0x0e },
  { file: 'fail-blsG2Mul', count: 7, address: 0x0e },
  { file: 'blsPairing', count: 106, address: 0x0f },
  { file: 'fail-blsPairing', count: 9, address: 0x0f },
  { file: 'blsMapG1', count: 105, address: 0x10 },
  { file: 'fail-blsMapG1', count: 5, address: 0x10 },
  { file: 'blsMapG2', count: 105, address: 0x11 },
  { file: 'fail-blsMapG2', count: 5, address: 0x11 },
  { file: 'p256Verify', count: 782, address: 0x100 },
];

/** Multiplications of many points take 50 ms, and these files hold a hundred of them. */
const SLOW_STEP = 20;

/** The step that tries all vectors but those of which {@link SLOW_STEP} speaks. */
export function sampleStep({ file }: PrecompileFamily): number {
  return file.endsWith('MultiExp') ? SLOW_STEP : 1;
}

/** What differs from the vectors of `family` in `folder`; `step` 3 tries every third. */
export async function checkPrecompile(folder: string, family: PrecompileFamily, step: number): Promise<string[]> {
  const precompile = await loadPrecompile(family.address, family.fork ?? 'osaka');
  return checkVectors({ folder, family, step }, (vector) => check(vector, precompile, family));
}

/** The same where a contract on `engine` calls the precompile, with the gas that it costs and with one less. */
export async function checkPrecompileCalls(
  engine: Engine,
  folder: string,
  family: PrecompileFamily,
  step: number,
): Promise<string[]> {
  const precompile = await loadPrecompile(family.address, family.fork ?? 'osaka');
  return checkVectors({ folder, family, step }, (vector) => checkCall(vector, precompile, { engine, family }));
}

async function checkVectors(
  { folder, family, step }: { readonly folder: string; readonly family: PrecompileFamily; readonly step: number },
  difference: (vector: Vector) => string | undefined | Promise<string | undefined>,
): Promise<string[]> {
  const path = join(folder, 'precompiles', `${family.file}.json`);
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[];
  if (vectors.length !== family.count) return [`${vectors.length} vectors, not ${family.count}`];
  const failures: string[] = [];
  for (let index = 0; index < vectors.length; index += step) {
    const vector = vectors[index] as Vector;
    const failure = await difference(vector);
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

/** More than any vector costs. */
const PLENTY = 100_000_000n;
const CALLER: Address = `0x${'ca'.repeat(20)}`;
const FAILURE: Hex = word(0);
/** Of a file that knows no PUSH0. */
const ZERO = '0x00';

async function checkCall(
  vector: Vector,
  precompile: Precompile,
  { engine, family }: { readonly engine: Engine; readonly family: PrecompileFamily },
): Promise<string | undefined> {
  const input = hexToBytes(`0x${vector.Input}`);
  const call = (gas: bigint) => callPrecompile(engine, { address: family.address, input, gas });
  if (vector.ExpectedError !== undefined) return (await call(PLENTY)) === FAILURE ? undefined : 'did not fail';
  const gas = family.isRepriced ? precompile.gas(input) : BigInt(vector.Gas ?? 0);
  const answer = await call(gas);
  if (answer !== `${word(1)}${vector.Expected}`) return `with ${gas} gas: ${answer}`;
  if (gas === 0n) return undefined; // BLAKE2 of no rounds: there is no less
  return (await call(gas - 1n)) === FAILURE ? undefined : `did not fail with ${gas - 1n} gas`;
}

/** Whether the call succeeds, a word, and what it returns. */
async function callPrecompile(
  engine: Engine,
  { address, input, gas }: { readonly address: number; readonly input: Uint8Array; readonly gas: bigint },
): Promise<Hex> {
  const code = assemble(
    ...['CALLDATASIZE', ZERO, ZERO, 'CALLDATACOPY'],
    ...[ZERO, ZERO, 'CALLDATASIZE', ZERO, address, word(gas), 'STATICCALL', ZERO, 'MSTORE'],
    ...['RETURNDATASIZE', ZERO, 32, 'RETURNDATACOPY', 'RETURNDATASIZE', 32, 'ADD', ZERO, 'RETURN'],
  );
  const message = { from: CALLER, to: CALLER, gasLimit: 2n * PLENTY, gasPrice: 0n, value: 0n, data: input };
  const state = plainState({ [CALLER]: { code } });
  return bytesToHex(executed(await engine.runCall(message, state, { isAbandoned: () => false })).returnData);
}
