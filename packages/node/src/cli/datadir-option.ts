import { type Command, Option } from 'commander';
import { readText } from './flag-values.ts';

/** Where a devnet keeps its chain unless it is told otherwise. */
export const DEFAULT_DATADIR = '.heddle';

/** Adds `--datadir` of a command that speaks to a running devnet. */
export function addDatadirOption(command: Command): Command {
  const option = new Option('--datadir <folder>', "the running devnet's").argParser(readText);
  return command.addOption(option.default(DEFAULT_DATADIR));
}

/** The datadir that was given to the command, or to the one above it (`heddle devnet --datadir x status`). */
export function datadirOf(command: Command): string {
  const given = [command, command.parent].find((one) => one?.getOptionValueSource('datadir') === 'cli');
  return (given ?? command).getOptionValue('datadir') as string;
}
