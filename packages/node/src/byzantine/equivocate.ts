import { type Hash, type Header, hashHeader, type Proposal, type Vote } from '@heddle/primitives';
import { type BlockOutline, decodeOutline, encodeOutline, encodePeerMessage } from '../consensus/messages.ts';
import { decodePieceRequest, encodePieceRequest } from '../consensus/requests.ts';
import { extraDataOf, timestampMsOf } from '../execution/child-header.ts';
import type { Behaviour, ByzantineContext } from './behaviour.ts';

/** Other versions of own blocks that are remembered. */
const MAX_VERSIONS = 64;

/**
 * Signs twice: of its peers one third gets what it should, one third the contrary (another block of its own, a vote for
 * nothing instead of one for a block, and for its own block one for the other version), and one third both.
 */
export function equivocate({ network, self, sign }: ByzantineContext): Behaviour {
  const versions = new Versions();
  const isContrary = (peerId: string) => partOf(network.peers(), peerId) !== 0;
  const isHonest = (peerId: string) => partOf(network.peers(), peerId) !== 1;

  const otherProposal = (proposal: Proposal, outline: BlockOutline | undefined): Uint8Array | undefined => {
    if (!outline || proposal.polRound >= 0) return undefined; // for an older block nobody would have a reason to vote
    const header = versions.other(proposal.blockId, outline.header);
    const { height, round, polRound } = proposal;
    const other = { height, round, polRound, blockId: hashHeader(header) };
    const signature = sign({ type: 'proposal', proposal: other });
    const signed = { ...other, validator: self, signature };
    return encodePeerMessage({ type: 'proposal', proposal: signed, outline: { ...outline, header } });
  };
  const otherVote = ({ kind, height, round, blockId }: Vote): Uint8Array | undefined => {
    const other = { kind, height, round, blockId: blockId && versions.idOf(blockId) };
    if (other.blockId === blockId) return undefined; // nil stays nil: there is no block to vote for
    const signature = sign({ type: 'vote', vote: other });
    return encodePeerMessage({ type: 'vote', vote: { ...other, validator: self, signature } });
  };
  return {
    sendOwn({ peerId, message, bytes }) {
      const honest = isHonest(peerId) ? [bytes] : [];
      if (!isContrary(peerId) || message.type === 'status') return [bytes];
      const other =
        message.type === 'vote' ? otherVote(message.vote) : otherProposal(message.proposal, message.outline);
      return other ? [...honest, other] : [bytes];
    },
    /** The other version has the same transactions, and this node knows only the first. */
    async answer(request, honest) {
      const asked = request.kind === 'transactions' ? decodePieceRequest(request.payload) : undefined;
      const original = asked && versions.originalOf(asked.blockId);
      if (!asked || !original) return honest(request);
      const payload = encodePieceRequest({ ...asked, blockId: original.blockId });
      const reply = await honest({ ...request, payload });
      if (asked.type !== 'outline' || !reply) return reply;
      return encodeOutline({ ...decodeOutline(reply), header: original.other });
    },
  };
}

/** Which third a peer belongs to, by the order of their ids: with three peers one each. */
function partOf(peers: readonly { readonly peerId: string }[], peerId: string): number {
  const place = peers
    .map((peer) => peer.peerId)
    .sort()
    .indexOf(peerId);
  return Math.max(0, place) % 3;
}

interface Version {
  readonly blockId: Hash;
  readonly other: Header;
}

/** Own blocks with their other versions. */
class Versions {
  readonly #byOriginal = new Map<Hash, Hash>();
  readonly #byOther = new Map<Hash, Version>();

  /** The block of `header` a millisecond later, or earlier, in the same second: as valid as the first. */
  other(blockId: Hash, header: Header): Header {
    const ms = timestampMsOf(header);
    const otherMs = (ms + 1) % 1_000 === 0 ? ms - 1 : ms + 1;
    const other = { ...header, extraData: extraDataOf(otherMs) };
    const otherId = hashHeader(other);
    this.#byOriginal.set(blockId, otherId);
    this.#byOther.set(otherId, { blockId, other });
    for (const [oldest, oldestOther] of this.#byOriginal) {
      if (this.#byOriginal.size <= MAX_VERSIONS) break;
      this.#byOriginal.delete(oldest);
      this.#byOther.delete(oldestOther);
    }
    return other;
  }

  /** The other version of an own block; undefined, which is nil, for everybody else's. */
  idOf(blockId: Hash): Hash | undefined {
    return this.#byOriginal.get(blockId);
  }

  originalOf(otherId: Hash): Version | undefined {
    return this.#byOther.get(otherId);
  }
}
