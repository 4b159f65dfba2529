import { HeddleError } from '@heddle/primitives';

/** Writing failed before anything was lost: what waited still waits, the next sync tries again. */
export function walUnwritable(path: string, cause: unknown): HeddleError {
  return new HeddleError('WAL_UNWRITABLE', `the consensus log ${path} cannot be written`, {
    remedy: 'free space on its disk; no vote leaves before the log can be written',
    cause,
  });
}

/** After a failed sync nobody knows what is on the disk. */
export function walLost(path: string, cause: unknown): HeddleError {
  return new HeddleError('WAL_LOST', `the consensus log ${path} could not be synced; its state on disk is unknown`, {
    remedy: 'check the disk, then start the node again: it reads back what is there',
    cause,
  });
}

/** Too much waits to be written. */
export function walBacklog(path: string, waitingBytes: number): HeddleError {
  return new HeddleError('WAL_BACKLOG', `${waitingBytes} bytes wait to be written to the consensus log ${path}`, {
    remedy: 'the disk is full or far too slow; free space or use another one',
  });
}

/** The log belongs to another era of the chain. */
export function walWrongEra(path: string, found: number, expected: number): HeddleError {
  return new HeddleError(
    'WAL_WRONG_ERA',
    `the consensus log ${path} is of era ${found}, the chain is in era ${expected}`,
    {
      remedy: 'data folders were mixed; restore the store that was rewound last',
    },
  );
}
