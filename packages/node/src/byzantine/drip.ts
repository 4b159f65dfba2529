import { setTimeout as passTime } from 'node:timers/promises';
import type { Behaviour } from './behaviour.ts';

const PIECE_BYTES = 256;
const EVERY_MS = 250;

/** Answers requests rightly, at a kilobyte a second, for as long as anybody reads. */
export const drip: Behaviour = {
  async sendAnswer(stream, reply) {
    for (let sent = 0; sent < reply.length && stream.status === 'open'; sent += PIECE_BYTES) {
      stream.send(reply.subarray(sent, sent + PIECE_BYTES));
      await passTime(EVERY_MS);
    }
    if (stream.status === 'open') await stream.close();
  },
};
