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
  /** Places at which one validator authentically signed two different things, in words. */
  readonly signedTwice: readonly string[];
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
  const signedTwice: string[] = [];
  let signedCount = 0;
  for (const [key, contents] of seen) {
    signedCount += contents.size;
    if (contents.size < 2) continue;
    const authentic = [...contents].filter(([, message]) => isAuthentic(domain, message));
    if (authentic.length > 1) signedTwice.push(`${key}: ${authentic.map(([content]) => content).join(' and ')}`);
  }
  return { signedCount, signedTwice };
}

/** The lines of all logs in `folder`. The last line of a killed process may be cut. */
export function* wireLines(folder: string): Generator<WireLine> {
  for (const name of readdirSync(folder).sort()) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    lines.pop();
    for (const line of lines) yield JSON.parse(line) as WireLine;
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
