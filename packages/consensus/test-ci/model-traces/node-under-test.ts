import type { Hash } from '@heddle/primitives';
import { applyInput, createConsensus } from '../../src/consensus.ts';
import type { ConsensusState, HeightState } from '../../src/consensus-state.ts';
import type { OwnMessage } from '../../src/effects.ts';
import type { Input } from '../../src/inputs.ts';
import type { ValidatorSet } from '../../src/validator-set.ts';
import { addressOf, blockOf, FIRST_HEIGHT, isCounted, nameOf, proposalOf, timeoutKindOf, voteOf } from './adapter.ts';
import type { ModelDriver, ModelDriverInput, ModelNode, ModelProposal, ModelVote } from './model.ts';

/** Our whole core in the place of a node of the model's network. */
export interface NodeUnderTest {
  readonly current: () => HeightState;
  /** What it decided, by the model's heights. */
  readonly decisions: ReadonlyMap<number, string>;
  /** What it asked to sign at this height, in order: `prevote 0 A`, `propose 1 A 0`. */
  readonly signed: readonly string[];
  /** The timers that it asked for at this height, each once: `timeout 0 precommit`. */
  readonly timers: ReadonlySet<string>;
  readonly enterHeight: (height: number) => void;
  /** Does what the model's node did: it begins the height, or takes one message, timeout or value. */
  readonly act: (before: ModelNode, after: ModelNode, input: ModelDriverInput) => void;
}

/** A node at the model's height 0. `votes`: those that the model counts, or all of them. */
export function createNode(name: string, validators: ValidatorSet, votes: 'counted' | 'all'): NodeUnderTest {
  let state: ConsensusState = createConsensus();
  const decisions = new Map<number, string>();
  const signed: string[] = [];
  const timers = new Set<string>();
  const known = new Set<Hash>();
  const wanted = new Set<Hash>();
  const current = (): HeightState => {
    if (!state.current) throw new TypeError('no height yet');
    return state.current;
  };

  function give(input: Input): void {
    const { state: next, effects } = applyInput(state, input);
    state = next;
    for (const effect of effects) {
      if (effect.type === 'signAndBroadcast') signed.push(wordsOfOwn(effect.message));
      else if (effect.type === 'scheduleTimeout') timers.add(`timeout ${effect.timeout.round} ${effect.timeout.kind}`);
      else if (effect.type === 'commitBlock') decisions.set(effect.height - FIRST_HEIGHT, nameOf(effect.blockId));
      else if (effect.type === 'validate') answer(effect.blockId);
      else if (effect.type === 'needBlock') {
        // The model has a value only with its proposal.
        if (known.has(effect.blockId)) answer(effect.blockId);
        else wanted.add(effect.blockId);
      }
    }
  }

  function answer(blockId: Hash): void {
    const verdict = nameOf(blockId) === 'invalid' ? 'invalid' : 'valid';
    give({ type: 'blockValidity', height: current().height, blockId, verdict });
  }

  function learn({ proposal }: ModelProposal): void {
    const blockId = blockOf(proposal);
    known.add(blockId);
    if (wanted.delete(blockId)) answer(blockId);
  }

  function giveVote(vote: ModelVote, counted: ModelDriver['bk']): void {
    const round = counted.rounds.get(vote.round);
    const isNew = isCounted(vote, vote.voteType.tag === 'Prevote' ? round?.prevotes : round?.precommits);
    if (isNew || votes === 'all') give({ type: 'vote', vote: voteOf(vote) });
  }

  function enterHeight(height: number): void {
    for (const set of [known, wanted, timers]) set.clear();
    signed.length = 0;
    give({ type: 'height', height: height + FIRST_HEIGHT, validators, self: addressOf(name) });
  }

  /** The model counts what came early before it begins; proposals it knows, and handles one after the other later. */
  function start(before: ModelNode, after: ModelNode): void {
    const { height } = before.es.cs;
    for (const vote of before.incomingVotes.filter(isGoneFrom(after.incomingVotes))) giveVote(vote, before.es.bk);
    const certificates = before.incomingCertificates.filter(isGoneFrom(after.incomingCertificates));
    for (const vote of certificates.flat()) give({ type: 'vote', vote: voteOf(vote) });
    for (const proposal of before.incomingProposals) if (proposal.height === height) learn(proposal);
    give({ type: 'start', height: height + FIRST_HEIGHT });
  }

  function act(before: ModelNode, after: ModelNode, input: ModelDriverInput): void {
    const { round } = before.es.cs;
    const height = before.es.cs.height + FIRST_HEIGHT;
    if (!before.es.started && after.es.started) {
      start(before, after);
      return;
    }
    switch (input.tag) {
      case 'ProposalDInput':
        give({ type: 'proposal', proposal: proposalOf(input.value), timely: true });
        learn(input.value);
        break;
      case 'VoteDInput':
        giveVote(input.value, before.es.bk);
        break;
      case 'CertificateDInput': // its votes count on both sides, whatever their senders said before
        for (const vote of input.value) give({ type: 'vote', vote: voteOf(vote) });
        break;
      case 'TimeoutDInput':
        give({ type: 'timeout', timeout: { kind: timeoutKindOf(input.value.tag), height, round } });
        break;
      case 'ProposeValueDInput':
        known.add(blockOf(input.value));
        give({ type: 'blockBuilt', height, round, blockId: blockOf(input.value) });
        break;
      default:
        break; // what the model had left for later; ours has done it
    }
  }

  enterHeight(0);
  return { current, decisions, signed, timers, enterHeight, act };
}

function isGoneFrom<T>(rest: readonly T[]): (item: T) => boolean {
  const kept = new Set(rest.map((item) => JSON.stringify(item)));
  return (item) => !kept.has(JSON.stringify(item));
}

function wordsOfOwn(message: OwnMessage): string {
  if (message.type === 'vote') {
    const { kind, round, blockId } = message.vote;
    return `${kind} ${round} ${nameOf(blockId)}`;
  }
  const { round, blockId, polRound } = message.proposal;
  return `propose ${round} ${nameOf(blockId)} ${polRound}`;
}
