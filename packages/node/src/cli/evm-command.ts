import type { CreateEngine } from '@heddle/executor';
import { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '@heddle/primitives';
import { Command, Option } from 'commander';
import type { FixtureFile } from '../conformance/fixture-files.ts';
import type { CaseFilter, ConformanceCase } from '../conformance/run-cases.ts';
import type { Speculation } from '../foreign/speculation.ts';
import { usageError } from './cli-errors.ts';
import { readWorkers } from './flag-values.ts';
import { whenAskedToEnd } from './signals.ts';
import { interrupted } from './stored-chain.ts';

/** How tests of one kind are run. */
interface TestKind {
  /** Makes the cases in files of tests. */
  readCases(
    files: readonly FixtureFile[],
    createEngine: CreateEngine,
    speculation?: Speculation,
  ): Iterable<ConformanceCase>;
  /** Engines that write a line for each step. */
  writesSteps(createEngine: CreateEngine, write: (line: string) => void): CreateEngine;
}

interface TestOptions extends CaseFilter {
  readonly engine: EngineName;
  /** Absent: no parallel executor. */
  readonly workers?: number;
  readonly trace?: true;
}

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
  load: () => Promise<TestKind>,
  onExit: (code: number) => void,
): Command {
  return new Command(name)
    .description(`${kind}: one JSON line a case, last a summary; exit code 1 when one fails`)
    .argument('<path...>', 'files of tests, or folders of such files')
    .option('--run <regex>', 'only cases whose name it matches', (text) => readPattern(text, name))
    .option('--fork <name>', 'only cases of this fork, as the files name it: Prague, PragueToOsakaAtTime15k, …')
    .addOption(new Option('--engine <name>', 'which EVM runs them').choices(ENGINE_NAMES).default(DEFAULT_ENGINE))
    .addOption(
      new Option(
        '--workers <count>',
        'run them on the parallel executor with so many threads, each transaction ahead of its turn first',
      ).argParser(readWorkers),
    )
    .addOption(
      new Option(
        '--trace',
        "write each step to standard error, as a line of EIP-3155 in the form of geth's evm",
      ).conflicts('workers'),
    )
    .action(async (paths: string[], options: TestOptions) => onExit(await runTests(paths, load, options)));
}

async function runTests(
  paths: readonly string[],
  load: () => Promise<TestKind>,
  options: TestOptions,
): Promise<number> {
  const [{ fixtureFiles }, { runCases }, { namedEngine }, { announceCases }, kind] = await Promise.all([
    import('../conformance/fixture-files.ts'),
    import('../conformance/run-cases.ts'),
    import('@heddle/executor'),
    import('../conformance/step-lines.ts'),
    load(),
  ]);
  // Plain cases hold up the event loop, where a handler is heard, and leave nothing behind: signals end them by default.
  const signal = options.workers === undefined ? undefined : whenAskedToEnd().signal;
  const engine = namedEngine(options.engine);
  const writeStep = options.trace && ((line: string) => console.error(line));
  const speculation = await speculationOf(options);
  try {
    const cases = kind.readCases(
      fixtureFiles(paths),
      writeStep ? kind.writesSteps(engine, writeStep) : engine,
      speculation,
    );
    const announced = writeStep ? announceCases(cases, writeStep) : cases;
    const more = () => speculation && { speculation: speculation.counts() };
    const { failed, interrupted: isCutShort } = await runCases(announced, options, (line) => console.log(line), {
      more,
      ...(signal && { signal }),
    });
    if (isCutShort) throw interrupted();
    return failed === 0 ? 0 : 1;
  } finally {
    await speculation?.close();
  }
}

async function speculationOf({ engine, workers }: TestOptions): Promise<Speculation | undefined> {
  if (workers === undefined) return undefined;
  const { createSpeculation } = await import('../foreign/speculation.ts');
  return createSpeculation({ engine, workers });
}

/** Loads what runs them only now: no other command that watches over processes needs it. */
async function loadBlockTests(): Promise<TestKind> {
  const [{ blockTests }, { writesStepsOfBlocks }] = await Promise.all([
    import('../conformance/block-test.ts'),
    import('../conformance/step-lines.ts'),
  ]);
  return { readCases: blockTests, writesSteps: writesStepsOfBlocks };
}

/** As {@link loadBlockTests}. */
async function loadStateTests(): Promise<TestKind> {
  const [{ stateTests }, { writesSteps }] = await Promise.all([
    import('../conformance/state-test.ts'),
    import('../conformance/step-lines.ts'),
  ]);
  return { readCases: stateTests, writesSteps };
}

function readPattern(text: string, command: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw usageError(`--run: ${JSON.stringify(text)} is no regular expression`, `heddle evm ${command}`);
  }
}
