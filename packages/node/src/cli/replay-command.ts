import type { EngineName } from '@heddle/primitives';
import { Command, Option } from 'commander';
import type { ReplayFiles } from '../replay/replay-files.ts';
import { flagInvalid } from './cli-errors.ts';
import { engineOption } from './engine-option.ts';
import { readRepeats, readText, readWorkers } from './flag-values.ts';
import { progressBar } from './progress-bar.ts';
import { endWhenAsked } from './signals.ts';

interface ReplayOptionValues extends ReplayFiles {
  readonly engine?: EngineName;
  readonly workers?: number;
  readonly repeat?: number;
  readonly json?: true;
}

/** `heddle replay`: runs a block of any chain again. `onExit` gets 1 where plain, parallel and header differ. */
export function replayCommand(onExit: (code: number) => void): Command {
  const file = (flags: string, description: string) => new Option(flags, description).argParser(readText);
  const command = new Command('replay')
    .description('run a real block again, plainly and in parallel: does it agree, how parallel is it, what limits it')
    .addOption(file('--block <file>', 'the answer of eth_getBlockByNumber with full transactions'))
    .addOption(
      file('--prestate <file>', "the answer of debug_traceBlockByNumber with geth's prestateTracer, or one object"),
    )
    .addOption(
      file('--codes <file>', 'codes by hash, for a prestate that has code_hash (default: bytecodes.json beside it)'),
    )
    .addOption(file('--block-hashes <file>', '{"number": "0x…"}, for BLOCKHASH'))
    .addOption(
      file('--witness <file>', 'instead of block and prestate: both in one file, proven; the state root is checked'),
    )
    .addOption(file('--genesis <file>', "the genesis.json of the block's chain (default: Ethereum's main chain)"))
    .addOption(
      new Option('--workers <count>', 'threads of the parallel runs (default: by the CPU quota)').argParser(
        readWorkers,
      ),
    )
    .addOption(
      new Option('--repeat <count>', 'runs of each kind that count; times are medians (default: 9)').argParser(
        readRepeats,
      ),
    )
    .addOption(engineOption())
    .option('--json', 'the report as JSON (docs/schemas/replay.schema.json)');
  return command.action(async () => onExit(await runReplay(command.opts<ReplayOptionValues>())));
}

/** Loads the engine only now: no other command that watches over processes needs one. */
async function runReplay({ engine, workers, repeat, json, ...files }: ReplayOptionValues): Promise<number> {
  judgeFiles(files);
  endWhenAsked();
  const [{ replayFiles }, { reportText }] = await Promise.all([
    import('../replay/replay-files.ts'),
    import('../replay/report-text.ts'),
  ]);
  const bar = progressBar('running the block');
  const report = await replayFiles(files, {
    ...(engine !== undefined && { engine }),
    ...(workers !== undefined && { workers }),
    ...(repeat !== undefined && { repeats: repeat }),
    onRun: (done, total) => bar.show(done, total),
  });
  bar.end();
  console.log(json ? JSON.stringify(report, undefined, 2) : reportText(report));
  return report.agrees ? 0 : 1;
}

function judgeFiles({ block, prestate, witness, codes }: ReplayFiles): void {
  if (witness !== undefined) {
    const other = block === undefined ? (prestate === undefined ? codes && '--codes' : '--prestate') : '--block';
    if (other)
      throw flagInvalid(`--witness holds the block and its state: ${other} does not go with it`, `leave ${other} out`);
    return;
  }
  if (block === undefined || prestate === undefined) {
    const missing = block === undefined ? '--block' : '--prestate';
    throw flagInvalid(`${missing} is missing`, 'give --block and --prestate, or --witness; see heddle replay --help');
  }
}
