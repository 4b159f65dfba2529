import type { NetworkRequest } from '@heddle/p2p';
import {
  type Address,
  decodeCommitCertificate,
  encodeCommitCertificate,
  type Hash,
  hashHeader,
  type Proposal,
  type UnsignedProposal,
  type UnsignedVote,
  type Vote,
  type VoteKind,
} from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { Authenticity } from '../../src/consensus/authenticity.ts';
import {
  type BlockOutline,
  decodePeerMessage,
  encodePeerMessage,
  type PeerMessage,
} from '../../src/consensus/messages.ts';
import { decodeRangeAnswer, decodeRangeRequest, encodeRangeAnswer } from '../../src/consensus/requests.ts';

/** What a byzantine validator does wrong. */
export type Misdeed =
  /** Tells half of the others something else. */
  | 'equivocate'
  /** Keeps its votes and proposals back, now and then or always. */
  | 'silent'
  /** Votes for whatever was proposed, lock or not, majority or not. */
  | 'amnesia'
  | 'force nil'
  /** Its key runs in two nodes, each honest by itself. */
  | 'twins'
  /** Answers requests for blocks and their pieces with something else, or not. */
  | 'lying server'
  /** Proposes blocks that are invalid. */
  | 'invalid blocks'
  /** Proposes with a valid round in which there was no majority. */
  | 'false polka'
  /** Sends votes in the name of others. */
  | 'forge'
  /** Proposes a block with its true majority of an earlier round, after others have locked another. */
  | 'old polka';

/** Those that are drawn alone or two at a time; `old polka` takes all that are byzantine. */
export const MISDEEDS: readonly Misdeed[] = [
  'equivocate',
  'silent',
  'amnesia',
  'force nil',
  'twins',
  'lying server',
  'invalid blocks',
  'false polka',
  'forge',
];

/** A byzantine validator's own key, and nobody else's. */
export interface OwnKey {
  readonly address: Address;
  readonly privateKey: Uint8Array;
}

/** Changes what an otherwise honest node sends in its own name. */
export class Byzantine {
  readonly misdeeds: ReadonlySet<Misdeed>;
  /** Messages that were changed or kept back, and false answers. */
  actCount = 0;
  /** Votes that are nil instead, for as long as an attack needs it. */
  votesNil: ((kind: VoteKind, height: number, round: number) => boolean) | undefined;
  readonly #key: OwnKey;
  readonly #authenticity: Authenticity;
  readonly #random: Random;
  /** Whom it may pretend to be. */
  readonly #others: readonly Address[];
  readonly #proposed = new Map<string, Hash>();
  #last: { readonly message: Uint8Array; readonly plan: Plan } | undefined;

  constructor(
    misdeeds: readonly Misdeed[],
    key: OwnKey,
    world: { readonly authenticity: Authenticity; readonly random: Random; readonly others: readonly Address[] },
  ) {
    const { authenticity, random, others } = world;
    this.#others = others;
    this.misdeeds = new Set(misdeeds);
    this.#key = key;
    this.#authenticity = authenticity;
    this.#random = random;
  }

  /** What really goes to node `to`. */
  outgoing(to: number, message: Uint8Array): readonly Uint8Array[] {
    if (message[0] === 1) return [message];
    if (this.#last?.message !== message) this.#last = this.#planFor(message);
    const { plan } = this.#last;
    if (plan === 'as it is') return [message];
    if (plan === 'nothing') return [];
    return to % 2 === 0 ? plan.even : plan.odd;
  }

  /** A proposal has come, so that amnesia knows what to vote for. */
  saw(message: Uint8Array): void {
    if (message[0] !== 3 || !this.misdeeds.has('amnesia')) return;
    const decoded = decodePeerMessage(message);
    if (decoded.type !== 'proposal') return;
    const { height, round, blockId } = decoded.proposal;
    this.#proposed.set(`${height}/${round}`, blockId);
  }

  /** What is answered instead of `answer`. */
  answer(request: NetworkRequest, answer: Uint8Array | undefined): Uint8Array | undefined {
    // Whatever else it does wrong: nodes that lag are few, and ask few others.
    if (answer && request.kind === 'blocks' && this.#random.chance(0.6)) {
      this.actCount++;
      return this.#withForgedCertificate(request, answer);
    }
    if (!this.misdeeds.has('lying server') || !answer || this.#random.chance(0.2)) return answer;
    this.actCount++;
    if (this.#random.chance(0.3)) return undefined;
    if (this.#random.chance(0.3)) return this.#random.bytes(this.#random.int(0, 40));
    const changed = Uint8Array.from(answer);
    // The end of an answer of blocks is the last signature of a certificate.
    const from = this.#random.chance(0.5) ? Math.max(0, changed.length - 60) : 0;
    const offset = this.#random.int(from, changed.length - 1);
    changed[offset] = (changed[offset] ?? 0) ^ (1 << this.#random.int(0, 7));
    return changed;
  }

  /** The block of others with a certificate that only it has signed. */
  #withForgedCertificate({ payload }: NetworkRequest, answer: Uint8Array): Uint8Array {
    const decoded = decodeRangeAnswer(answer);
    if (decoded.type !== 'blocks') return answer;
    const blocks = decoded.blocks.map((decided) => {
      const certificate = decodeCommitCertificate(decided.certificate);
      const signatures = certificate.signatures.map((signed) =>
        signed.validator === this.#key.address ? signed : { ...signed, signature: this.#random.bytes(65) },
      );
      return { ...decided, certificate: encodeCommitCertificate({ ...certificate, signatures }) };
    });
    return encodeRangeAnswer(decodeRangeRequest(payload), blocks);
  }

  /** A proposal in its own name. */
  propose(proposal: UnsignedProposal, outline: BlockOutline): Uint8Array {
    this.actCount++;
    return this.#signedProposal(proposal, outline);
  }

  #planFor(message: Uint8Array): { message: Uint8Array; plan: Plan } {
    const decoded = decodePeerMessage(message);
    const plan = decoded.type === 'vote' ? this.#planVote(decoded.vote) : this.#planProposal(decoded);
    if (plan !== 'as it is') this.actCount++;
    return { message, plan };
  }

  #planVote(vote: Vote): Plan {
    if (vote.validator !== this.#key.address) return 'as it is';
    const { misdeeds } = this;
    if (this.votesNil?.(vote.kind, vote.height, vote.round)) return always(this.#vote(vote, undefined));
    if (misdeeds.has('silent') && this.#random.chance(0.7)) return 'nothing';
    if (misdeeds.has('force nil')) return vote.blockId === undefined ? 'as it is' : always(this.#vote(vote, undefined));
    if (misdeeds.has('amnesia') && vote.blockId === undefined) {
      const proposed = this.#proposed.get(`${vote.height}/${vote.round}`);
      if (proposed) return always(this.#vote(vote, proposed));
    }
    if (misdeeds.has('forge')) return always(this.#vote(vote, vote.blockId), this.#forged(vote));
    if (!misdeeds.has('equivocate')) return 'as it is';
    const other = vote.blockId === undefined ? this.#proposed.get(`${vote.height}/${vote.round}`) : undefined;
    const [one, two] = [this.#vote(vote, vote.blockId), this.#vote(vote, other)];
    return this.#random.chance(0.5) ? { even: [one], odd: [two] } : { even: [one, two], odd: [two, one] };
  }

  #planProposal(decoded: PeerMessage): Plan {
    if (decoded.type !== 'proposal' || decoded.proposal.validator !== this.#key.address) return 'as it is';
    const { proposal, outline } = decoded;
    this.#proposed.set(`${proposal.height}/${proposal.round}`, proposal.blockId);
    if (this.misdeeds.has('silent') && this.#random.chance(0.7)) return 'nothing';
    if (!outline) return 'as it is';
    if (this.misdeeds.has('false polka') && proposal.round > 0) {
      const polRound = this.#random.int(0, proposal.round - 1);
      return always(this.#proposal({ ...proposal, polRound }, outline));
    }
    if (!this.misdeeds.has('equivocate')) return 'as it is';
    const header = { ...outline.header, mixHash: `0x${'ab'.repeat(32)}` as const };
    const other = { ...proposal, blockId: hashHeader(header) };
    return { even: [this.#proposal(proposal, outline)], odd: [this.#proposal(other, { ...outline, header })] };
  }

  #vote({ kind, height, round }: Vote, blockId: Hash | undefined): Uint8Array {
    const vote: UnsignedVote = { kind, height, round, blockId };
    return encodePeerMessage({ type: 'vote', vote: { ...vote, ...this.#sign({ type: 'vote', vote }) } });
  }

  /** A vote of somebody else for what this node wants, signed with its own key. */
  #forged({ kind, height, round, blockId }: Vote): Uint8Array {
    const vote: UnsignedVote = { kind, height, round, blockId };
    const { signature } = this.#sign({ type: 'vote', vote });
    return encodePeerMessage({
      type: 'vote',
      vote: { ...vote, validator: this.#random.pick(this.#others), signature },
    });
  }

  #proposal({ height, round, polRound, blockId }: Proposal, outline: BlockOutline): Uint8Array {
    return this.#signedProposal({ height, round, polRound, blockId }, outline);
  }

  #signedProposal(proposal: UnsignedProposal, outline: BlockOutline): Uint8Array {
    const signed = { ...proposal, ...this.#sign({ type: 'proposal', proposal }) };
    return encodePeerMessage({ type: 'proposal', proposal: signed, outline });
  }

  #sign(request: Parameters<Authenticity['digest']>[0]): { validator: Address; signature: Uint8Array } {
    const signature = this.#authenticity.sign(this.#authenticity.digest(request), this.#key.privateKey);
    return { validator: this.#key.address, signature };
  }
}

type Plan = 'as it is' | 'nothing' | { readonly even: readonly Uint8Array[]; readonly odd: readonly Uint8Array[] };

function always(...messages: readonly Uint8Array[]): Plan {
  return { even: messages, odd: messages };
}
