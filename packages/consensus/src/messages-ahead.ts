import type { Address } from '@heddle/primitives';
import { heightOfInput, type ProposalInput, type VoteInput } from './inputs.ts';
import { MAX_HEIGHTS_AHEAD, MAX_MESSAGES_AHEAD } from './limits.ts';
import type { ValidatorSet } from './validator-set.ts';
import { withEntry } from './with-entry.ts';

/** Messages of heights that have not begun, in the order in which they came; per height and sender. */
export type MessagesAhead = ReadonlyMap<number, ReadonlyMap<Address, readonly AheadInput[]>>;

/** What can come too early. */
export type AheadInput = ProposalInput | VoteInput;

/** Nothing ahead. */
export const NOTHING_AHEAD: MessagesAhead = new Map();

/**
 * Keeps a message of a coming height for later: of members of the present set only (a newcomer's come again by
 * retransmission), of at most {@link MAX_HEIGHTS_AHEAD} heights, {@link MAX_MESSAGES_AHEAD} of each, the first ones.
 */
export function keepAhead(
  ahead: MessagesAhead,
  input: AheadInput,
  now: { readonly height: number; readonly validators: ValidatorSet },
): MessagesAhead {
  const height = heightOfInput(input);
  const sender = input.type === 'vote' ? input.vote.validator : input.proposal.validator;
  if (height <= now.height || height > now.height + MAX_HEIGHTS_AHEAD) return ahead;
  if (!now.validators.indexByAddress.has(sender)) return ahead;
  const ofHeight = ahead.get(height) ?? new Map<Address, readonly AheadInput[]>();
  const ofSender = ofHeight.get(sender) ?? [];
  if (ofSender.length >= MAX_MESSAGES_AHEAD || ofSender.some((kept) => isSame(kept, input))) return ahead;
  return withEntry(ahead, height, withEntry(ofHeight, sender, [...ofSender, input]));
}

/** What was kept for `height`, and the rest without anything at or below it. */
export function takeAhead(
  ahead: MessagesAhead,
  height: number,
): { readonly inputs: readonly AheadInput[]; readonly rest: MessagesAhead } {
  const inputs = [...(ahead.get(height)?.values() ?? [])].flat();
  const rest = new Map([...ahead].filter(([kept]) => kept > height));
  return { inputs, rest };
}

function isSame(left: AheadInput, right: AheadInput): boolean {
  if (left.type === 'vote' && right.type === 'vote') {
    const [a, b] = [left.vote, right.vote];
    return a.kind === b.kind && a.round === b.round && a.blockId === b.blockId;
  }
  if (left.type === 'proposal' && right.type === 'proposal') {
    const [a, b] = [left.proposal, right.proposal];
    return a.round === b.round && a.blockId === b.blockId && a.polRound === b.polRound;
  }
  return false;
}
