import { type Fork, isActive } from '@heddle/primitives';
import { type Blake2f, loadBlake2f } from '../crypto/blake2f.ts';
import { type Curves, loadCurves } from '../crypto/mcl.ts';
import { bls12381Precompiles } from './bls12-381.ts';
import { bn254Precompiles } from './bn254.ts';
import { blake2fPrecompile, hashPrecompiles } from './hashes.ts';
import { modexpPrecompile } from './modexp.ts';
import { pointEvaluationPrecompile } from './point-evaluation.ts';
import type { Poll, Precompile } from './precompile.ts';
import { signaturePrecompiles } from './signatures.ts';

/** The libraries that precompiles need, loaded. */
export interface PrecompileCrypto {
  readonly curves: Curves;
  readonly blake2f: Blake2f;
}

/** Loads everything that a precompile of any fork needs. */
export async function loadPrecompileCrypto(): Promise<PrecompileCrypto> {
  const [curves, blake2f] = await Promise.all([loadCurves(), loadBlake2f()]);
  return { curves, blake2f };
}

/** The precompiles of `fork`, in the order of their addresses: one home for every engine. `poll` may throw to end a run. */
export function createPrecompiles(
  { curves, blake2f }: PrecompileCrypto,
  { fork, poll }: { readonly fork: Fork; readonly poll: Poll },
): Precompile[] {
  return [
    ...signaturePrecompiles(),
    ...hashPrecompiles(),
    modexpPrecompile(fork, poll),
    ...bn254Precompiles(curves, fork, poll),
    blake2fPrecompile(blake2f, poll),
    pointEvaluationPrecompile(curves),
    ...bls12381Precompiles(curves, poll),
  ]
    .filter(({ since }) => isActive(fork, since))
    .sort((one, other) => one.address - other.address);
}
