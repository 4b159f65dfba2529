import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '@heddle/primitives';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import type { WireLine } from '../../src/consensus/wire-log.ts';

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
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const text = readFileSync(join(folder, name), 'utf8');
      const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n'); // its process may have died over the last
      for (const line of lines.filter((one) => one !== '')) {
        this.hear(Buffer.from((JSON.parse(line) as WireLine).message, 'hex'));
      }
    }
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
