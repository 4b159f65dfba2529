import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';
import type pretty from 'pino-pretty';
import type { LogConfig } from './config.ts';

const require = createRequire(import.meta.url);

/** A log file is put aside when it has grown to this. */
export const MAX_LOG_FILE_BYTES = 10 * 1024 * 1024;
/** Files kept besides the current one: `node.log.1` is the newest of them. */
export const KEPT_LOG_FILES = 4;

/** Lines to a file that cannot be written, or to a reader who has fallen behind, are dropped beyond this many characters. */
const MAX_WAITING_CHARACTERS = 1024 * 1024;

/** The node's log. */
export interface NodeLog {
  readonly logger: Logger;
  /** Writes out what waits and closes the file. Nothing may be logged afterwards. */
  close(): void;
}

/**
 * Opens the log that `config` describes. One thread of a process may have it open: other threads hand their lines to
 * that one, since rotation renames the file.
 */
export function openLog(config: LogConfig, maxFileBytes = MAX_LOG_FILE_BYTES): NodeLog {
  const { file, format, level } = config;
  const sink = file === undefined ? standardOutput() : rotatingFile(file, maxFileBytes);
  const options: LoggerOptions = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const stream: DestinationStream =
    format === 'json'
      ? sink
      : loadPretty()({ colorize: false, destination: sink, sync: true, translateTime: 'SYS:HH:MM:ss.l' });
  let isClosed = false;
  return {
    logger: pino(options, stream),
    close() {
      if (isClosed) return;
      isClosed = true;
      if (file === undefined) return sink.flushSync();
      // It is written at once: what waits could not be, and flushing would try for ever.
      sink.destroy();
    },
  };
}

/** For those who asked for it: it takes longer to load than the logger itself. */
function loadPretty(): typeof pretty {
  return require('pino-pretty');
}

/** Never blocks: a full pipe must not stop a validator. */
function standardOutput(): ReturnType<typeof destination> {
  return destination({ fd: 1, sync: false, maxLength: MAX_WAITING_CHARACTERS });
}

/** Written at once, line by line: the last lines before a crash are the ones that matter. */
function rotatingFile(file: string, maxBytes: number): ReturnType<typeof destination> {
  mkdirSync(dirname(file), { recursive: true });
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const sink = destination({ dest: file, append: true, sync: true, maxLength: MAX_WAITING_CHARACTERS });
  // A full disk must not end a validator by its log: lines wait, and go out before the next that can be written.
  sink.on('error', () => undefined);
  sink.on('write', (written: number) => {
    size += written;
    if (size < maxBytes) return;
    size = 0;
    putAside(file);
    sink.reopen();
  });
  return sink;
}

/** node.log becomes node.log.1, that one node.log.2, and so on; the oldest goes. */
function putAside(file: string): void {
  rmSync(`${file}.${KEPT_LOG_FILES}`, { force: true });
  for (let index = KEPT_LOG_FILES; index > 0; index--) {
    const older = index === 1 ? file : `${file}.${index - 1}`;
    if (existsSync(older)) renameSync(older, `${file}.${index}`);
  }
}
