import { writeFileSync } from 'node:fs';
import { HeddleError } from '@heddle/primitives';
import { Command, CommanderError, Option } from 'commander';
import { optionInvalid } from './errors.ts';
import { formatReport } from './report.ts';
import { runLoad } from './run-load.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';

/** The mnemonic of anvil's and Heddle's prefunded accounts. */
const DEFAULT_MNEMONIC = 'test test test test test test test test test test test junk';
/** Seconds from submission until a sender is surely free again, at a block time of a second. */
const SENDER_REST_SECONDS = 4;
const MAX_SENDERS = 50_000;

interface Flags {
  readonly url: readonly string[];
  readonly scenario: Scenario;
  readonly rate: string;
  readonly duration: string;
  readonly senders?: string;
  readonly mnemonic: string;
  readonly seed: string;
  readonly json?: string;
}

/** Runs the command line `heddle load` (its flags alone) and gives the exit code. */
export async function runLoadCommand(argv: readonly string[]): Promise<number> {
  const command = new Command('heddle load')
    .description(
      'Sends transactions to a chain on an open-loop schedule and reports throughput and latency to finality.',
    )
    .option('--url <url...>', 'RPC URLs to send to, in turn; the first is also watched', ['http://127.0.0.1:8545'])
    .addOption(new Option('--scenario <name>', 'what to send').choices([...SCENARIOS]).default('transfer'))
    .option('--rate <tps>', 'transactions a second', '100')
    .option('--duration <seconds>', 'how long to send', '30')
    .option('--senders <count>', `accounts that send (default: the rate x ${SENDER_REST_SECONDS})`)
    .option('--mnemonic <words>', 'of the prefunded accounts that pay', DEFAULT_MNEMONIC)
    .option('--seed <text>', 'names the sending accounts', 'heddle')
    .option('--json <file>', 'also write the report as JSON')
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => undefined }) // said below, on one line
    .exitOverride();
  try {
    command.parse([...argv], { from: 'user' });
    await run(command.opts<Flags>());
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // the help
      console.error(`heddle: ${error.message.replace(/^error: |\.$/g, '').replace('\n', ' ')}; see heddle load --help`);
      return 1;
    }
    if (!(error instanceof HeddleError)) throw error;
    console.error(`heddle: ${error.message}${error.remedy === undefined ? '' : `; ${error.remedy}`}`);
    return 1;
  }
}

async function run(flags: Flags): Promise<void> {
  const rate = positive('--rate', flags.rate);
  const durationSeconds = positive('--duration', flags.duration);
  const wanted =
    flags.senders === undefined ? Math.ceil(rate * SENDER_REST_SECONDS) : positive('--senders', flags.senders);
  const report = await runLoad({
    urls: flags.url,
    scenario: flags.scenario,
    rate,
    durationMs: durationSeconds * 1_000,
    senders: Math.min(MAX_SENDERS, Math.max(1, Math.floor(wanted))),
    mnemonic: flags.mnemonic,
    seed: flags.seed,
    onProgress: showProgress(),
    onNotice: (line) => process.stderr.write(`\n${line}\n`),
  });
  process.stderr.write('\n');
  process.stdout.write(`${formatReport(report)}\n`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw optionInvalid(flag, text, 'a number above 0');
  return value;
}

/** A progress line on a terminal; elsewhere one line per stage. */
function showProgress(): (what: string, done: number, all: number) => void {
  const isTerminal = process.stderr.isTTY === true;
  let stage = '';
  let shown = 0;
  return (what, done, all) => {
    const now = performance.now();
    if (what === stage && done < all && now - shown < 200) return;
    if (!isTerminal && what === stage) return;
    shown = now;
    stage = what;
    const percent = all === 0 ? 100 : Math.floor((100 * done) / all);
    process.stderr.write(isTerminal ? `\r${what} ${percent} %\u001b[K` : `${what}\n`);
  };
}
