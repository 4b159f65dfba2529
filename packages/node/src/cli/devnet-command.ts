import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { DEFAULT_HOST, DEFAULT_RPC_PORT } from '../config.ts';
import { checkedLimits, type LimitTexts } from '../limits/node-limits.ts';
import { type RunningDevnet, startDevnet } from '../supervisor/devnet.ts';
import { addChainOptions, type ChainOptionValues, chainFlagsOf } from './chain-options.ts';
import { devnetBanner, resetNotice } from './devnet-banner.ts';
import { readNames, readPort, readText, readWorkers } from './flag-values.ts';
import { openHostWarning } from './host-warning.ts';
import { addLimitOption } from './limit-option.ts';
import { addLogOptions, type LogOptionValues } from './log-options.ts';
import { whenAskedToEnd } from './signals.ts';

interface DevnetOptionValues extends ChainOptionValues, LogOptionValues {
  readonly datadir: string;
  readonly host: string;
  readonly port: number;
  readonly vhosts?: string[];
  readonly workers?: number;
  readonly limit?: LimitTexts;
  readonly reset?: boolean;
  readonly restart: boolean;
}

/** The `heddle` script, which each validator's process runs. */
const HEDDLE_SCRIPT = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url));
const RESTART_DELAY_MS = { first: 1_000, last: 30_000 } as const;

/** `heddle devnet`: several validators on this machine until Ctrl-C. Resolves with the exit code. */
export function devnetCommand(onExit: (code: number) => void, script = HEDDLE_SCRIPT): Command {
  const command = new Command('devnet')
    .description('run a devnet of several validators on this machine until Ctrl-C')
    .addOption(new Option('--datadir <folder>', 'where the chain is kept').default('.heddle').argParser(readText))
    .addOption(new Option('--host <address>', 'where RPC is served').default(DEFAULT_HOST).argParser(readText))
    .addOption(portOption())
    .addOption(
      new Option('--vhosts <names>', 'host names to serve (default: all unless on loopback)').argParser(readNames),
    )
    .addOption(
      new Option('--workers <count>', 'executor threads of a validator (default: by the cores)').argParser(readWorkers),
    )
    .option('--reset', 'remove the chain in the datadir and begin a new one')
    .option('--no-restart', 'leave a validator that has ended down');
  addLogOptions(addLimitOption(addChainOptions(command)));
  return command.action(async () => onExit(await runDevnet(command.opts<DevnetOptionValues>(), script)));
}

function portOption(): Option {
  const description = 'RPC port of validator 0, the others follow; 0: free ones';
  return new Option('-p, --port <port>', description).default(DEFAULT_RPC_PORT).argParser(readPort);
}

async function runDevnet(values: DevnetOptionValues, script: string): Promise<number> {
  const start = performance.now();
  const askedToEnd = whenAskedToEnd();
  const print = (line: string) => console.log(line);
  const say = (line: string) => console.log(`heddle: ${line}`);
  const waiting: string[] = [];
  let block = (line: string): void => void waiting.push(line); // blocks may come before the banner is out
  const devnet = await startDevnet(
    {
      ...values,
      flags: chainFlagsOf(values),
      reset: values.reset === true,
      vhosts: values.vhosts,
      workers: values.workers,
      limits: checkedLimits(values.limit),
      logLevel: values.logLevel ?? 'info',
      logFormat: values.logFormat ?? 'json',
      script,
      restartDelayMs: RESTART_DELAY_MS,
      signal: askedToEnd.signal,
    },
    { say, block: (line) => block(line) },
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
  const isAsked = await Promise.race([askedToEnd.then(() => true), devnet.ended.then(() => false)]);
  say(isAsked ? 'ending the validators …' : 'every validator is down');
  await devnet.stop();
  return isAsked ? 0 : 1;
}
