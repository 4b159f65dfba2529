import { type Address, type Hash, type Hex, type Log, writeHex } from '@heddle/primitives';
import type { ExecutedTransaction } from '../engine.ts';

/** What a run leaves besides its writes, gas and fee. */
export type RunResult = Pick<ExecutedTransaction, 'succeeded' | 'logs' | 'contractAddress'>;

// succeeded 1 | has contract 1 | contract 20, if any | log count 4 | logs: address 20 | topic count 1 | topics | size 4 | data
const HEAD_SIZE = 6;
const LOG_HEAD_SIZE = 25;

/** The bytes of `result` in the block's memory. */
export function encodeRunResult(result: RunResult): Uint8Array {
  const bytes = Buffer.alloc(sizeOf(result));
  writeResult(bytes, 0, result);
  return bytes;
}

/** What all runs of a block left, in order: each as {@link encodeRunResult} has it, and begun at a multiple of 4. */
export function encodeRunResults(results: readonly RunResult[]): Uint8Array {
  const bytes = Buffer.alloc(results.reduce((size, result) => size + alignedSize(sizeOf(result)), 0));
  let offset = 0;
  for (const result of results) offset = alignedSize(writeResult(bytes, offset, result));
  return bytes;
}

/** Bytes that a result of `size` bytes takes among those of a block. */
export function alignedSize(size: number): number {
  return (size + 3) & ~3;
}

/** The logs that `contract` emitted, of the {@link encodeRunResults} of a block. */
export function logsOf(results: Uint8Array, contract: Address): Log[] {
  const bytes = Buffer.from(results.buffer, results.byteOffset, results.length);
  const wanted = Buffer.from(contract.slice(2), 'hex');
  const beginning = wanted.readUInt32LE();
  const logs: Log[] = [];
  for (let offset = 0; offset < bytes.length; offset = alignedSize(offset)) {
    offset += bytes[offset + 1] === 0 ? 2 : 22;
    let left = bytes.readUInt32LE(offset);
    for (offset += 4; left > 0; left--) {
      const isWanted = bytes.readUInt32LE(offset) === beginning && wanted.equals(bytes.subarray(offset, offset + 20));
      if (isWanted) logs.push(readLog(bytes, offset));
      offset = endOfLog(bytes, offset);
    }
  }
  return logs;
}

function sizeOf({ logs, contractAddress }: RunResult): number {
  let size = HEAD_SIZE + (contractAddress === undefined ? 0 : 20);
  for (const { topics, data } of logs) size += LOG_HEAD_SIZE + topics.length * 32 + data.length / 2 - 1;
  return size;
}

/** Writes a result to zeros at `start`; where it ends. */
function writeResult(bytes: Buffer, start: number, { succeeded, logs, contractAddress }: RunResult): number {
  bytes[start] = succeeded ? 1 : 0;
  let offset = start + 2;
  if (contractAddress !== undefined) {
    bytes[start + 1] = 1;
    offset = writeHex(bytes, offset, contractAddress);
  }
  offset = bytes.writeUInt32LE(logs.length, offset);
  for (const { address, topics, data } of logs) {
    offset = bytes.writeUInt8(topics.length, writeHex(bytes, offset, address));
    for (const topic of topics) offset = writeHex(bytes, offset, topic);
    offset = writeHex(bytes, bytes.writeUInt32LE(data.length / 2 - 1, offset), data);
  }
  return offset;
}

function readLog(bytes: Buffer, start: number): Log {
  const hex = (from: number, to: number): Hex => `0x${bytes.toString('hex', from, to)}`;
  const topics: Hash[] = [];
  let offset = start + 21;
  for (let left = bytes[start + 20] ?? 0; left > 0; left--, offset += 32) topics.push(hex(offset, offset + 32));
  return { address: hex(start, start + 20), topics, data: hex(offset + 4, endOfLog(bytes, start)) };
}

function endOfLog(bytes: Buffer, start: number): number {
  const offset = start + 21 + (bytes[start + 20] ?? 0) * 32;
  return offset + 4 + bytes.readUInt32LE(offset);
}
