import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  HeddleError,
  hexToBytes,
  isProposalAuthentic,
  isVoteAuthentic,
  type Proposal,
  type SigningDomain,
  type Vote,
} from '@heddle/primitives';
import { decodePeerMessage } from '../src/consensus/messages.ts';
import type { WireLine } from '../src/consensus/wire-log.ts';

/** A validator's signature at one place of the order in which it signs, and what it was for. */
interface Signed {
  readonly key: string;
  readonly content: string;
  readonly message: Vote | Proposal;
}

/** What an audit of all wire logs found. */
export interface WireAudit {
  /** Different votes and proposals that were seen. */
  readonly signedCount: number;
  /** Places at which one validator authentically signed two different things. */
  readonly signedTwice: readonly SignedTwice[];
}

/** Two different things that one validator signed in one place. */
export interface SignedTwice {
  readonly validator: string;
  /** Where and what, in words. */
  readonly what: string;
}

/**
 * Reads every wire log in `folder` and looks for validators that signed twice: two different votes of one kind, or two
 * different proposals, in one round. What counts is what any node sent or received, whatever a signer's file says. A
 * forged second message is nobody's fault: signatures are checked where two differ.
 */
export function auditWireLogs(folder: string, domain: SigningDomain): WireAudit {
  const seen = new Map<string, Map<string, Vote | Proposal>>();
  for (const line of wireLines(folder)) {
    const signed = readSigned(line);
    if (!signed) continue;
    const contents = seen.get(signed.key) ?? new Map<string, Vote | Proposal>();
    seen.set(signed.key, contents);
    if (!contents.has(signed.content)) contents.set(signed.content, signed.message);
  }
  const signedTwice: SignedTwice[] = [];
  let signedCount = 0;
  for (const [key, contents] of seen) {
    signedCount += contents.size;
    if (contents.size < 2) continue;
    const authentic = [...contents].filter(([, message]) => isAuthentic(domain, message));
    const [[, message] = []] = authentic;
    if (!message || authentic.length < 2) continue;
    const what = `${key}: ${authentic.map(([content]) => content).join(' and ')}`;
    signedTwice.push({ validator: message.validator, what });
  }
  return { signedCount, signedTwice };
}

/** The lines of all logs in `folder`. */
export function* wireLines(folder: string): Generator<WireLine> {
  for (const { line } of linesByReader(folder)) yield line;
}

/** The lines with the node that wrote them. The last line of a killed process may be cut. */
function* linesByReader(folder: string): Generator<{ readonly reader: string; readonly line: WireLine }> {
  for (const name of readdirSync(folder).sort()) {
    const reader = name.replace(/-\d+\.wire$/, '');
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    lines.pop();
    for (const line of lines) yield { reader, line: JSON.parse(line) as WireLine };
  }
}

/** The vote or proposal of a line; undefined for what cannot be read, as a hostile peer may send. */
export function messageOf(line: WireLine): Vote | Proposal | undefined {
  try {
    const message = decodePeerMessage(hexToBytes(`0x${line.message}`));
    if (message.type === 'vote') return message.vote;
    return message.type === 'proposal' ? message.proposal : undefined;
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}

function readSigned(line: WireLine): Signed | undefined {
  const message = messageOf(line);
  if (!message) return undefined;
  const { validator, height, round } = message;
  if ('kind' in message) {
    const { kind, blockId } = message;
    return { key: `${kind} of ${validator} at ${height}/${round}`, content: blockId ?? 'nil', message };
  }
  const content = `${message.blockId} (polRound ${message.polRound})`;
  return { key: `proposal of ${validator} at ${height}/${round}`, content, message };
}

function isAuthentic(domain: SigningDomain, message: Vote | Proposal): boolean {
  return 'kind' in message ? isVoteAuthentic(domain, message) : isProposalAuthentic(domain, message);
}

/**
 * The most rounds of one height that were begun within a time (Unix milliseconds): those that nobody had spoken of before.
 * Round 0 begins the height and does not count.
 */
export function roundsBegun(folder: string, { from, to }: { readonly from: number; readonly to: number }): number {
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  for (const line of wireLines(folder)) {
    const message = line.at <= to ? messageOf(line) : undefined;
    if (message === undefined) continue;
    const rounds = line.at < from ? before : after;
    rounds.set(message.height, Math.max(rounds.get(message.height) ?? 0, message.round));
  }
  return Math.max(0, ...[...after].map(([height, round]) => round - (before.get(height) ?? 0)));
}

/**
 * Blocks that validators of over a third of the seats precommitted in one round, by height: none of them may lose to
 * another block, since whoever precommits is bound to it.
 */
export function boundBlocks(folder: string, seats: number): ReadonlyMap<number, ReadonlySet<string>> {
  const signers = new Map<string, Set<string>>();
  const bound = new Map<number, Set<string>>();
  for (const line of wireLines(folder)) {
    const message = messageOf(line);
    if (!message || !('kind' in message) || message.kind !== 'precommit' || message.blockId === undefined) continue;
    const { height, round, blockId, validator } = message;
    const key = `${height}/${round}/${blockId}`;
    const known = signers.get(key) ?? new Set();
    signers.set(key, known.add(validator));
    if (3 * known.size > seats) bound.set(height, (bound.get(height) ?? new Set()).add(blockId));
  }
  return bound;
}

/** A vote or proposal of one validator, and when it first went out of or came to any node. */
export interface FirstSaid {
  /** Unix milliseconds. */
  readonly at: number;
  readonly message: Vote | Proposal;
}

/** Everything that `validator` has said, each once, in the order in which it was first seen. */
export function saidBy(folder: string, validator: string): FirstSaid[] {
  const first = new Map<string, FirstSaid>();
  for (const line of wireLines(folder)) {
    const signed = readSigned(line);
    if (signed?.message.validator !== validator) continue;
    const name = `${signed.key} ${signed.content}`;
    const known = first.get(name);
    if (!known || line.at < known.at) first.set(name, { at: line.at, message: signed.message });
  }
  return [...first.values()].sort((left, right) => left.at - right.at);
}

/**
 * Milliseconds from the moment at which a validator first sent a vote to the arrival of that vote at each other node,
 * over whatever way, for votes first sent within a time. Sorted; what never arrived (since the height was over) is left
 * out.
 */
export function deliveryTimesMs(
  folder: string,
  { from, to }: { readonly from: number; readonly to: number },
): number[] {
  const sentAt = new Map<string, number>();
  const arrivedAt = new Map<string, Map<string, number>>();
  for (const { reader, line } of linesByReader(folder)) {
    const message = messageOf(line);
    if (!message || !('kind' in message)) continue;
    const { kind, validator, height, round, blockId } = message;
    const key = `${kind} ${validator} ${height}/${round} ${blockId}`;
    if (line.direction === 'sent') {
      sentAt.set(key, Math.min(sentAt.get(key) ?? Infinity, line.at));
      continue;
    }
    const arrivals = arrivedAt.get(key) ?? new Map<string, number>();
    arrivedAt.set(key, arrivals);
    arrivals.set(reader, Math.min(arrivals.get(reader) ?? Infinity, line.at));
  }
  return [...sentAt]
    .filter(([, at]) => at >= from && at <= to)
    .flatMap(([key, at]) => [...(arrivedAt.get(key)?.values() ?? [])].map((arrival) => arrival - at))
    .sort((left, right) => left - right);
}
