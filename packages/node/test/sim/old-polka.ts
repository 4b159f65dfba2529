import { decodeValidatorSet, proposerOf } from '@heddle/consensus';
import type { Hash, Proposal, VoteKind } from '@heddle/primitives';
import { type BlockOutline, decodePeerMessage } from '../../src/consensus/messages.ts';
import type { SimNode, World } from './sim-node.ts';

/** Rounds that the attack takes, from that of the old polka to that of the second proposal. */
const ROUNDS = 3;
/** The next height but one: nobody has begun it. */
const HEIGHTS_AHEAD = 2;

/**
 * The attack that line 29 is for. In one round nearly everybody prevotes v, but nobody sees the polka before the round
 * is over. In the next all lock w, and nobody sees enough precommits to decide. In the third a byzantine proposer comes
 * with v and its true, older polka: whoever holds a lock on w must refuse it.
 *
 * The byzantine vote nil in both rounds; what else is not seen is late or lost, as on a bad network.
 */
export class OldPolka {
  readonly #world: World;
  readonly #nodes: readonly SimNode[];
  readonly #attacker: SimNode;
  readonly #height: number;
  /** Of the old polka; undefined until the height begins. */
  #polkaRound: number | undefined;
  #old: { readonly proposal: Proposal; readonly outline: BlockOutline } | undefined;
  #isDone = false;

  constructor(world: World, nodes: readonly SimNode[], attacker: SimNode, head: number) {
    this.#world = world;
    this.#nodes = nodes;
    this.#attacker = attacker;
    this.#height = head + HEIGHTS_AHEAD;
  }

  /** The second proposal is out, or there is no occasion for it any more. */
  get isOver(): boolean {
    return this.#isDone;
  }

  /** Whether a message never gets to `to`, or not yet: whoever sent it tries again. */
  loses(from: number, to: number, message: Uint8Array): boolean {
    const [sender, receiver] = [this.#nodes[from], this.#nodes[to]];
    if (this.#isDone || !sender || !receiver) return false;
    const polkaRound = this.#begun(sender);
    if (polkaRound === undefined) return false;
    this.#proposeOnce(sender, polkaRound + ROUNDS - 1);
    if (message[0] === 1) return false;
    const decoded = decodePeerMessage(message);
    if (decoded.type === 'proposal') return this.#losesProposal(decoded.proposal, decoded.outline, polkaRound);
    if (decoded.type === 'status' || decoded.vote.height !== this.#height) return false;
    const { kind, round, blockId } = decoded.vote;
    if (blockId === undefined || !sender.isHonest) return false;
    const isLate = (receiver.driver?.status().round ?? -1) <= polkaRound;
    const isKept = (kind === 'prevote' && round === polkaRound && isLate) || isLock(kind, round, polkaRound);
    return isKept && !this.#mayHear(from, to);
  }

  /** What a byzantine node votes instead: nil, where its vote would show the polka or the decision. */
  votesNil(kind: VoteKind, height: number, round: number): boolean {
    const polkaRound = this.#polkaRound;
    if (this.#isDone || polkaRound === undefined || height !== this.#height) return false;
    return (kind === 'prevote' && round === polkaRound) || isLock(kind, round, polkaRound);
  }

  /** The first round in which the attacker proposes and that has two before it, less these two. */
  #begun(sender: SimNode): number | undefined {
    if (this.#polkaRound !== undefined || sender.head !== this.#height - 1) return this.#polkaRound;
    const validators = decodeValidatorSet(sender.store.head.nextValidators);
    let round = ROUNDS - 1;
    while (proposerOf(validators, round) !== this.#attacker.validator) round++;
    this.#polkaRound = round - (ROUNDS - 1);
    this.#world.log?.(undefined, `old polka at ${this.#height}/${this.#polkaRound}, node ${this.#attacker.index}`);
    return this.#polkaRound;
  }

  #losesProposal(proposal: Proposal, outline: BlockOutline | undefined, polkaRound: number): boolean {
    if (proposal.height !== this.#height) return false;
    if (proposal.round === polkaRound && outline) this.#old ??= { proposal, outline };
    return proposal.round < polkaRound; // these rounds only have to pass
  }

  #proposeOnce(sender: SimNode, round: number): void {
    if (sender.head >= this.#height) this.#isDone = true;
    const status = sender.driver?.status();
    if (!this.#old || this.#isDone || status?.height !== this.#height || (status.round ?? -1) < round) return;
    this.#isDone = true;
    const { proposal, outline } = this.#old;
    const { height, blockId } = proposal;
    const again = { height, round, polRound: round - (ROUNDS - 1), blockId: blockId as Hash };
    const message = this.#attacker.byzantine?.propose(again, outline);
    if (!message) return;
    const { invariants, log } = this.#world;
    const place = `${height}/${proposal.round} again in round ${round}`;
    log?.(undefined, `the old polka at ${place}, locks on another: ${invariants.lockedElsewhere(height, blockId)}`);
    for (const { index } of this.#nodes) {
      if (index !== this.#attacker.index) this.#world.network.inject(this.#attacker.index, index, message);
    }
  }

  /** With the nil of the byzantine these are a quorum of any votes, and one or more short of a quorum for one block. */
  #mayHear(from: number, to: number): boolean {
    const count = this.#nodes.length;
    const byzantine = this.#nodes.filter(({ isHonest }) => !isHonest).length;
    const others = Math.floor((count * 2) / 3) + 1 - byzantine - 1;
    const honest = this.#nodes.filter(({ isHonest, index }) => isHonest && index !== to).map(({ index }) => index);
    const near = honest.sort((left, right) => ((left - to + count) % count) - ((right - to + count) % count));
    return near.slice(0, others).includes(from);
  }
}

function isLock(kind: VoteKind, round: number, polkaRound: number): boolean {
  return kind === 'precommit' && round === polkaRound + 1;
}
