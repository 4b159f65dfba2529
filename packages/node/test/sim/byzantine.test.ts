import {
  decodeCommitCertificate,
  encodeCommitCertificate,
  type Hash,
  type UnsignedVote,
  type Vote,
} from '@heddle/primitives';
import { createRandom, testAccounts } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { decodePeerMessage, encodePeerMessage } from '../../src/consensus/messages.ts';
import { decodeRangeAnswer, encodeRangeAnswer, encodeRangeRequest } from '../../src/consensus/requests.ts';
import { Byzantine, type Misdeed } from './byzantine.ts';
import { modelAuthenticity } from './model-signatures.ts';
import { scenarioOf } from './scenario.ts';
import { simulate } from './simulation.ts';

// What a byzantine node of the simulator sends, so that an attack that has become harmless is noticed.

const KEYS = testAccounts(4, 'validator');
const [OWN] = KEYS as [(typeof KEYS)[number]];
const BLOCK: Hash = `0x${'b1'.repeat(32)}`;
const authenticity = modelAuthenticity(new Map(KEYS.map(({ address, privateKey }) => [address, privateKey])));

function byzantine(misdeed: Misdeed): Byzantine {
  const others = KEYS.slice(1).map(({ address }) => address);
  return new Byzantine([misdeed], OWN, { authenticity, random: createRandom('byzantine'), others });
}

function voteBy({ address, privateKey }: (typeof KEYS)[number], vote: UnsignedVote): Vote {
  const signature = authenticity.sign(authenticity.digest({ type: 'vote', vote }), privateKey);
  return { ...vote, validator: address, signature };
}

function votesTo(node: number, of: Byzantine, vote: Vote): Vote[] {
  return of.outgoing(node, encodePeerMessage({ type: 'vote', vote })).map((bytes) => {
    const message = decodePeerMessage(bytes);
    if (message.type !== 'vote') throw new TypeError(`a ${message.type}`);
    return message.vote;
  });
}

const PREVOTE: UnsignedVote = { kind: 'prevote', height: 3, round: 1, blockId: BLOCK };

describe('a byzantine node', () => {
  it('that forges sends its own vote and one in the name of another, signed with its own key', () => {
    const [own, forged, ...more] = votesTo(2, byzantine('forge'), voteBy(OWN, PREVOTE));
    expect(more).toEqual([]);
    expect(own).toEqual(voteBy(OWN, PREVOTE));
    expect(forged).toMatchObject(PREVOTE);
    expect(KEYS.slice(1).map(({ address }) => address)).toContain(forged?.validator);
    expect(own && authenticity.isVoteAuthentic(own)).toBe(true);
    expect(forged && authenticity.isVoteAuthentic(forged)).toBe(false);
  });

  it('that equivocates signs a second vote for the same place, and both are authentic', () => {
    const of = byzantine('equivocate');
    const said = [0, 1].flatMap((node) => votesTo(node, of, voteBy(OWN, PREVOTE)));
    expect(new Set(said.map(({ blockId }) => blockId))).toEqual(new Set([BLOCK, undefined]));
    expect(said.every((vote) => vote.validator === OWN.address && authenticity.isVoteAuthentic(vote))).toBe(true);
  });

  it('relays what others said as it is', () => {
    const [, other] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]];
    for (const misdeed of ['forge', 'equivocate', 'force nil', 'silent'] as const) {
      expect(votesTo(1, byzantine(misdeed), voteBy(other, PREVOTE))).toEqual([voteBy(other, PREVOTE)]);
    }
  });

  it('answers for blocks with certificates of which its own signature alone is right, now and then', () => {
    const precommit: UnsignedVote = { ...PREVOTE, kind: 'precommit' };
    const signatures = KEYS.map((key) => voteBy(key, precommit));
    const certificate = encodeCommitCertificate({ height: 3, round: 1, blockId: BLOCK, signatures });
    const payload = encodeRangeRequest({ from: 3, maxCount: 1, maxBytes: 1_000 });
    const answer = encodeRangeAnswer({ from: 3, maxCount: 1, maxBytes: 1_000 }, [
      { block: Uint8Array.of(1, 2), certificate },
    ]);
    const of = byzantine('silent');
    const answers = Array.from({ length: 30 }, () => of.answer({ kind: 'blocks', payload }, answer));
    const changed = answers.filter((bytes) => bytes !== answer);
    expect(changed.length).toBe(of.actCount);
    expect(changed.length).toBeGreaterThan(5);
    expect(changed.length).toBeLessThan(30);
    for (const bytes of changed) {
      const decoded = bytes && decodeRangeAnswer(bytes);
      const [served] = decoded?.type === 'blocks' ? decoded.blocks : [];
      expect(served?.block).toEqual(Uint8Array.of(1, 2));
      const forged = decodeCommitCertificate(served?.certificate ?? new Uint8Array(0));
      expect(forged.signatures.map(({ validator }) => validator)).toEqual(KEYS.map(({ address }) => address));
      const authentic = forged.signatures.filter((signed) => authenticity.isVoteAuthentic({ ...precommit, ...signed }));
      expect(authentic.map(({ validator }) => validator)).toEqual([OWN.address]);
    }
  });
});

describe('the attack with an older polka', () => {
  it('brings its block again, two rounds after a polka that nobody saw, while others are locked on another', async () => {
    const names = Array.from({ length: 60 }, (_, index) => ({ seed: `polka.${index}`, validators: 4, heights: 16 }));
    const attacked = names.filter((name) => scenarioOf(name).nodes.some(({ misdeeds }) => misdeeds[0] === 'old polka'));
    expect(attacked.length).toBeGreaterThan(2);
    const lines: string[] = [];
    for (const name of attacked.slice(0, 3)) {
      const { breach } = await simulate(name, (line) => lines.push(line));
      expect(breach).toBeUndefined(); // whoever is locked has refused it
    }
    const text = lines.join('\n');
    const begun = [...text.matchAll(/old polka at (\d+)\/(\d+), node \d/g)].map(([, height, round]) => [height, round]);
    const again = [...text.matchAll(/the old polka at (\d+)\/(\d+) again in round (\d+), locks on another: (\d)/g)];
    expect(begun.length).toBeGreaterThan(0);
    expect(again.length).toBeGreaterThan(0);
    for (const [, height, round, second] of again) {
      expect(begun).toContainEqual([height, round]);
      expect(Number(second)).toBe(Number(round) + 2);
    }
    expect(Math.max(...again.map((found) => Number(found[4])))).toBeGreaterThan(1);
  });
});
