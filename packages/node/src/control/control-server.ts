import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as passTime } from 'node:timers/promises';
import { fileUnwritable } from '../files/file-errors.ts';
import { controlRefused } from './control-errors.ts';
import { controlPath, makeControlFolder, shortControlPath } from './control-path.ts';
import { type ControlRequest, decodeRequest, encodeAnswer, failureOf, MAX_LINE_BYTES } from './control-protocol.ts';
import { createLineReader } from './line-reader.ts';

/** The listening end of a devnet's control channel. */
export interface ControlServer {
  readonly path: string;
  /** Takes no more requests; what is being answered gets its answer within a second. */
  close(): Promise<void>;
}

/** Commands at once; more wait in the socket's own queue or are refused by it. */
const MAX_CONNECTIONS = 32;
/** A connection on which nothing was said for so long is closed. */
const IDLE_MS = 60_000;
/** What a closing server waits for its last answers to leave. */
const CLOSE_MS = 1_000;
/** Requests of one connection that wait for their turn. */
const MAX_WAITING = 32;

/**
 * Listens to commands for the devnet on `datadir`, for this user alone. `handle` may reject; its error is the answer.
 *
 * @throws HeddleError `FILE_UNWRITABLE`
 */
export async function serveControl(
  datadir: string,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<ControlServer> {
  const connections = new Map<Socket, Conversation>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.set(socket, converse(socket, handle));
    socket.on('close', () => connections.delete(socket));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const path = await listenSomewhere(server, datadir);
  return {
    path,
    async close() {
      server.close();
      await Promise.race([Promise.all([...connections.values()].map(({ finish }) => finish())), passTime(CLOSE_MS)]);
      for (const socket of connections.keys()) socket.destroy();
    },
  };
}

interface Conversation {
  /** Hangs up when what was asked is answered. */
  finish(): Promise<void>;
}

/** Answers the requests of one connection, one after another. */
function converse(socket: Socket, handle: (request: ControlRequest) => Promise<unknown>): Conversation {
  let waiting = 0;
  let turn: Promise<void> = Promise.resolve();
  const answer = async (line: string): Promise<void> => {
    let text: string;
    try {
      text = encodeAnswer({ ok: true, result: (await handle(decodeRequest(line))) ?? null });
    } catch (error) {
      text = encodeAnswer(failureOf(error));
    }
    waiting -= 1;
    if (socket.writable) socket.write(text);
  };
  const refuse = (why: string): void => {
    if (socket.writable) socket.end(encodeAnswer(failureOf(controlRefused(why)))); // once
  };
  const read = createLineReader(MAX_LINE_BYTES, {
    line(line) {
      waiting += 1;
      if (waiting > MAX_WAITING) refuse(`${MAX_WAITING} requests wait already`);
      else turn = turn.then(() => answer(line));
    },
    overflow: () => refuse(`a line may have ${MAX_LINE_BYTES} bytes`),
  });
  socket.setTimeout(IDLE_MS, () => waiting === 0 && socket.destroy());
  socket.on('data', (chunk) => socket.writable && read(chunk));
  const finish = async (): Promise<void> => {
    await turn;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.end(resolve);
    });
  };
  socket.on('end', () => void finish());
  socket.on('error', () => socket.destroy()); // whoever asked has gone
  return { finish };
}

/** Where the datadir takes no socket, as on some mounted file systems, the short path does. */
async function listenSomewhere(server: Server, datadir: string): Promise<string> {
  const path = controlPath(datadir);
  if (process.platform === 'win32') return listen(server, path);
  if (dirname(path) !== datadir) makeControlFolder(dirname(path));
  try {
    return await listen(server, path);
  } catch (error) {
    const short = shortControlPath(datadir);
    if (short === path) throw error;
    makeControlFolder(dirname(short));
    return listen(server, short);
  }
}

function listen(server: Server, path: string): Promise<string> {
  if (process.platform !== 'win32') rmSync(path, { force: true }); // of a supervisor that was killed: the lock is ours
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(fileUnwritable(path, cause)));
    // The socket is made by this very call; who may connect is who may write to it.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => resolve(path));
    } finally {
      process.umask(before);
    }
  });
}
