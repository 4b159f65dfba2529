import { type Address, equalBytes, type Vote } from '@heddle/primitives';
import type { Authenticity } from '../../src/consensus/authenticity.ts';

/**
 * Signatures that cost a microsecond: a keyed hash, checked by a table of all keys that only the model holds. Nobody
 * signs for another as long as nodes are given no key but their own.
 */
export function modelAuthenticity(keys: ReadonlyMap<Address, Uint8Array>): Authenticity {
  const isBy = (validator: Address, digest: Uint8Array, signature: Uint8Array): boolean => {
    const key = keys.get(validator);
    return key !== undefined && equalBytes(signDigest(digest, key), signature);
  };
  /** Nodes of one process are given the very same votes. */
  const judged = new WeakMap<Vote, boolean>();
  const isVoteAuthentic = (vote: Vote): boolean => {
    const verdict = judged.get(vote) ?? isBy(vote.validator, digestOf(vote.kind, vote), vote.signature);
    judged.set(vote, verdict);
    return verdict;
  };
  return {
    digest: (request) =>
      request.type === 'vote'
        ? digestOf(request.vote.kind, request.vote)
        : digestOf(`proposal ${request.proposal.polRound}`, request.proposal),
    sign: signDigest,
    isVoteAuthentic,
    isProposalAuthentic: (proposal) =>
      isBy(proposal.validator, digestOf(`proposal ${proposal.polRound}`, proposal), proposal.signature),
  };
}

function digestOf(
  kind: string,
  { height, round, blockId }: { height: number; round: number; blockId: string | undefined },
): Uint8Array {
  const digest = new Uint8Array(32);
  const words = new Uint32Array(digest.buffer, 0, 2);
  const text = `${kind} ${height} ${round} ${blockId}`;
  let [high, low] = [0x9e37_79b9, 0x85eb_ca6b];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x9e37_79b1);
    low = Math.imul(low ^ code, 0x5f35_6495);
    high ^= low >>> 15;
    low ^= high >>> 13;
  }
  words[0] = high;
  words[1] = low;
  digest[31] = 1; // no message is all zeros
  return digest;
}

function signDigest(digest: Uint8Array, key: Uint8Array): Uint8Array {
  const signature = new Uint8Array(65);
  let [high, low] = [0x1234_5678, 0x1b87_3593];
  for (let index = 0; index < 32; index++) {
    high = Math.imul(high ^ (digest[index] ?? 0), 0x9e37_79b1) ^ (low >>> 11);
    low = Math.imul(low ^ (key[index] ?? 0), 0x5f35_6495) ^ (high >>> 17);
  }
  new DataView(signature.buffer).setUint32(0, high >>> 0);
  new DataView(signature.buffer).setUint32(4, low >>> 0);
  signature[64] = 27;
  return signature;
}
