import { HeddleError } from '@heddle/primitives';

/** The endpoint does not answer, or not with JSON-RPC. */
export function endpointFailed(url: string, what: string, cause?: unknown): HeddleError {
  return new HeddleError('LOAD_ENDPOINT', `${url}: ${what}`, {
    remedy: 'check --url: the devnet prints one RPC URL per validator when it starts',
    cause,
  });
}

/** The endpoint answered a call with an error. */
export function callRefused(url: string, method: string, message: string): HeddleError {
  return new HeddleError('LOAD_CALL_REFUSED', `${url} refused ${method}: ${message}`);
}

/** The prefunded accounts cannot pay for the senders. */
export function fundsMissing(needWei: bigint, haveWei: bigint): HeddleError {
  return new HeddleError(
    'LOAD_FUNDS',
    `the senders need ${needWei} wei, but the accounts of the mnemonic hold ${haveWei} wei`,
    { remedy: 'give the mnemonic of prefunded accounts with --mnemonic, or lower --rate or --duration' },
  );
}

/** Something that the load needs did not happen on the chain. */
export function setupFailed(what: string): HeddleError {
  return new HeddleError('LOAD_SETUP', what, { remedy: 'check that the chain makes blocks and look at its log' });
}

/** A flag holds what it cannot hold. */
export function optionInvalid(flag: string, value: string, expected: string): HeddleError {
  return new HeddleError('LOAD_OPTION', `${flag} ${value}: expected ${expected}`, { remedy: 'see heddle load --help' });
}
