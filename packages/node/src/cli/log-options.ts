import { type Command, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../config.ts';

/** `--log-level` and `--log-format` as commander hands them over. */
export interface LogOptionValues {
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
}

/** Adds the flags of the log. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'what the log files hold (default: info)').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'of the log files (default: json)').choices(LOG_FORMATS));
}
