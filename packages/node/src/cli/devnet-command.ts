import { fileURLToPath } from 'node:url';
import type { EngineName } from '@heddle/primitives';
import { Command, Option } from 'commander';
import { DEFAULT_HOST, DEFAULT_RPC_PORT } from '../config.ts';
import { checkedLimits, type LimitTexts } from '../limits/node-limits.ts';
import { type RunningDevnet, startDevnet } from '../supervisor/devnet.ts';
import { addChainOptions, type ChainOptionValues, chainFlagsOf } from './chain-options.ts';
import { DEFAULT_DATADIR } from './datadir-option.ts';
import { startDetached } from './detached-devnet.ts';
import { devnetBanner, resetNotice } from './devnet-banner.ts';
import { devnetControlCommands } from './devnet-control-commands.ts';
import { engineOption } from './engine-option.ts';
import { readNames, readPort, readText, readWorkers } from './flag-values.ts';
import { historyOption } from './history-option.ts';
import { openHostWarning } from './host-warning.ts';
import { addLimitOption } from './limit-option.ts';
import { addLogOptions, type LogOptionValues } from './log-options.ts';
import { stagedBar } from './progress-bar.ts';
import { whenAskedToEnd } from './signals.ts';

interface DevnetOptionValues extends ChainOptionValues, LogOptionValues {
  readonly datadir: string;
  readonly host: string;
  readonly port: number;
  readonly vhosts?: string[];
  readonly workers?: number;
  readonly engine?: EngineName;
  readonly history?: number;
  readonly limit?: LimitTexts;
  readonly reset?: boolean;
  readonly restart: boolean;
}

/** The `heddle` script, which each validator's process runs. */
const HEDDLE_SCRIPT = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url));
const RESTART_DELAY_MS = { first: 1_000, last: 30_000 } as const;

/**
 * `heddle devnet`: several validators on this machine until Ctrl-C, or, with `up --detach`, in the background. Resolves
 * with the exit code.
 */
export function devnetCommand(onExit: (code: number) => void, script = HEDDLE_SCRIPT): Command {
  const command = addDevnetOptions(
    new Command('devnet').description('run a devnet of several validators on this machine until Ctrl-C'),
  ).enablePositionalOptions();
  command.addCommand(upCommand(onExit, script));
  for (const other of devnetControlCommands()) command.addCommand(other);
  return command.action(async () => onExit(await runDevnet(command.opts<DevnetOptionValues>(), script)));
}

function upCommand(onExit: (code: number) => void, script: string): Command {
  const command = addDevnetOptions(
    new Command('up')
      .description('the same; with --detach in the background')
      .option('--detach', 'return when it is up; heddle devnet down ends it'),
  );
  return command.action(async () => {
    const given = { ...command.opts<DevnetOptionValues & { detach?: true }>(), ...givenAbove(command) };
    onExit(given.detach ? await detach(command, given.datadir) : await runDevnet(given, script));
  });
}

/** Flags before the name of the command (`heddle devnet --port 0 up`). */
function givenAbove({ parent }: Command): Partial<DevnetOptionValues> {
  const given = Object.entries(parent?.opts() ?? {});
  return Object.fromEntries(given.filter(([name]) => parent?.getOptionValueSource(name) === 'cli'));
}

async function detach(command: Command, datadir: string): Promise<number> {
  const args = rootOf(command).rawArgs.filter((arg) => arg !== '--detach');
  const { status, outputFile } = await startDetached(HEDDLE_SCRIPT, args, {
    datadir,
    signal: whenAskedToEnd().signal,
  });
  const flag = datadir === DEFAULT_DATADIR ? '' : ` --datadir ${datadir}`;
  const lines = [
    `the devnet runs in the background (pid ${status.pid}), chain ${status.chainId} at block ${status.head}`,
    `RPC at ${status.validators.map(({ rpcUrl }) => rpcUrl).join(' ')}`,
    `what it prints, accounts and keys first: ${outputFile}`,
    `the validators' logs: heddle devnet logs 0${flag}`,
    `how it does: heddle devnet status${flag}; end it: heddle devnet down${flag}`,
  ];
  for (const line of lines) console.log(`heddle: ${line}`);
  return 0;
}

function rootOf(command: Command): Command & { readonly rawArgs: readonly string[] } {
  return command.parent ? rootOf(command.parent) : (command as ReturnType<typeof rootOf>);
}

function addDevnetOptions(command: Command): Command {
  command
    .addOption(new Option('--datadir <folder>', 'where the chain is kept').default(DEFAULT_DATADIR).argParser(readText))
    .addOption(new Option('--host <address>', 'where RPC is served').default(DEFAULT_HOST).argParser(readText))
    .addOption(portOption())
    .addOption(
      new Option('--vhosts <names>', 'host names to serve (default: all unless on loopback)').argParser(readNames),
    )
    .addOption(
      new Option('--workers <count>', 'executor threads of a validator (default: by the cores)').argParser(readWorkers),
    )
    .addOption(engineOption())
    .addOption(historyOption())
    .option('--reset', 'remove the chain in the datadir and begin a new one')
    .option('--no-restart', 'leave a validator that has ended down');
  return addLogOptions(addLimitOption(addChainOptions(command)));
}

function portOption(): Option {
  const description = 'RPC port of validator 0, the others follow; 0: free ones';
  return new Option('-p, --port <port>', description).default(DEFAULT_RPC_PORT).argParser(readPort);
}

async function runDevnet(values: DevnetOptionValues, script: string): Promise<number> {
  const start = performance.now();
  const askedToEnd = whenAskedToEnd();
  const print = (line: string) => console.log(line);
  const bar = stagedBar();
  const say = (line: string) => {
    bar.end();
    console.log(`heddle: ${line}`);
  };
  const waiting: string[] = [];
  let block = (line: string): void => void waiting.push(line); // blocks may come before the banner is out
  const devnet = await startDevnet(
    {
      ...values,
      flags: chainFlagsOf(values),
      reset: values.reset === true,
      vhosts: values.vhosts,
      workers: values.workers,
      engine: values.engine,
      history: values.history,
      limits: checkedLimits(values.limit),
      logLevel: values.logLevel ?? 'info',
      logFormat: values.logFormat ?? 'json',
      script,
      restartDelayMs: RESTART_DELAY_MS,
      signal: askedToEnd.signal,
    },
    { say, block: (line) => block(line), copied: (...step) => bar.show(...step) },
  );
  if (values.reset === true) print(resetNotice());
  const warning = openHostWarning({ host: values.host, vhosts: values.vhosts });
  if (warning) say(warning);
  print(devnetBanner(devnet, { host: values.host, startedInMs: performance.now() - start }));
  block = print;
  for (const line of waiting) print(line);
  return untilEnd(devnet, askedToEnd.promise, say);
}

async function untilEnd(
  devnet: RunningDevnet,
  askedToEnd: Promise<void>,
  say: (line: string) => void,
): Promise<number> {
  const why = await Promise.race([askedToEnd.then(() => 'asked' as const), devnet.ended]);
  say(why === 'asked' ? 'ending the validators …' : 'every validator is down');
  await devnet.stop();
  return why === 'asked' ? 0 : 1;
}
