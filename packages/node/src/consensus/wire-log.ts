import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileUnwritable, reasonOf } from '../files/file-errors.ts';
import { makeFolder } from '../files/text-files.ts';
import { isSigned } from './messages.ts';

/** One line of a wire log: a JSON object. */
export interface WireLine {
  /** Unix milliseconds. */
  readonly at: number;
  /** As the node that wrote the log saw it. */
  readonly direction: 'sent' | 'received';
  /** The peer id of the other side. */
  readonly peer: string;
  /** The message as it went over the consensus stream, as hex without 0x. */
  readonly message: string;
}

/** A record of every vote and proposal between this node and its peers, for whoever audits a network. */
export interface WireLog {
  /** To be called before a message leaves, and before one that came is looked at. Never throws. */
  note(direction: WireLine['direction'], peer: string, message: Uint8Array): void;
  close(): void;
}

/** The environment variable that names the folder of wire logs, outside every node's own. */
export const WIRE_LOG_VARIABLE = 'HEDDLE_WIRE_LOG';

/** A wire log ends here: days of a devnet of four. */
const MAX_WIRE_LOG_BYTES = 1024 * 1024 * 1024;

/**
 * Opens the wire log of the node `name` in `folder`: one file a process, written line by line, so that a killed process
 * leaves what it said. `onHole` hears, once, why lines are missing: the disk was full for a while, or the log too long.
 *
 * @throws HeddleError `FILE_UNWRITABLE`
 */
export function openWireLog(folder: string, name: string, onHole: (why: string) => void): WireLog {
  makeFolder(folder);
  let descriptor: number | undefined = openForAppending(join(folder, `${name}-${process.pid}.wire`));
  let size = 0;
  let isWhole = true;
  const lack = (why: string): void => {
    if (isWhole) onHole(why);
    isWhole = false;
  };
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    note(direction, peer, message) {
      if (descriptor === undefined || !isSigned(message)) return;
      const line: WireLine = { at: Date.now(), direction, peer, message: Buffer.from(message).toString('hex') };
      try {
        size += writeSync(descriptor, `${JSON.stringify(line)}\n`);
      } catch (error) {
        lack(reasonOf(error)); // an audit must not end what it looks at
      }
      if (size < MAX_WIRE_LOG_BYTES) return;
      lack(`it has grown to ${MAX_WIRE_LOG_BYTES} bytes`);
      close();
    },
    close,
  };
}

function openForAppending(file: string): number {
  try {
    return openSync(file, 'a');
  } catch (cause) {
    throw fileUnwritable(file, cause);
  }
}
