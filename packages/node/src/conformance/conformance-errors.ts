import { HeddleError } from '@heddle/primitives';

/** `FIXTURES_MISSING`: there is nothing to test where the command line says. */
export function fixturesMissing(path: string, what: string): HeddleError {
  return new HeddleError('FIXTURES_MISSING', `${path}: ${what}`, {
    remedy: 'name files or folders of official tests, as ethereum/tests and execution-spec-tests publish them',
  });
}

/** `NETWORK_UNKNOWN`: a test is made for rules that are not known here. */
export function networkUnknown(network: string): HeddleError {
  return new HeddleError('NETWORK_UNKNOWN', `no rules are known for the network "${network}"`, {
    remedy: 'Heddle knows the forks from Frontier to Osaka and BPO1 to BPO5; leave such tests out with --fork or --run',
  });
}
