import { createConnection, type Socket } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import { reasonOf } from '../files/file-errors.ts';
import { controlFileOf } from '../supervisor/devnet-file.ts';
import { controlLost, noDevnet } from './control-errors.ts';
import { controlPath } from './control-path.ts';
import { type ControlRequest, encodeRequest, MAX_ANSWER_BYTES, resultOf } from './control-protocol.ts';
import { createLineReader } from './line-reader.ts';

/** How long an answer may take: a validator that is started again has to replay and to catch up. */
const PATIENCE_MS = 180_000;

/** How {@link askDevnet} asks. */
export interface AskOptions {
  readonly timeoutMs?: number;
  /** Resolves only when the devnet has hung up as well: it has ended. */
  readonly untilClosed?: true;
}

/**
 * Sends one command to the devnet on `datadir` and gives its result.
 *
 * @throws HeddleError `NO_DEVNET`, `CONTROL_LOST`, and whatever the devnet answers
 */
export async function askDevnet(datadir: string, request: ControlRequest, options: AskOptions = {}): Promise<unknown> {
  const socket = await connect(datadir);
  const { timeoutMs = PATIENCE_MS } = options;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void => reject(controlLost(datadir, why, cause));
      let line: string | undefined;
      timer = setTimeout(() => fail(`within ${timeoutMs / 1_000} s`), timeoutMs);
      const settle = (): void => {
        try {
          if (line === undefined) throw controlLost(datadir, 'it hung up');
          resolve(resultOf(line));
        } catch (error) {
          reject(error);
        }
      };
      const read = createLineReader(MAX_ANSWER_BYTES, {
        line(text) {
          line = text;
          if (options.untilClosed !== true || !isOk(text)) settle();
        },
        overflow: () => fail('its answer is too long'),
      });
      socket.on('data', read);
      socket.on('error', (error) => fail(reasonOf(error), error));
      socket.on('close', settle);
      socket.write(encodeRequest(request));
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function isOk(line: string): boolean {
  return line.startsWith('{"ok":true');
}

function connect(datadir: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(noDevnet(datadir, cause));
    const socket = createConnection(controlFileOf(datadir) ?? controlPath(resolvePath(datadir)));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
