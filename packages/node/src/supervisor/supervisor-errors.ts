import { HeddleError } from '@heddle/primitives';

/** `CHAIN_CONTRADICTED`: a flag and the existing chain say different things. */
export function chainContradicted(datadir: string, flag: string, given: string, existing: string): HeddleError {
  return new HeddleError('CHAIN_CONTRADICTED', `${flag} ${given}: the chain in ${datadir} has ${existing}`, {
    remedy: 'leave the flag out, or begin a new chain: in another folder, or with heddle devnet --reset',
  });
}

/** `DATADIR_FOREIGN`: the folder is not empty and not ours. */
export function datadirForeign(datadir: string): HeddleError {
  return new HeddleError('DATADIR_FOREIGN', `${datadir}: holds files that are not a devnet's`, {
    remedy: 'give an empty or a new folder',
  });
}

/** `DATADIR_IN_USE`: another devnet runs on the folder. */
export function datadirInUse(datadir: string, cause: unknown): HeddleError {
  const who =
    cause instanceof Error
      ? (/process \d+( on [^ ;,()]+)?/.exec(cause.message)?.[0] ?? 'another process')
      : 'another process';
  return new HeddleError('DATADIR_IN_USE', `${datadir}: a devnet runs here already (${who})`, {
    remedy: 'stop it first, or give another --datadir and --port',
    cause,
  });
}

/** `PORT_IN_USE`: somebody else listens where a validator is to serve RPC. */
export function portInUse(host: string, port: number, reason: string): HeddleError {
  const why = reason === 'EADDRINUSE' ? 'is in use' : `cannot be used (${reason})`;
  return new HeddleError('PORT_IN_USE', `port ${port} on ${host} ${why}`, {
    remedy: 'stop what listens there, or give another --port (0 takes free ones)',
  });
}

/** `VALIDATOR_FAILED`: a validator's process says why it cannot start. */
export function validatorFailed(index: number, message: string, remedy: string | undefined): HeddleError {
  return new HeddleError('VALIDATOR_FAILED', `validator ${index}: ${message}`, remedy === undefined ? {} : { remedy });
}

/** `DEVNET_INTERRUPTED`: the user ended the start. */
export function devnetInterrupted(): HeddleError {
  return new HeddleError('DEVNET_INTERRUPTED', 'the start was interrupted');
}

/** `BASE_TOO_OLD`: the blocks of the chain to go on from are of a fork that devnets do not make blocks by. */
export function baseTooOld(folder: string, number: number, fork: string): HeddleError {
  return new HeddleError('BASE_TOO_OLD', `${folder}: block ${number}, its head, is one of ${fork}`, {
    remedy: 'validators go on from blocks of prague or osaka: import the chain up to such a block',
  });
}

/** When `heddle db rewind` is no way out. */
const UNLESS_FINAL = 'unless several validators decided them';

/** `BASE_FROM_FUTURE`: no block may be older than its parent, and validators refuse blocks from the future. */
export function baseFromFuture(folder: string, number: number, timestamp: number): HeddleError {
  const when = `${timestamp} (Unix seconds)`;
  return new HeddleError('BASE_FROM_FUTURE', `${folder}: block ${number}, its head, is of ${when}, which is to come`, {
    remedy: `wait until then, set this machine's clock, or, ${UNLESS_FINAL}, take blocks back with heddle db rewind`,
  });
}

/** `FORK_AHEAD`: the rules of a devnet do not change while it runs. */
export function forkAhead(folder: string, fork: string, time: number): HeddleError {
  return new HeddleError(
    'FORK_AHEAD',
    `${folder}: ${fork} comes into force at ${time} (Unix seconds), which is to come`,
    {
      remedy: `a devnet's rules do not change while it runs: leave ${fork} out of the genesis.json there`,
    },
  );
}

/** `BASE_MOVED`: the chain that validators went on from is at another block now. */
export function baseMoved(
  folder: string,
  base: { readonly number: number; readonly hash: string },
  head: { readonly number: number; readonly hash: string },
): HeddleError {
  const message = `${folder} is at block ${head.number} ${head.hash}; the devnet goes on from ${base.number} ${base.hash}`;
  return new HeddleError('BASE_MOVED', message, {
    remedy: `copy the store of a validator, or, ${UNLESS_FINAL}, take blocks back with heddle db rewind --to ${base.number}`,
  });
}
