import { bytesToBigInt, hexToBytes } from '@heddle/primitives';
import type { Mcl } from './mcl.ts';

type G1 = InstanceType<Mcl['G1']>;
type G2 = InstanceType<Mcl['G2']>;

/** Whether `proof` shows that the polynomial behind `commitment` is `y` at `z`; undefined for malformed input. */
export type VerifyKzgProof = (input: KzgProofInput) => boolean | undefined;

/** Points compressed (48 bytes), field elements big-endian (32 bytes). */
export interface KzgProofInput {
  readonly commitment: Uint8Array;
  readonly z: Uint8Array;
  readonly y: Uint8Array;
  readonly proof: Uint8Array;
}

/** Order of the BLS12-381 groups. */
export const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** [tau]_2, the second G2 point of the KZG ceremony's output (consensus-specs, trusted_setup_4096.json `g2_monomial[1]`). */
const TAU_G2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';
const GENERATOR_G1 =
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb';
const GENERATOR_G2 =
  '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';

/**
 * KZG point evaluation (EIP-4844) over the mcl instance that the BLS precompiles need anyway: of the trusted setup it
 * takes one point, where a KZG library loads all of it (1.6 s of CPU per thread).
 *
 * e(C - [y], G2) = e(proof, [tau - z]_2), rearranged to e(C - [y] + z proof, G2) = e(proof, [tau]_2), so that all
 * multiplications are in G1.
 */
export function createKzgVerifier(mcl: Mcl): VerifyKzgProof {
  let points: FixedPoints | undefined;
  return ({ commitment, z, y, proof }) => {
    points ??= fixedPoints(mcl); // with the first proof: a tenth of a second, of which few threads see any
    const { generator, tau, minusG2 } = points;
    if (bytesToBigInt(z) >= BLS_MODULUS || bytesToBigInt(y) >= BLS_MODULUS) return undefined;
    const c = readG1(mcl, commitment);
    const p = readG1(mcl, proof);
    if (c === undefined || p === undefined) return undefined;
    const left = mcl.add(mcl.sub(c, mcl.mul(generator, readFr(mcl, y))), mcl.mul(p, readFr(mcl, z)));
    if (left.isZero() || p.isZero()) return left.isZero() && p.isZero();
    return mcl.finalExp(mcl.precomputedMillerLoop2(left, minusG2, p, tau)).isOne();
  };
}

interface FixedPoints {
  readonly generator: G1;
  readonly tau: InstanceType<Mcl['PrecomputedG2']>;
  readonly minusG2: InstanceType<Mcl['PrecomputedG2']>;
}

function fixedPoints(mcl: Mcl): FixedPoints {
  return {
    generator: readG1(mcl, hexToBytes(GENERATOR_G1)) as G1,
    tau: new mcl.PrecomputedG2(readG2(mcl, TAU_G2)),
    minusG2: new mcl.PrecomputedG2(mcl.neg(readG2(mcl, GENERATOR_G2))),
  };
}

function readG1(mcl: Mcl, bytes: Uint8Array): G1 | undefined {
  const flags = bytes[0] ?? 0;
  if (bytes.length !== 48 || (flags & 0x80) === 0) return undefined;
  const point = new mcl.G1();
  if ((flags & 0x40) !== 0) {
    return flags === 0xc0 && bytes.subarray(1).every((byte) => byte === 0) ? point : undefined;
  }
  try {
    point.deserialize(bytes);
  } catch {
    return undefined; // not on the curve, not in the subgroup, or x not in the field
  }
  return point;
}

function readG2(mcl: Mcl, hex: string): G2 {
  const point = new mcl.G2();
  point.deserialize(hexToBytes(hex));
  return point;
}

function readFr(mcl: Mcl, bytes: Uint8Array): InstanceType<Mcl['Fr']> {
  const scalar = new mcl.Fr();
  scalar.setBigEndianMod(bytes);
  return scalar;
}
