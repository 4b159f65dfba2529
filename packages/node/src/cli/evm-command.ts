import { Command } from 'commander';
import type { CaseFilter, ConformanceCase } from '../conformance/run-cases.ts';
import { usageError } from './cli-errors.ts';

/** Makes the cases in files of tests. */
type ReadCases = (files: readonly string[]) => Iterable<ConformanceCase>;

/** `heddle evm`: Ethereum's official tests against this build's rules. `onExit` gets 1 when a case fails. */
export function evmCommand(onExit: (code: number) => void): Command {
  return new Command('evm')
    .description("run Ethereum's official tests")
    .addCommand(testCommand('blocktest', 'block tests', loadBlockTests, onExit))
    .addCommand(testCommand('statetest', 'state tests', loadStateTests, onExit));
}

function testCommand(
  name: string,
  kind: string,
  load: () => Promise<ReadCases>,
  onExit: (code: number) => void,
): Command {
  return new Command(name)
    .description(`${kind}: one JSON line a case, last a summary; exit code 1 when one fails`)
    .argument('<path...>', 'files of tests, or folders of such files')
    .option('--run <regex>', 'only cases whose name it matches', (text) => readPattern(text, name))
    .option('--fork <name>', 'only cases of this fork, as the files name it: Prague, PragueToOsakaAtTime15k, …')
    .action(async (paths: string[], filter: CaseFilter) => onExit(await runTests(paths, load, filter)));
}

async function runTests(paths: readonly string[], load: () => Promise<ReadCases>, filter: CaseFilter): Promise<number> {
  const [{ fixtureFiles }, { runCases }, readCases] = await Promise.all([
    import('../conformance/fixture-files.ts'),
    import('../conformance/run-cases.ts'),
    load(),
  ]);
  const { failed } = await runCases(readCases(fixtureFiles(paths)), filter, (line) => console.log(line));
  return failed === 0 ? 0 : 1;
}

/** Loads the engine only now: no other command that watches over processes needs one. */
async function loadBlockTests(): Promise<ReadCases> {
  const { blockTests } = await import('../conformance/block-test.ts');
  return blockTests;
}

/** As {@link loadBlockTests}. */
async function loadStateTests(): Promise<ReadCases> {
  const [{ stateTests }, { createEthereumjsEngine }] = await Promise.all([
    import('../conformance/state-test.ts'),
    import('@heddle/executor'),
  ]);
  return (files) => stateTests(files, createEthereumjsEngine);
}

function readPattern(text: string, command: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw usageError(`--run: ${JSON.stringify(text)} is no regular expression`, `heddle evm ${command}`);
  }
}
