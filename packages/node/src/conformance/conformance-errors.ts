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

/** `CASES_NOT_FOUND`: none of `count` cases, which are of these forks, was asked for; 0: the files hold none. */
export function casesNotFound(
  asked: { readonly run?: RegExp; readonly fork?: string },
  { count, forks }: { readonly count: number; readonly forks: ReadonlySet<string> },
): HeddleError {
  const named = [asked.fork && `--fork ${asked.fork}`, asked.run && `--run ${asked.run.source}`].filter(Boolean);
  const message = count === 0 ? 'the files hold no test' : `none of ${count} cases is one of ${named.join(' and ')}`;
  return new HeddleError('CASES_NOT_FOUND', message, {
    remedy:
      count === 0
        ? 'name files or folders of official tests'
        : `their forks are ${[...forks].sort().join(', ')}; --run looks anywhere in the name that a file gives its test`,
  });
}
