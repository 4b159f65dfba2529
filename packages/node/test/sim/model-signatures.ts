import { type Address, equalBytes, type Vote } from '@heddle/primitives';
import type { Authenticity } from '../../src/consensus/authenticity.ts';

/**
 * Signatures that cost a microsecond: a keyed hash, checked by a table of all keys that only the model holds. Nobody
 * signs for another as long as nodes are given no key but their own.
 */
export function modelAuthenticity(keys: ReadonlyMap<Address, Uint8Array>): Authenticity {
  const isBy = (validator: Address, digest: Uint8Array, signature: Uint8Array): boolean => {
    const key = keys.get(validator);
    return key !== undefined && equalBytes(sealOf(digest, key), signature);
  };
  /** Nodes of one process are given the very same votes. */
  const judged = new WeakMap<Vote, boolean>();
  const isVoteAuthentic = (vote: Vote): boolean => {
    const known = judged.get(vote);
    if (known !== undefined) return known;
    const verdict = isBy(vote.validator, digestOf(vote.kind, vote), vote.signature);
    judged.set(vote, verdict);
    return verdict;
  };
  return {
    digest: (request) =>
      request.type === 'vote'
        ? digestOf(request.vote.kind, request.vote)
        : digestOf(`proposal ${request.proposal.polRound}`, request.proposal),
    sign: (digest, key) => Uint8Array.from(sealOf(digest, key)),
    isVoteAuthentic,
    isProposalAuthentic: (proposal) =>
      isBy(proposal.validator, digestOf(`proposal ${proposal.polRound}`, proposal), proposal.signature),
  };
}

function digestOf(
  kind: string,
  { height, round, blockId }: { height: number; round: number; blockId: string | undefined },
): Uint8Array {
  const text = `${kind} ${height} ${round} ${blockId}`;
  let [high, low] = [0x9e37_79b9, 0x85eb_ca6b];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x9e37_79b1);
    low = Math.imul(low ^ code, 0x5f35_6495);
    high ^= low >>> 15;
    low ^= high >>> 13;
  }
  const digest = new Uint8Array(32);
  writeWords(digest, high, low);
  digest[31] = 1; // no message is all zeros
  return digest;
}

/** Of the last call: whoever keeps a signature copies it. */
const seal = new Uint8Array(65).fill(27, 64);

function sealOf(digest: Uint8Array, key: Uint8Array): Uint8Array {
  let [high, low] = [0x1234_5678, 0x1b87_3593];
  for (let index = 0; index < 32; index++) {
    high = Math.imul(high ^ (digest[index] ?? 0), 0x9e37_79b1) ^ (low >>> 11);
    low = Math.imul(low ^ (key[index] ?? 0), 0x5f35_6495) ^ (high >>> 17);
  }
  writeWords(seal, high, low);
  return seal;
}

/** Byte by byte: a view of the same memory would move a short array out of the heap. */
function writeWords(bytes: Uint8Array, high: number, low: number): void {
  for (let place = 0; place < 4; place++) {
    bytes[place] = high >>> (24 - 8 * place);
    bytes[4 + place] = low >>> (24 - 8 * place);
  }
}
