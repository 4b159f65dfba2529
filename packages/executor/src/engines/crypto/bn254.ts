import { concatBytes } from '@heddle/primitives';
import type { Mcl } from './mcl.ts';
import { rejecting } from './rejecting.ts';

type G1 = InstanceType<Mcl['G1']>;
type G2 = InstanceType<Mcl['G2']>;
type Fp = InstanceType<Mcl['Fp']>;

/** The operations of EIP-196 and EIP-197. Each returns undefined for input that is no point of its group. */
export interface Bn254 {
  /** `input`: 128 bytes, two points. Returns 64 bytes. */
  add(input: Uint8Array): Uint8Array | undefined;
  /** `input`: 96 bytes, a point and a scalar. Returns 64 bytes. */
  mul(input: Uint8Array): Uint8Array | undefined;
  /** `input`: a multiple of 192 bytes, pairs of a G1 and a G2 point. Whether the product of the pairings is one. */
  pairing(input: Uint8Array): boolean | undefined;
}

const G1_SIZE = 64;
const PAIR_SIZE = 192;

/** alt_bn128 over mcl (5 to 60 times plain JavaScript). `poll` is called before each pairing and may throw. */
export function createBn254(mcl: Mcl, poll: () => void): Bn254 {
  const one = new mcl.Fp();
  one.setInt(1);
  const zero = new mcl.Fp();

  /** @throws Error when the number is not below the field's modulus. */
  const readFp = (bytes: Uint8Array): Fp => {
    const fp = new mcl.Fp();
    fp.deserialize(Uint8Array.from(bytes).reverse());
    return fp;
  };
  const readFp2 = (imaginary: Uint8Array, real: Uint8Array) => {
    const fp2 = new mcl.Fp2();
    fp2.set_a(readFp(real));
    fp2.set_b(readFp(imaginary));
    return fp2;
  };
  const readG1 = (bytes: Uint8Array): G1 | undefined => {
    const point = new mcl.G1();
    if (isZero(bytes)) return point;
    point.setX(readFp(bytes.subarray(0, 32)));
    point.setY(readFp(bytes.subarray(32, 64)));
    point.setZ(one);
    return point.isValid() ? point : undefined;
  };
  const readG2 = (bytes: Uint8Array): G2 | undefined => {
    const point = new mcl.G2();
    if (isZero(bytes)) return point;
    const z = new mcl.Fp2();
    z.set_a(one);
    z.set_b(zero);
    point.setX(readFp2(bytes.subarray(0, 32), bytes.subarray(32, 64)));
    point.setY(readFp2(bytes.subarray(64, 96), bytes.subarray(96, 128)));
    point.setZ(z);
    return point.isValid() ? point : undefined; // the subgroup is checked too
  };
  const writeG1 = (point: G1): Uint8Array => {
    if (point.isZero()) return new Uint8Array(G1_SIZE);
    point.normalize();
    return concatBytes(point.getX().serialize().reverse(), point.getY().serialize().reverse());
  };

  return {
    add: rejecting((input) => {
      const left = readG1(input.subarray(0, G1_SIZE));
      const right = left && readG1(input.subarray(G1_SIZE, 2 * G1_SIZE));
      return left && right && writeG1(mcl.add(left, right));
    }),
    mul: rejecting((input) => {
      const point = readG1(input.subarray(0, G1_SIZE));
      if (point === undefined) return undefined;
      const scalar = new mcl.Fr();
      scalar.setBigEndianMod(input.subarray(G1_SIZE, G1_SIZE + 32));
      return writeG1(mcl.mul(point, scalar));
    }),
    pairing: rejecting((input) => {
      let product: InstanceType<Mcl['GT']> | undefined;
      for (let offset = 0; offset < input.length; offset += PAIR_SIZE) {
        poll();
        const left = readG1(input.subarray(offset, offset + G1_SIZE));
        const right = readG2(input.subarray(offset + G1_SIZE, offset + PAIR_SIZE));
        if (left === undefined || right === undefined) return undefined;
        if (left.isZero() || right.isZero()) continue;
        const value = mcl.millerLoop(left, right);
        product = product === undefined ? value : mcl.mul(product, value);
      }
      return product === undefined || mcl.finalExp(product).isOne();
    }),
  };
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
