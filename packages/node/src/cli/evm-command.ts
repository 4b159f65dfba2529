import { Command } from 'commander';
import type { CaseFilter } from '../conformance/run-cases.ts';
import { usageError } from './cli-errors.ts';

interface BlockTestOptions {
  readonly run?: RegExp;
  readonly fork?: string;
}

/** `heddle evm`: Ethereum's official tests against this build's rules. `onExit` gets 1 when a case fails. */
export function evmCommand(onExit: (code: number) => void): Command {
  return new Command('evm').description("run Ethereum's official tests").addCommand(blockTestCommand(onExit));
}

function blockTestCommand(onExit: (code: number) => void): Command {
  return new Command('blocktest')
    .description('block tests: one JSON line a case, last a summary; exit code 1 when one fails')
    .argument('<path...>', 'files of tests, or folders of such files')
    .option('--run <regex>', 'only cases whose name it matches', readPattern)
    .option('--fork <name>', 'only cases of this fork, as the files name it: Prague, PragueToOsakaAtTime15k, …')
    .action(async (paths: string[], options: BlockTestOptions) => onExit(await runBlockTests(paths, options)));
}

/** Loads the engine only now: no other command that watches over processes needs one. */
async function runBlockTests(paths: readonly string[], filter: CaseFilter): Promise<number> {
  const [{ fixtureFiles }, { blockTests }, { runCases }] = await Promise.all([
    import('../conformance/fixture-files.ts'),
    import('../conformance/block-test.ts'),
    import('../conformance/run-cases.ts'),
  ]);
  const { failed } = await runCases(blockTests(fixtureFiles(paths)), filter, (line) => console.log(line));
  return failed === 0 ? 0 : 1;
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw usageError(`--run: ${JSON.stringify(text)} is no regular expression`, 'heddle evm blocktest');
  }
}
