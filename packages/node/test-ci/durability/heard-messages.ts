import { existsSync } from 'node:fs';
import type { Address } from '@heddle/primitives';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import { wireLines } from '../../test-faults/wire-audit.ts';

/** A vote or proposal that somebody received. */
export interface Heard {
  readonly validator: Address;
  readonly height: number;
  readonly round: number;
  readonly kind: 'proposal' | 'prevote' | 'precommit';
  readonly blockId: string | undefined;
  /** Of a proposal. */
  readonly polRound: number | undefined;
}

/** All votes and proposals that anybody received, and who signed two different ones at one place. */
export class HeardMessages {
  readonly conflicts = new Set<string>();
  readonly #byPlace = new Map<string, Heard>();

  /** A raw message of a peer, of any kind. */
  hear(message: Uint8Array): void {
    const heard = decodeHeard(message);
    if (!heard) return;
    const { validator, height, round, kind, blockId } = heard;
    const place = `${validator} ${kind} ${height}/${round}`;
    const before = this.#byPlace.get(place);
    if (!before) this.#byPlace.set(place, heard);
    else if (before.blockId !== blockId || before.polRound !== heard.polRound) {
      this.conflicts.add(`${place}: ${before.blockId} (${before.polRound}) and ${blockId} (${heard.polRound})`);
    }
  }

  /** Everything in the wire logs of `folder` (HEDDLE_WIRE_LOG), sent or received. */
  hearFolder(folder: string): void {
    if (!existsSync(folder)) return;
    for (const { message } of wireLines(folder)) this.hear(Buffer.from(message, 'hex'));
  }

  /** What `validator` was heard to sign. */
  of(validator: Address): Heard[] {
    return [...this.#byPlace.values()].filter((heard) => heard.validator === validator);
  }
}

function decodeHeard(message: Uint8Array): Heard | undefined {
  const decoded = decodePeerMessage(message);
  if (decoded.type === 'vote') return { ...decoded.vote, polRound: undefined };
  if (decoded.type === 'proposal') return { ...decoded.proposal, kind: 'proposal' };
  return undefined;
}
