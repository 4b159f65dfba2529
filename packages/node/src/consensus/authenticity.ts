import {
  isProposalAuthentic,
  isVoteAuthentic,
  type Proposal,
  proposalDigest,
  type SigningDomain,
  signDigest,
  type UnsignedProposal,
  type UnsignedVote,
  type Vote,
  voteDigest,
} from '@heddle/primitives';

/** What a validator signs; the same shape as the core's own messages. */
export type SignRequest =
  | { readonly type: 'proposal'; readonly proposal: UnsignedProposal }
  | { readonly type: 'vote'; readonly vote: UnsignedVote };

/** How consensus messages are signed and checked. */
export interface Authenticity {
  /** The 32 bytes that stand for the message. */
  digest(request: SignRequest): Uint8Array;
  /** The signature of a digest, 65 bytes; the same for the same digest and key. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array;
  isVoteAuthentic(vote: Vote): boolean;
  isProposalAuthentic(proposal: Proposal): boolean;
}

/** secp256k1 over EIP-712 data of one chain and era. */
export function chainAuthenticity(domain: SigningDomain): Authenticity {
  return {
    digest: (request) =>
      request.type === 'proposal' ? proposalDigest(domain, request.proposal) : voteDigest(domain, request.vote),
    sign: signDigest,
    isVoteAuthentic: (vote) => isVoteAuthentic(domain, vote),
    isProposalAuthentic: (proposal) => isProposalAuthentic(domain, proposal),
  };
}
