import {
  type Address,
  type CommitCertificate,
  concatBytes,
  decodeCommitCertificate,
  equalBytes,
  type Hash,
  hexToBytes,
  type Proposal,
  type Vote,
} from '@heddle/primitives';
import type { Authenticity } from '../../src/consensus/authenticity.ts';
import { decodePeerMessage } from '../../src/consensus/messages.ts';

/** What must always hold of honest nodes. */
export type Rule =
  | 'agreement'
  | 'certificate'
  | 'no two signatures'
  | 'nothing committed is lost'
  | 'locks are respected'
  | 'valid values are kept'
  | 'a second proposal needs its polka'
  | 'rounds are skipped'
  | 'nobody asks for a second signature'
  | 'a restarted node keeps its vote'
  | 'precommitted blocks are on the disk'
  | 'honest messages are well-formed'
  | 'honest nodes do not fail'
  | 'liveness';

/** The first broken rule of a simulation. */
export interface Breach {
  readonly rule: Rule;
  readonly what: string;
}

/** A node as the invariants see it. */
export interface Observed {
  readonly index: number;
  readonly validator: Address | undefined;
  readonly isHonest: boolean;
  /** Whether the disk's synced part of the log, or the store, holds the block whatever happens now. */
  holdsForCertain(height: number, blockId: Hash, needle: Uint8Array): boolean;
}

/** A block in a round. */
interface Lock {
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
}

/** A status of this size may list more than one round. */
const LONG_STATUS_BYTES = 24;

/** Watches what leaves the nodes and what they decide. */
export class Invariants {
  /** What was broken first; the simulation ends with it. */
  breach: Breach | undefined;
  readonly #authenticity: Authenticity;
  readonly #nodes: readonly Observed[];
  readonly #validators: ReadonlySet<Address>;
  readonly #quorum: number;
  /** The one decision of each height, with who has told of it. */
  readonly decided = new Map<number, { readonly blockId: Hash; readonly round: number }>();
  /** The highest height that a node has published. */
  readonly #published: number[] = [];
  /** What each honest node has said at each place. */
  readonly #said: (Map<string, string> | undefined)[] = [];
  /** Prevotes of honest nodes that nobody has seen, by place: a node that dies before it sends one counts it when it is back. */
  readonly #unseen: (Map<string, string> | undefined)[] = [];
  readonly #locks: (Lock | undefined)[] = [];
  /** Who has prevoted what: `height/round/block`. */
  readonly #prevotes = new Map<string, Set<Address>>();
  /** With which polRounds a block was proposed: `height/round/block`. */
  readonly #polRounds = new Map<string, Set<number>>();
  readonly #lastSent: (Uint8Array | undefined)[] = [];
  readonly #lastStatus: (Uint8Array | undefined)[] = [];

  constructor(nodes: readonly Observed[], validators: readonly Address[], authenticity: Authenticity) {
    this.#nodes = nodes;
    this.#authenticity = authenticity;
    this.#validators = new Set(validators);
    this.#quorum = Math.floor((validators.length * 2) / 3) + 1;
  }

  break(rule: Rule, what: string): void {
    this.breach ??= { rule, what };
  }

  /** A message leaves a node. */
  sent(from: number, message: Uint8Array): void {
    const node = this.#nodes[from];
    if (!node || this.#lastSent[from] === message) return; // the same to another peer
    this.#lastSent[from] = message;
    if (message[0] === 1) {
      this.#stated(node, message);
      return;
    }
    const decoded = decodePeerMessage(message);
    if (decoded.type === 'status') return;
    if (decoded.type === 'proposal') {
      if (decoded.proposal.validator === node.validator) this.#proposed(node, decoded.proposal);
      return;
    }
    const { vote } = decoded;
    if (vote.validator !== node.validator) return;
    if (vote.kind === 'prevote' && vote.blockId !== undefined) this.#countPrevote(vote, vote.blockId);
    if (node.isHonest) this.#voted(node, vote);
  }

  /** A block is on a node's disk and published. */
  committed(index: number, height: number, blockId: Hash, certificate: Uint8Array | undefined): void {
    const node = this.#nodes[index];
    if (!node?.isHonest || !certificate) return;
    const { round } = this.#check(index, height, blockId, certificate);
    const before = this.decided.get(height);
    if (before && before.blockId !== blockId) {
      this.break('agreement', `node ${index} decided ${blockId} at ${height}, others ${before.blockId}`);
    }
    if (!before) this.decided.set(height, { blockId, round });
    this.#published[index] = Math.max(this.#published[index] ?? 0, height);
  }

  /** Honest nodes that are locked at this height, on another block. */
  lockedElsewhere(height: number, blockId: Hash): number {
    return this.#locks.filter((lock) => lock?.height === height && lock.blockId !== blockId).length;
  }

  /** A node has restarted over a store with this head. */
  restarted(index: number, head: number): void {
    const published = this.#published[index] ?? 0;
    if (head >= published || !this.#nodes[index]?.isHonest) return;
    this.break('nothing committed is lost', `node ${index} published ${published}, its disk has ${head}`);
  }

  #check(index: number, height: number, blockId: Hash, bytes: Uint8Array): CommitCertificate {
    const certificate = decodeCommitCertificate(bytes);
    const { round, signatures } = certificate;
    const fail = (what: string) => {
      this.break('certificate', `node ${index} took block ${height} with ${what}`);
    };
    if (certificate.height !== height || certificate.blockId !== blockId) fail('a certificate of another block');
    const signers = new Set<Address>();
    for (const { validator, signature } of signatures) {
      const vote: Vote = { kind: 'precommit', height, round, blockId, validator, signature };
      const isGood = this.#validators.has(validator) && this.#authenticity.isVoteAuthentic(vote);
      if (!isGood) fail(`a false signature of ${validator}`);
      signers.add(validator);
    }
    if (signers.size < this.#quorum) fail(`${signers.size} signers of ${this.#validators.size}`);
    return certificate;
  }

  /** L55: a status that shows messages of over a third for a later round comes from a node that should be there. */
  #stated(node: Observed, message: Uint8Array): void {
    if (!node.isHonest || message.length < LONG_STATUS_BYTES) return;
    const known = this.#lastStatus[node.index];
    if (known && equalBytes(known, message)) return;
    this.#lastStatus[node.index] = message;
    const decoded = decodePeerMessage(message);
    if (decoded.type !== 'status') return;
    const { height, round, rounds } = decoded.status;
    for (const later of rounds) {
      const senders = countBits(later.prevotes, later.precommits);
      if (later.round > round && senders * 3 > this.#validators.size) {
        this.break(
          'rounds are skipped',
          `node ${node.index} is at ${height}/${round} and has ${senders} voices of ${later.round}`,
        );
      }
    }
  }

  #proposed(node: Observed, { height, round, blockId, polRound }: Proposal): void {
    const place = `${height}/${round}/${blockId}`;
    const polRounds = this.#polRounds.get(place);
    if (polRounds) polRounds.add(polRound);
    else this.#polRounds.set(place, new Set([polRound]));
    if (!node.isHonest) return;
    this.#say(node, `${height}/${round}/proposal`, `${blockId} ${polRound}`);
    const lock = this.#locks[node.index];
    if (lock?.height === height && lock.round < round && polRound < lock.round) {
      this.break(
        'valid values are kept',
        `node ${node.index} precommitted at ${height}/${lock.round}, then proposed ${blockId} in ${round} with polRound ${polRound}`,
      );
    }
  }

  #voted(node: Observed, vote: Vote): void {
    const { height, round, kind, blockId } = vote;
    if (!this.#say(node, `${height}/${round}/${kind}`, `${blockId}`) || blockId === undefined) return;
    const lock = this.#locks[node.index];
    if (kind === 'prevote') this.#checkPolka(node, { height, round, blockId });
    if (kind === 'precommit') {
      if (!lock || lock.height < height || (lock.height === height && lock.round < round)) {
        this.#locks[node.index] = { height, round, blockId };
      }
      const needle = concatBytes(blockRecordHead(height), hexToBytes(blockId));
      if (!node.holdsForCertain(height, blockId, needle)) {
        this.break(
          'precommitted blocks are on the disk',
          `node ${node.index} precommitted ${blockId} at ${height}/${round}, a power cut would lose the block`,
        );
      }
    } else if (lock && lock.height === height && lock.round < round && lock.blockId !== blockId) {
      this.#checkUnlocked(node, lock, { height, round, blockId });
    }
  }

  /** L28: who prevotes a block that was proposed with an earlier round only has seen its polka there. */
  #checkPolka(node: Observed, { height, round, blockId }: Lock): void {
    const polRounds = this.#polRounds.get(`${height}/${round}/${blockId}`);
    if (!polRounds || polRounds.has(-1)) return;
    if ([...polRounds].some((polRound) => this.#hasPolka(node, { height, round: polRound, blockId }))) return;
    this.break(
      'a second proposal needs its polka',
      `node ${node.index} prevoted ${blockId} in ${height}/${round} without a polka in ${[...polRounds].join(' or ')}`,
    );
  }

  /** L29: whoever precommitted v in r prevotes another w later only by a polka for w in a round from r on. */
  #checkUnlocked(node: Observed, lock: Lock, { height, round, blockId }: Lock): void {
    for (let polRound = lock.round; polRound < round; polRound++) {
      if (this.#hasPolka(node, { height, round: polRound, blockId })) return;
    }
    this.break(
      'locks are respected',
      `node ${node.index} precommitted ${lock.blockId} at ${height}/${lock.round}, then prevoted ${blockId} in ${round}`,
    );
  }

  /**
   * Whether `node` may know of a quorum of prevotes for the block. One of its own that was not seen may be the last of them; it
   * is noted, and must not be contradicted.
   */
  #hasPolka(node: Observed, { height, round, blockId }: Lock): boolean {
    const count = this.#prevotes.get(`${height}/${round}/${blockId}`)?.size ?? 0;
    if (count >= this.#quorum) return true;
    const place = `${height}/${round}/prevote`;
    if (count + 1 < this.#quorum || this.#said[node.index]?.has(place)) return false;
    const own = this.#unseen[node.index] ?? new Map<string, string>();
    this.#unseen[node.index] = own;
    if (!own.has(place)) own.set(place, blockId);
    return own.get(place) === blockId;
  }

  /** False: said before. */
  #say(node: Observed, place: string, what: string): boolean {
    const said = this.#said[node.index] ?? new Map<string, string>();
    this.#said[node.index] = said;
    const before = said.get(place) ?? this.#unseen[node.index]?.get(place);
    if (before === what && said.has(place)) return false;
    if (before !== undefined && before !== what) {
      this.break('no two signatures', `node ${node.index} said ${before} at ${place}, then ${what}`);
    }
    said.set(place, what);
    return true;
  }

  #countPrevote({ height, round, validator }: Vote, blockId: Hash): void {
    const key = `${height}/${round}/${blockId}`;
    const voters = this.#prevotes.get(key);
    if (voters) voters.add(validator);
    else this.#prevotes.set(key, new Set([validator]));
  }
}

/** How the log's record of a block begins, after length and checksum. */
function blockRecordHead(height: number): Uint8Array {
  const head = Buffer.alloc(9);
  head[0] = 2;
  head.writeBigUInt64BE(BigInt(height), 1);
  return head;
}

function countBits(...arrays: readonly Uint8Array[]): number {
  let joined = 0; // at most 32 validators
  for (const bytes of arrays) for (const [index, byte] of bytes.entries()) joined |= byte << (8 * index);
  let count = 0;
  for (; joined !== 0; joined &= joined - 1) count++;
  return count;
}
