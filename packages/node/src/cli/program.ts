import { HeddleError } from '@heddle/primitives';
import { Command, CommanderError } from 'commander';
import { supervision } from '../supervisor/supervised.ts';
import { usageError } from './cli-errors.ts';
import { errorLine } from './error-line.ts';
import type { StartNode } from './node-command.ts';
import { VERSION } from './version.ts';

/** What the commands need from outside. */
export interface ProgramDependencies {
  readonly startNode: StartNode;
  /** The program that a devnet starts for each validator; the `heddle` script unless a test says otherwise. */
  readonly validatorScript?: string;
}

/** What a command is made with. */
interface CommandContext extends ProgramDependencies {
  readonly onExit: (code: number) => void;
}

type LoadCommand = (context: CommandContext) => Promise<Command>;

/** Each is loaded when it is asked for: a validator that starts again needs a third less time without the others. */
const COMMANDS: ReadonlyMap<string, LoadCommand> = new Map<string, LoadCommand>([
  [
    'devnet',
    async ({ onExit, validatorScript }) => (await import('./devnet-command.ts')).devnetCommand(onExit, validatorScript),
  ],
  ['node', async ({ startNode, onExit }) => (await import('./node-command.ts')).nodeCommand(startNode, onExit)],
  ['genesis', async () => (await import('./genesis-command.ts')).genesisCommand()],
  ['import', async () => (await import('./import-command.ts')).importCommand()],
  ['export', async () => (await import('./export-command.ts')).exportCommand()],
  ['serve', async () => (await import('./serve-command.ts')).serveCommand()],
  ['db', async () => (await import('./db-command.ts')).dbCommand()],
  ['fault', async () => (await import('./fault-command.ts')).faultCommand()],
  ['limits', async () => (await import('./limits-command.ts')).limitsCommand()],
  ['evm', async ({ onExit }) => (await import('./evm-command.ts')).evmCommand(onExit)],
  ['replay', async ({ onExit }) => (await import('./replay-command.ts')).replayCommand(onExit)],
  ['load', async ({ onExit }) => (await import('./load-command.ts')).loadCommand(onExit)],
]);

/** The user knows why. */
const INTERRUPTIONS: ReadonlySet<string> = new Set(['DEVNET_INTERRUPTED', 'INTERRUPTED']);

/**
 * Runs the command line `args` (without node and script) and resolves with the exit code: 0, or 1 after one line on
 * standard error that says what went wrong, where, and what to do.
 */
export async function runProgram(args: readonly string[], dependencies: ProgramDependencies): Promise<number> {
  let exitCode = 0;
  const onExit = (code: number): void => {
    exitCode = code;
  };
  const program = await heddleProgram(args, { ...dependencies, onExit });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endOfCommander(error, nameOf(program, args));
    return reportFailure(error);
  }
}

async function heddleProgram(args: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('heddle')
    .description('an Ethereum devnet: real validators, fast finality, parallel execution')
    .version(VERSION)
    .enablePositionalOptions(); // a flag belongs to the command that it follows
  for (const load of wanted(args)) program.addCommand(await load(context));
  for (const command of withDescendants(program)) {
    command.exitOverride().configureOutput({ outputError: () => undefined }); // said by endOfCommander, on one line
    command.allowExcessArguments(false);
  }
  return program;
}

/** The one command that is asked for; all of them where help or a better name is. */
function wanted([name = '']: readonly string[]): Iterable<LoadCommand> {
  const command = COMMANDS.get(name);
  return command ? [command] : COMMANDS.values();
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** The command that `args` begins with: `heddle fault kill`. */
function nameOf(program: Command, args: readonly string[]): string {
  let command = program;
  let name = program.name();
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (!next) break;
    command = next;
    name += ` ${arg}`;
  }
  return name;
}

/** Help and version end here too, with exit code 0. */
function endOfCommander(error: CommanderError, command: string): number {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return 1; // `heddle` alone: its help has been printed
  console.error(errorLine(usageError(error.message.replace(/^error: |\.$/g, ''), command)));
  return 1;
}

async function reportFailure(error: unknown): Promise<number> {
  if (error instanceof HeddleError && INTERRUPTIONS.has(error.code)) return 130;
  console.error(errorLine(error));
  const supervisor = supervision();
  if (supervisor) {
    const { code, message, remedy } = asHeddleError(error);
    supervisor.send({ type: 'failed', code, message, remedy });
    await supervisor.flush();
  }
  return 1;
}

function asHeddleError(error: unknown): Pick<HeddleError, 'code' | 'message' | 'remedy'> {
  if (error instanceof HeddleError) return error;
  const message = `unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'UNEXPECTED', message, remedy: 'see output.log beside its log' };
}
