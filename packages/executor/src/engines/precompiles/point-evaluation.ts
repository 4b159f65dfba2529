import { bigIntToBytesOfSize, concatBytes } from '@heddle/primitives';
import { BLS_MODULUS, createKzgVerifier } from '../crypto/kzg.ts';
import type { Curves } from '../crypto/mcl.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { Precompile } from './precompile.ts';

/** FIELD_ELEMENTS_PER_BLOB and the group's order: what a successful point evaluation returns. */
const POINT_EVALUATED = concatBytes(bigIntToBytesOfSize(4096n, 32), bigIntToBytesOfSize(BLS_MODULUS, 32));
const BLOB_HASH_VERSION = 1;

/** That a blob's polynomial has a value at a point (EIP-4844). */
export function pointEvaluationPrecompile(curves: Curves): Precompile {
  const verify = createKzgVerifier(curves.bls);
  return {
    address: 0x0a,
    since: 'cancun',
    gas: () => 50_000n,
    run: (data) => {
      if (data.length !== 192) return undefined;
      const commitment = data.subarray(96, 144);
      const hash = sha256(commitment);
      hash[0] = BLOB_HASH_VERSION;
      if (Buffer.compare(hash, data.subarray(0, 32)) !== 0) return undefined;
      const [z, y, proof] = [data.subarray(32, 64), data.subarray(64, 96), data.subarray(144, 192)];
      return verify({ commitment, z, y, proof }) === true ? POINT_EVALUATED : undefined;
    },
  };
}
