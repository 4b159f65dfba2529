import { encodeInput, type LoggedInput, type OwnMessage } from '@heddle/consensus';
import { HeddleError } from '@heddle/primitives';
import type { DriverLog, DriverVoter } from './driver-ports.ts';

/** What became of an own message. `later`: the disk is full or slow; nothing left this process, try again. */
export type SigningOutcome =
  | { readonly type: 'signed'; readonly input: Extract<LoggedInput, { type: 'proposal' | 'vote' }> }
  | { readonly type: 'refused' }
  | { readonly type: 'later'; readonly reason: string };

/** Failures after which a later attempt may succeed, and nothing wrong is on the disk. */
const PASSING = new Set(['WAL_UNWRITABLE', 'WAL_BACKLOG', 'SIGNER_UNWRITABLE']);

/**
 * Signs an own message in the order that makes it safe: everything the core was told is on the disk, then the signer's
 * state, and only then may it be seen. The message itself reaches the disk with what is logged next: until then the
 * signer's state holds its signature, and a restarted core asks for the very same message again.
 *
 * @throws HeddleError `WAL_LOST`, `SIGNER_LOST`, `SIGNER_LOCK_LOST`: end the process
 */
export async function signOwnMessage(
  message: OwnMessage,
  { signer, wal }: DriverVoter,
  log: DriverLog,
): Promise<SigningOutcome> {
  try {
    signer.prepare(message); // while the log is written
    await wal.sync();
    const answer = await signer.sign(message);
    if (answer.type === 'refused') {
      const { height, round, step } = answer.last;
      log.warn(
        { message: nameOf(message), reason: answer.reason, last: { height, round, step } },
        'the signer refused',
      );
      return { type: 'refused' };
    }
    const signed = { validator: signer.address, signature: answer.signature };
    const input =
      message.type === 'vote'
        ? ({ type: 'vote', vote: { ...message.vote, ...signed } } as const)
        : ({ type: 'proposal', proposal: { ...message.proposal, ...signed }, timely: true } as const);
    const { height } = message.type === 'vote' ? message.vote : message.proposal;
    wal.append(height, encodeInput(input));
    return { type: 'signed', input };
  } catch (error) {
    if (error instanceof HeddleError && PASSING.has(error.code)) return { type: 'later', reason: error.message };
    throw error;
  }
}

function nameOf(message: OwnMessage): string {
  const { height, round } = message.type === 'vote' ? message.vote : message.proposal;
  return `${message.type === 'vote' ? message.vote.kind : 'proposal'} ${height}/${round}`;
}
