import { HeddleError } from '@heddle/primitives';

/** Height and round of a signature. */
export interface SignedAt {
  readonly height: number;
  readonly round: number;
}

const ACCEPT =
  'if it is lost, start once with heddle node --accept-signer-state: it signs again when nothing it may have forgotten can matter';

/** `start` never creates signer state: a fresh one would have forgotten what was signed. */
export function signerStateMissing(path: string): HeddleError {
  return new HeddleError('SIGNER_STATE_MISSING', `the signer's state ${path} is missing`, {
    remedy: `restore it; ${ACCEPT}`,
  });
}

/** The state file cannot be read as one. */
export function signerStateCorrupt(path: string, what: string): HeddleError {
  return new HeddleError('SIGNER_STATE_CORRUPT', `the signer's state ${path} is damaged: ${what}`, {
    remedy: `restore it from the newest copy, or move it away: ${ACCEPT}`,
  });
}

/** The state is an old copy: a signature that it does not know is in the log or in a stored block's certificate. */
export function signerStateOld(
  path: string,
  last: SignedAt,
  newer: SignedAt & { readonly where: string },
): HeddleError {
  const { where } = newer;
  const what = `the signer's state ${path} is too old: it ends at ${place(last)}, ${where} holds a signature at ${place(newer)}`;
  return new HeddleError('SIGNER_STATE_OLD', what, { remedy: `restore the newest copy; ${ACCEPT}` });
}

/** The store is a copy from before a rewind that this signer has seen. */
export function signerEraAhead(path: string, found: number, era: number): HeddleError {
  return new HeddleError(
    'SIGNER_ERA_AHEAD',
    `the signer's state ${path} is of era ${found}, the chain is in era ${era}`,
    {
      remedy: 'data folders were mixed: restore the store that was rewound last',
    },
  );
}

/** A key or state already stands where `init` would write. */
export function signerExists(path: string): HeddleError {
  return new HeddleError('SIGNER_EXISTS', `${path} exists already`, {
    remedy: 'start with it, or choose another folder: a key and its state are never overwritten',
  });
}

/** The key file holds no key, or is not there. */
export function signerKeyInvalid(path: string, what: string): HeddleError {
  return new HeddleError('SIGNER_KEY_INVALID', `the consensus key ${path} ${what}`, {
    remedy: 'restore it, or make a new validator with heddle genesis',
  });
}

/** Another process signs with this key. */
export function signerLocked(path: string, holder: string): HeddleError {
  return new HeddleError('SIGNER_LOCKED', `the consensus key is in use by ${holder} (${path})`, {
    remedy: 'stop that process first; two signers with one key lose the stake',
  });
}

/** The lock was taken away under a running signer. */
export function signerLockLost(path: string): HeddleError {
  return new HeddleError('SIGNER_LOCK_LOST', `the signer's lock ${path} is no longer held by this process`, {
    remedy: 'another process took the key over; stop one of the two',
  });
}

/** The state could not be written and nothing changed: the signature was thrown away, a later one may succeed. */
export function signerUnwritable(path: string, cause: unknown): HeddleError {
  return new HeddleError('SIGNER_UNWRITABLE', `the signer's state ${path} cannot be written; nothing was signed`, {
    remedy: 'free space on its disk',
    cause,
  });
}

/** What is on the disk is unknown after a failed sync: this process must not sign again. */
export function signerLost(path: string, cause: unknown): HeddleError {
  return new HeddleError('SIGNER_LOST', `the signer's state ${path} could not be synced; its content is unknown`, {
    remedy: 'check the disk, then start the node again',
    cause,
  });
}

function place({ height, round }: SignedAt): string {
  return `height ${height}, round ${round}`;
}
