import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase, verifyState, verifyTables } from '@heddle/executor';
import { assert, decodeHeader, HeddleError } from '@heddle/primitives';
import { readHead } from '../chain/head-record.ts';
import { pause } from '../consensus/pause.ts';
import { systemClock } from '../consensus/system-clock.ts';
import type { VerifyThreadData, VerifyThreadMessage } from './start-verify-thread.ts';
import { yieldToConsensus } from './thread-priority.ts';

// The verify thread: reads a store in full, beside everything else, and says what it found. It writes nothing.

/** It works for this share of the time: a core is wanted for blocks. */
const SHARE = 0.2;
const NEVER = new AbortController().signal;

yieldToConsensus(10);

const port = parentPort;
assert(port !== null, 'verification runs in a thread of its own');
port.postMessage(await verify(workerData as VerifyThreadData));

async function verify({ databasePath, unverifiedTables }: VerifyThreadData): Promise<VerifyThreadMessage> {
  const rest = (workedMs: number) => pause(systemClock, workedMs * (1 / SHARE - 1), NEVER);
  const database = await openDatabase(databasePath);
  const snapshot = database.snapshot();
  try {
    await verifyTables(databasePath, unverifiedTables, { pause: rest });
    const head = readHead(snapshot);
    assert(head !== undefined, 'a store is opened with its genesis in it');
    await verifyState(snapshot, { number: head.number, stateRoot: decodeHeader(head.header).stateRoot }, rest);
    return { type: 'sound' };
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    const { code, message, remedy } = error;
    return { type: 'damaged', code, message, remedy };
  } finally {
    snapshot.close();
    await database.close();
  }
}
