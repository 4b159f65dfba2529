import { decodeRlp, encodeRlp, type RlpItem } from '@heddle/primitives';
import type { Behaviour } from './behaviour.ts';

/** Ways to answer a request for decided blocks wrongly; each has its turn. */
const LIES = [wrongBlock, truncated, forgedCertificate, anotherHeight] as const;

/** Serves decided blocks that are not what was decided, or do not prove it. */
export function lieBlocks(): Behaviour {
  let answered = 0;
  return {
    async answer(request, honest) {
      const reply = await honest(request);
      if (request.kind !== 'blocks' || reply === undefined) return reply;
      const lie = LIES[answered++ % LIES.length] ?? truncated;
      return lie(reply);
    },
  };
}

/** A bit of the parent's hash in the first block's header: it decodes, and its own hash is another one. */
function wrongBlock(reply: Uint8Array): Uint8Array {
  return changed(reply, ([block, ...rest]) => [flipped(block, 20), ...rest]);
}

function truncated(reply: Uint8Array): Uint8Array {
  return reply.subarray(0, Math.floor(reply.length / 2));
}

/** The block is right, the last signature is not: its bytes end the certificate. */
function forgedCertificate(reply: Uint8Array): Uint8Array {
  return changed(reply, ([block = new Uint8Array(0), certificate, ...rest]) => [
    block,
    flipped(certificate, -10),
    ...rest,
  ]);
}

/** The second block first, with its own valid certificate; one block alone is left out. */
function anotherHeight(reply: Uint8Array): Uint8Array {
  const items = decodeRlp(reply);
  return encodeRlp(Array.isArray(items) ? items.slice(1) : []);
}

/** Changes the first block of the answer, where it holds blocks. */
function changed(reply: Uint8Array, change: (fields: RlpItem[]) => RlpItem[]): Uint8Array {
  const items = decodeRlp(reply);
  if (!Array.isArray(items) || !Array.isArray(items[0])) return truncated(reply);
  return encodeRlp([change(items[0]), ...items.slice(1)]);
}

function flipped(bytes: RlpItem | undefined, place: number): RlpItem {
  if (!(bytes instanceof Uint8Array)) return new Uint8Array(0);
  const copy = bytes.slice();
  const index = place < 0 ? copy.length + place : place;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
