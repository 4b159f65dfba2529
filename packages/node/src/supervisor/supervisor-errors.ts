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
