import { setTimeout as passTime } from 'node:timers/promises';
import { Argument, Command, Option } from 'commander';
import { askDevnet } from '../control/control-client.ts';
import { readDuration, readIndex } from '../faults/fault-values.ts';
import type { DevnetStatus } from '../supervisor/devnet-status.ts';
import { waitedInVain } from './cli-errors.ts';
import { addDatadirOption, datadirOf } from './datadir-option.ts';
import { readBlockNumber, readIndices, readLineCount } from './flag-values.ts';
import { printLog } from './print-log.ts';
import { statusTable } from './status-table.ts';

/** The commands of a running devnet: `heddle devnet status`, `wait`, `logs` and `down`. */
export function devnetControlCommands(): Command[] {
  return [waitCommand(), statusCommand(), logsCommand(), downCommand()].map(addDatadirOption);
}

const WATCH_EVERY_MS = 1_000;
const WAIT_EVERY_MS = 100;
/** Ending four validators takes seconds; killing one that hangs, 15. */
const DOWN_PATIENCE_MS = 120_000;

function statusCommand(): Command {
  const command = new Command('status')
    .description('height, round, step, peers and lag of every validator, and the faults in force')
    .option('--watch', 'again every second until Ctrl-C')
    .option('--json', 'one JSON object, with --watch one a line');
  return command.action(async () => {
    const { watch, json } = command.opts<{ watch?: true; json?: true }>();
    const datadir = datadirOf(command);
    do {
      const status = await statusOf(datadir);
      if (watch && !json && process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
      if (json) console.log(JSON.stringify(status, undefined, watch ? undefined : 2));
      else console.log(statusTable(status));
      if (watch) await passTime(WATCH_EVERY_MS);
    } while (watch);
  });
}

function waitCommand(): Command {
  const command = new Command('wait')
    .description('wait until every validator that runs has a block')
    .addOption(new Option('--block <number>', 'which block').argParser(readBlockNumber).makeOptionMandatory())
    .addOption(new Option('--timeout <time>', 'give up after this').default('60s'))
    .addOption(
      new Option('--validators <numbers>', 'only these, by commas; wait for them even if they are down').argParser(
        readIndices,
      ),
    );
  return command.action(async () => {
    const { block, timeout, validators } = command.opts<{ block: number; timeout: string; validators?: number[] }>();
    const datadir = datadirOf(command);
    const end = performance.now() + readDuration(timeout);
    for (;;) {
      const status = await statusOf(datadir);
      for (const index of validators ?? []) readIndex(String(index), status.validators.length);
      const missing = status.validators.filter(
        ({ index, state, head }) => head < block && (validators?.includes(index) ?? isUp(state)),
      );
      const isAnyUp = status.validators.some(({ state }) => isUp(state));
      if (missing.length === 0 && (validators || isAnyUp)) {
        console.log(`heddle: block ${block} is there`);
        return;
      }
      if (performance.now() > end) throw waitedInVain(block, timeout, missing);
      await passTime(WAIT_EVERY_MS);
    }
  });
}

/** Stopped and killed ones, whom somebody took away on purpose, are not waited for. */
function isUp(state: DevnetStatus['validators'][number]['state']): boolean {
  return state === 'running' || state === 'silent' || state === 'starting';
}

function logsCommand(): Command {
  const command = new Command('logs')
    .description("print a validator's log, JSON lines")
    .addArgument(new Argument('<validator>', 'its number, from 0'))
    .addOption(new Option('--lines <count>', 'only the last ones').default(100).argParser(readLineCount))
    .option('--follow', 'go on with what is logged, until Ctrl-C');
  return command.action(async (validator: string) => {
    const { lines, follow } = command.opts<{ lines: number; follow?: true }>();
    await printLog({ datadir: datadirOf(command), validator, lines, follow: follow === true });
  });
}

function downCommand(): Command {
  const command = new Command('down').description('end the devnet; returns when all its processes have ended');
  return command.action(async () => {
    const datadir = datadirOf(command);
    const options = { untilClosed: true, timeoutMs: DOWN_PATIENCE_MS } as const;
    await askDevnet(datadir, { command: 'down', params: {} }, options);
    console.log(`heddle: the devnet on ${datadir} has ended`);
  });
}

async function statusOf(datadir: string): Promise<DevnetStatus> {
  return (await askDevnet(datadir, { command: 'status', params: {} })) as DevnetStatus;
}
