import {
  addressOfPublicKey,
  type CommitCertificate,
  isVoteAuthentic,
  secp256k1,
  signDigest,
  signingDomain,
  voteDigest,
  ZERO_HASH,
} from '@heddle/primitives';
import { expect, test } from 'vitest';
import { type CertificateFault, verifyCommitCertificate } from '../src/commit-certificate.ts';
import { createValidatorSet } from '../src/proposer.ts';
import { A, B } from './core-under-test.ts';

const DOMAIN = signingDomain({ chainId: 31337, genesisHash: ZERO_HASH, era: 0 });
const KEYS = [1, 2, 3, 4, 5].map((number) => new Uint8Array(32).fill(number));
const ADDRESSES = KEYS.map((key) => addressOfPublicKey(secp256k1.publicKey(key)));
const SET = createValidatorSet(ADDRESSES.slice(0, 4).map((address) => ({ address, stake: 10n })));

function certificate(signers: readonly number[], votedFor = A, round = 2): CommitCertificate {
  const vote = { kind: 'precommit', height: 7, round, blockId: votedFor } as const;
  const signatures = signers.map((signer) => ({
    validator: ADDRESSES[signer] ?? ZERO_HASH,
    signature: signDigest(voteDigest(DOMAIN, vote), KEYS[signer] ?? new Uint8Array(32)),
  }));
  return { height: 7, round, blockId: A, signatures };
}

function check(candidate: CommitCertificate): CertificateFault | undefined {
  const isAuthentic = isVoteAuthentic.bind(undefined, DOMAIN);
  return verifyCommitCertificate(candidate, { height: 7, blockId: A, validators: SET, isAuthentic });
}

test('three of four and four of four hold, in any order and round', () => {
  expect(check(certificate([0, 1, 2]))).toBeUndefined();
  expect(check(certificate([3, 1, 0, 2], A, 0))).toBeUndefined();
});

test.each<[string, CommitCertificate, CertificateFault]>([
  ['another height', { ...certificate([0, 1, 2]), height: 8 }, 'wrong height'],
  ['another block', { ...certificate([0, 1, 2]), blockId: B }, 'wrong block'],
  ['more signatures than validators', certificate([0, 1, 2, 3, 0]), 'more signatures than validators'],
  ['a signer outside the set', certificate([0, 1, 2, 4]), 'unknown validator'],
  ['one signer twice', certificate([0, 1, 1]), 'validator twice'],
  ['too little power', certificate([0, 1]), 'not more than two thirds of the power'],
  ['votes for another block', certificate([0, 1, 2], B), 'wrong signature'],
  ['votes of another round', { ...certificate([0, 1, 2]), round: 3 }, 'wrong signature'],
  [
    'signatures under other names',
    {
      ...certificate([0, 1, 2]),
      signatures: certificate([0, 1, 2]).signatures.map(({ signature }, index, all) => {
        return { signature, validator: all[(index + 1) % 3]?.validator ?? ZERO_HASH };
      }),
    },
    'wrong signature',
  ],
])('a certificate with %s proves nothing', (_, candidate, fault) => {
  expect(check(candidate)).toBe(fault);
});
