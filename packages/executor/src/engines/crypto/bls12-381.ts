import { concatBytes } from '@heddle/primitives';
import type { Mcl } from './mcl.ts';
import { rejecting } from './rejecting.ts';

type Fp = InstanceType<Mcl['Fp']>;
type Fp2 = InstanceType<Mcl['Fp2']>;
type G1 = InstanceType<Mcl['G1']>;
type G2 = InstanceType<Mcl['G2']>;
type Fr = InstanceType<Mcl['Fr']>;

/**
 * The operations of EIP-2537 on inputs of the right length whose padding bytes are zero. Each returns undefined for
 * input that is no element of its field or group.
 */
export interface Bls12381 {
  addG1(input: Uint8Array): Uint8Array | undefined;
  addG2(input: Uint8Array): Uint8Array | undefined;
  /** Pairs of a point and a scalar, at least one; any number of them. */
  msmG1(input: Uint8Array): Uint8Array | undefined;
  msmG2(input: Uint8Array): Uint8Array | undefined;
  mapToG1(input: Uint8Array): Uint8Array | undefined;
  mapToG2(input: Uint8Array): Uint8Array | undefined;
  /** Whether the product of the pairings is one. */
  pairing(input: Uint8Array): boolean | undefined;
}

const FP_SIZE = 64;
const G1_SIZE = 2 * FP_SIZE;
const G2_SIZE = 4 * FP_SIZE;
const SCALAR_SIZE = 32;
/** An Fp is 48 bytes in a word of 64. */
const FP_PADDING = 16;
/** mcl lays the pairs of one multiplication on its stack, whose end it does not watch. */
const MSM_CHUNK = 128;

/** How one of the two groups is read, written and added. */
interface Group<P extends G1 | G2> {
  readonly pointSize: number;
  /** @throws Error for a coordinate that is not in the field. */
  read(bytes: Uint8Array, options: { readonly isInSubgroup: boolean }): P | undefined;
  write(point: P): Uint8Array;
  multiply(points: P[], scalars: Fr[]): P;
}

/** BLS12-381 over mcl. `poll` is called between the parts of long multiplications and pairings and may throw. */
export function createBls12381(mcl: Mcl, poll: () => void): Bls12381 {
  const fields = createFields(mcl);
  const g1 = createG1(mcl, fields);
  const g2 = createG2(mcl, fields);
  return {
    addG1: rejecting((input) => addPoints(mcl, g1, input)),
    addG2: rejecting((input) => addPoints(mcl, g2, input)),
    msmG1: rejecting((input) => multiplyPoints(mcl, g1, { input, poll })),
    msmG2: rejecting((input) => multiplyPoints(mcl, g2, { input, poll })),
    mapToG1: rejecting((input) => g1.write(fields.readFp(input).mapToG1())),
    mapToG2: rejecting((input) => g2.write(fields.readFp2(input).mapToG2())),
    pairing: rejecting((input) => isPairingOne(mcl, { g1, g2, input, poll })),
  };
}

function addPoints<P extends G1 | G2>(mcl: Mcl, group: Group<P>, input: Uint8Array): Uint8Array | undefined {
  const left = group.read(input.subarray(0, group.pointSize), { isInSubgroup: false });
  const right = left && group.read(input.subarray(group.pointSize), { isInSubgroup: false });
  return left && right && group.write(mcl.add(left, right));
}

function multiplyPoints<P extends G1 | G2>(
  mcl: Mcl,
  group: Group<P>,
  { input, poll }: { readonly input: Uint8Array; readonly poll: () => void },
): Uint8Array | undefined {
  const pairSize = group.pointSize + SCALAR_SIZE;
  let sum: P | undefined;
  for (let start = 0; start < input.length; start += pairSize * MSM_CHUNK) {
    poll();
    const points: P[] = [];
    const scalars: Fr[] = [];
    const end = Math.min(input.length, start + pairSize * MSM_CHUNK);
    for (let offset = start; offset < end; offset += pairSize) {
      const point = group.read(input.subarray(offset, offset + group.pointSize), { isInSubgroup: true });
      if (point === undefined) return undefined;
      const scalar = new mcl.Fr();
      scalar.setBigEndianMod(input.subarray(offset + group.pointSize, offset + pairSize));
      points.push(point);
      scalars.push(scalar);
    }
    const product = group.multiply(points, scalars);
    sum = sum === undefined ? product : mcl.add(sum, product);
  }
  return sum && group.write(sum);
}

function isPairingOne(
  mcl: Mcl,
  { g1, g2, input, poll }: { readonly g1: Group<G1>; readonly g2: Group<G2>; readonly input: Uint8Array; poll(): void },
): boolean | undefined {
  let product: InstanceType<Mcl['GT']> | undefined;
  for (let offset = 0; offset < input.length; offset += G1_SIZE + G2_SIZE) {
    poll();
    const left = g1.read(input.subarray(offset, offset + G1_SIZE), { isInSubgroup: true });
    const right = g2.read(input.subarray(offset + G1_SIZE, offset + G1_SIZE + G2_SIZE), { isInSubgroup: true });
    if (left === undefined || right === undefined) return undefined;
    if (left.isZero() || right.isZero()) continue;
    const value = mcl.millerLoop(left, right);
    product = product === undefined ? value : mcl.mul(product, value);
  }
  return product === undefined || mcl.finalExp(product).isOne();
}

interface Fields {
  readFp(bytes: Uint8Array): Fp;
  readFp2(bytes: Uint8Array): Fp2;
  writeFp(fp: Fp): Uint8Array;
}

function createFields(mcl: Mcl): Fields {
  const padding = new Uint8Array(FP_PADDING);
  const readFp = (bytes: Uint8Array): Fp => {
    const fp = new mcl.Fp();
    fp.deserialize(bytes.subarray(FP_PADDING, FP_SIZE)); // throws above the modulus
    return fp;
  };
  return {
    readFp,
    readFp2(bytes) {
      const fp2 = new mcl.Fp2();
      fp2.set_a(readFp(bytes));
      fp2.set_b(readFp(bytes.subarray(FP_SIZE)));
      return fp2;
    },
    writeFp: (fp) => concatBytes(padding, fp.serialize()),
  };
}

function createG1(mcl: Mcl, { readFp, writeFp }: Fields): Group<G1> {
  const one = new mcl.Fp();
  one.setInt(1);
  return {
    pointSize: G1_SIZE,
    read(bytes, { isInSubgroup }) {
      const point = new mcl.G1();
      if (isZero(bytes)) return point;
      point.setX(readFp(bytes));
      point.setY(readFp(bytes.subarray(FP_SIZE)));
      point.setZ(one);
      mcl.verifyOrderG1(isInSubgroup);
      return point.isValid() ? point : undefined;
    },
    write(point) {
      if (point.isZero()) return new Uint8Array(G1_SIZE);
      point.normalize();
      return concatBytes(writeFp(point.getX()), writeFp(point.getY()));
    },
    multiply: (points, scalars) => mcl.mulVec(points, scalars),
  };
}

function createG2(mcl: Mcl, { readFp2, writeFp }: Fields): Group<G2> {
  const one = new mcl.Fp2();
  one.setInt(1, 0);
  const writeFp2 = (fp2: Fp2) => concatBytes(writeFp(fp2.get_a()), writeFp(fp2.get_b()));
  return {
    pointSize: G2_SIZE,
    read(bytes, { isInSubgroup }) {
      const point = new mcl.G2();
      if (isZero(bytes)) return point;
      point.setX(readFp2(bytes));
      point.setY(readFp2(bytes.subarray(2 * FP_SIZE)));
      point.setZ(one);
      mcl.verifyOrderG2(isInSubgroup);
      return point.isValid() ? point : undefined;
    },
    write(point) {
      if (point.isZero()) return new Uint8Array(G2_SIZE);
      point.normalize();
      return concatBytes(writeFp2(point.getX()), writeFp2(point.getY()));
    },
    multiply: (points, scalars) => mcl.mulVec(points, scalars),
  };
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
