import type { KZG } from '@ethereumjs/util';

const INFINITY = `0xc0${'00'.repeat(47)}`;
const NULL_WORD = `0x${'00'.repeat(32)}`;

/**
 * The KZG that stock wants before it takes blob transactions and point evaluations. It knows one answer, for which no
 * arithmetic is needed: the polynomial that is 0 everywhere is 0 everywhere. Whatever else is asked is a mistake of the test.
 */
export const ORACLE_KZG: KZG = {
  verifyProof(commitment, _z, y, proof) {
    if (commitment !== INFINITY || proof !== INFINITY) throw new Error('the oracle knows the proofs at infinity alone');
    return y === NULL_WORD;
  },
  blobToKzgCommitment: never,
  computeBlobProof: never,
  verifyBlobProofBatch: never,
  computeCells: never,
  computeCellsAndProofs: never,
  recoverCellsAndProofs: never,
  verifyCellKzgProofBatch: never,
};

function never(): never {
  throw new Error('blobs themselves are not looked at');
}
