import {
  type ConsensusState,
  knownRounds,
  proposalAt,
  quorumBlockOf,
  type ValidatorSet,
  voteBits,
  votesForBlock,
  votesMissingIn,
} from '@heddle/consensus';
import { type Address, EMPTY_BYTES, type Proposal, type Vote, type VoteKind } from '@heddle/primitives';
import { elapsedMs } from './elapsed.ts';
import { MAX_STATUS_ROUNDS, type RoundBits, type Status } from './messages.ts';
import { hasBit, type PeerState, roundOf, voteKey } from './peer-state.ts';

/** Others' messages are relayed only when their own sender has had this long to bring them. */
const RELAY_AFTER_MS = 100;
/** Messages to one peer in one go at most. */
const MAX_AT_ONCE = 256;

const KINDS: readonly VoteKind[] = ['prevote', 'precommit'];

/**
 * Whose turn a round ahead is would cost an election: any proposal stands for the right one there, and the peer is asked
 * again once the round has come.
 */
function isProposalHere(state: ConsensusState, round: number): boolean {
  if (round <= (state.current?.rounds.round ?? -1)) return proposalAt(state, round) !== undefined;
  return (state.current?.messages.get(round)?.proposals.size ?? 0) > 0;
}

/** What a node that takes part in votes says of itself. */
export function statusOf(state: ConsensusState): Status | undefined {
  const { current } = state;
  if (!current) return undefined;
  const { height } = current;
  const { round } = current.rounds;
  const heldBits = (of: number, kind: VoteKind) => voteBits(state, { height, round: of, kind }) ?? EMPTY_BYTES;
  const isMajorityHere = (of: number, kind: VoteKind) =>
    quorumBlockOf(state, { height, round: of, kind }) !== undefined;
  const rounds = listedRounds(state, height).map((of): RoundBits => {
    const hasProposal = isProposalHere(state, of);
    const hasMajority = { prevote: isMajorityHere(of, 'prevote'), precommit: isMajorityHere(of, 'precommit') };
    return {
      round: of,
      hasProposal,
      hasMajority,
      prevotes: heldBits(of, 'prevote'),
      precommits: heldBits(of, 'precommit'),
    };
  });
  return { height, round, role: 'vote', rounds, previous: previousOf(state) };
}

interface Missing {
  readonly votes: readonly Vote[];
  readonly proposals: readonly Proposal[];
}

const NOTHING_MISSING: Missing = { votes: [], proposals: [] };

/** Messages that `peer` lacks at its height, the important ones first. */
export function missingAt(
  state: ConsensusState,
  peer: PeerState,
  view: {
    readonly self: Address | undefined;
    readonly nowMs: number;
    /** When this node first had a message of `height`. */
    readonly heldSinceMs: (key: string, height: number) => number;
  },
): Missing {
  const { status } = peer;
  const { current } = state;
  if (status?.role !== 'vote' || !current) return NOTHING_MISSING;
  const isDue = (validator: Address, key: string) => {
    if (!peer.mayLack(key, view.nowMs)) return false;
    return validator === view.self || elapsedMs(view.nowMs, view.heldSinceMs(key, status.height)) >= RELAY_AFTER_MS;
  };
  if (status.height === current.height - 1) {
    return {
      votes: precommitsForLatePeer(state, status).filter((vote) => isDue(vote.validator, voteKey(vote))),
      proposals: [],
    };
  }
  if (status.height !== current.height) return NOTHING_MISSING;
  const rounds = listedRounds(state, current.height);
  const votes: Vote[] = [];
  for (const round of rounds) {
    for (const kind of KINDS) {
      for (const vote of lackedVotes(state, status, { round, kind })) {
        if (votes.length < MAX_AT_ONCE && isDue(vote.validator, voteKey(vote))) votes.push(vote);
      }
    }
  }
  const proposals = rounds.flatMap((round) => {
    const proposal = round < status.round ? undefined : proposalAt(state, round);
    if (!proposal || roundOf(status, round)?.hasProposal) return [];
    return isDue(proposal.validator, proposalKey(proposal)) ? [proposal] : [];
  });
  return { votes, proposals };
}

/** The name of one proposal, whoever sends it. */
export function proposalKey({ height, round, validator, blockId }: Proposal): string {
  return `${height}/${round}/proposal/${validator}/${blockId}`;
}

/** The newest rounds and the one of the valid value: the only ones that still decide anything. */
function listedRounds(state: ConsensusState, height: number): number[] {
  const known = knownRounds(state, height);
  const newest = known.slice(-MAX_STATUS_ROUNDS + 1);
  const valid = state.current?.rounds.validRound ?? -1;
  return known.includes(valid) && !newest.includes(valid) ? [valid, ...newest] : newest;
}

function previousOf(state: ConsensusState): Status['previous'] {
  const { previous } = state;
  if (!previous) return undefined;
  const { height, round } = previous;
  const precommits = voteBits(state, { height, round, kind: 'precommit' });
  return precommits && { round, precommits };
}

/** A peer that is still at the height before: what decided it. */
function precommitsForLatePeer(state: ConsensusState, status: Status): Vote[] {
  const { previous } = state;
  if (!previous) return [];
  const { height, round, blockId, validators } = previous;
  const of = roundOf(status, round);
  const votes = votesForBlock(state, { height, round, kind: 'precommit' }, blockId);
  return [...votes.filter(lackedIn(of, 'precommit', validators)), ...hiddenFrom(of, 'precommit', validators, votes)];
}

function lackedVotes(
  state: ConsensusState,
  status: Status,
  { round, kind }: { readonly round: number; readonly kind: VoteKind },
): Vote[] {
  const validators = state.current?.validators;
  if (!validators) return [];
  const id = { height: status.height, round, kind };
  const of = roundOf(status, round);
  const lacked = votesMissingIn(state, id, bitsOf(of, kind));
  const majority = of?.hasMajority[kind] ? undefined : quorumBlockOf(state, id);
  if (majority === undefined) return lacked;
  return [...lacked, ...hiddenFrom(of, kind, validators, votesForBlock(state, id, majority))];
}

/** The votes of a majority, if a peer has a vote of each of these senders and sees none: equivocators told it another. */
function hiddenFrom(
  of: RoundBits | undefined,
  kind: VoteKind,
  validators: ValidatorSet,
  majority: readonly Vote[],
): readonly Vote[] {
  const isVisible = of?.hasMajority[kind] || majority.some(lackedIn(of, kind, validators));
  return isVisible ? [] : majority;
}

function lackedIn(of: RoundBits | undefined, kind: VoteKind, { indexByAddress }: ValidatorSet) {
  const bits = bitsOf(of, kind);
  return ({ validator }: Vote): boolean => !hasBit(bits, indexByAddress.get(validator) ?? 0);
}

function bitsOf(of: RoundBits | undefined, kind: VoteKind): Uint8Array {
  return (kind === 'prevote' ? of?.prevotes : of?.precommits) ?? EMPTY_BYTES;
}
