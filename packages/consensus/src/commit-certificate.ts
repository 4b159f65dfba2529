import { assert, type CommitCertificate, type Hash, type Vote } from '@heddle/primitives';
import { isQuorum, powerOf, type ValidatorSet } from './validator-set.ts';
import { type VoteBox, votesFor } from './vote-keeper.ts';

/** The certificate of all precommits for `blockId` that are known, in the order of the set. */
export function buildCommitCertificate(decided: {
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
  readonly validators: ValidatorSet;
  readonly precommits: VoteBox;
}): CommitCertificate {
  const { height, round, blockId, validators, precommits } = decided;
  assert(isQuorum(validators, precommits.powerByBlock.get(blockId) ?? 0n), 'a certificate holds over two thirds');
  const indexOf = (vote: Vote) => validators.indexByAddress.get(vote.validator) ?? 0;
  const votes = votesFor(precommits, blockId).sort((left, right) => indexOf(left) - indexOf(right));
  const signatures = votes.map(({ validator, signature }) => ({ validator, signature }));
  return { height, round, blockId, signatures };
}

/** The precommits that `certificate` consists of. */
export function votesOfCertificate({ height, round, blockId, signatures }: CommitCertificate): Vote[] {
  return signatures.map(({ validator, signature }) => {
    return { kind: 'precommit', height, round, blockId, validator, signature };
  });
}

/** Why a certificate proves nothing. */
export type CertificateFault =
  | 'wrong height'
  | 'wrong block'
  | 'more signatures than validators'
  | 'unknown validator'
  | 'validator twice'
  | 'not more than two thirds of the power'
  | 'wrong signature';

/**
 * Checks a certificate from outside in full: that distinct members of `validators`, with more than two thirds of its
 * power, signed this height and block. Undefined: it holds. Signatures come last, they cost most.
 */
export function verifyCommitCertificate(
  certificate: CommitCertificate,
  expected: {
    readonly height: number;
    readonly blockId: Hash;
    readonly validators: ValidatorSet;
    /** Whether the vote's signature is by the validator it names: primitives' isVoteAuthentic on the chain's domain. */
    readonly isAuthentic: (vote: Vote) => boolean;
  },
): CertificateFault | undefined {
  const { height, blockId, validators, isAuthentic } = expected;
  if (certificate.height !== height) return 'wrong height';
  if (certificate.blockId !== blockId) return 'wrong block';
  if (certificate.signatures.length > validators.members.length) return 'more signatures than validators';
  const signers = new Set<string>();
  let power = 0n;
  for (const { validator } of certificate.signatures) {
    if (!validators.indexByAddress.has(validator)) return 'unknown validator';
    if (signers.has(validator)) return 'validator twice';
    signers.add(validator);
    power += powerOf(validators, validator);
  }
  if (!isQuorum(validators, power)) return 'not more than two thirds of the power';
  return votesOfCertificate(certificate).every(isAuthentic) ? undefined : 'wrong signature';
}
