import { HeddleError } from '@heddle/primitives';

/** `NO_DEVNET`: nobody listens to commands for this datadir. */
export function noDevnet(datadir: string, cause?: unknown): HeddleError {
  return new HeddleError('NO_DEVNET', `${datadir}: no devnet runs there`, {
    remedy: 'start one with heddle devnet up --detach, or give its folder with --datadir',
    cause,
  });
}

/** `CONTROL_REFUSED`: a request to the control channel that cannot be understood. */
export function controlRefused(why: string): HeddleError {
  return new HeddleError('CONTROL_REFUSED', `control request: ${why}`, {
    remedy: 'send one JSON object of texts a line, for example {"command":"status"}',
  });
}

/** `CONTROL_LOST`: the devnet ended or fell silent before it answered. */
export function controlLost(datadir: string, why: string, cause?: unknown): HeddleError {
  return new HeddleError('CONTROL_LOST', `${datadir}: the devnet did not answer (${why})`, {
    remedy: 'see whether it still runs: heddle devnet status',
    cause,
  });
}
