import { type Hash, type Hex, hexToBytes, type Log } from '@heddle/primitives';
import type { ExecutedTransaction } from '../engine.ts';

/** What a run leaves besides its writes, gas and fee. */
export type RunResult = Pick<ExecutedTransaction, 'succeeded' | 'logs' | 'contractAddress'>;

// succeeded 1 | has contract 1 | contract 20, if any | log count 4 | logs: address 20 | topic count 1 | topics | size 4 | data
const HEAD_SIZE = 6;

/** The bytes of `result` in the block's memory. */
export function encodeRunResult({ succeeded, logs, contractAddress }: RunResult): Uint8Array {
  const datas = logs.map(({ data }) => hexToBytes(data));
  let size = HEAD_SIZE + (contractAddress === undefined ? 0 : 20);
  for (const [index, { topics }] of logs.entries()) size += 25 + topics.length * 32 + (datas[index]?.length ?? 0);
  const bytes = Buffer.alloc(size);
  bytes[0] = succeeded ? 1 : 0;
  let offset = 2;
  if (contractAddress !== undefined) {
    bytes[1] = 1;
    offset += bytes.write(contractAddress.slice(2), offset, 'hex');
  }
  offset = bytes.writeUInt32LE(logs.length, offset);
  for (const [index, { address, topics }] of logs.entries()) {
    offset += bytes.write(address.slice(2), offset, 'hex');
    offset = bytes.writeUInt8(topics.length, offset);
    for (const topic of topics) offset += bytes.write(topic.slice(2), offset, 'hex');
    const data = datas[index] as Uint8Array;
    offset = bytes.writeUInt32LE(data.length, offset);
    bytes.set(data, offset);
    offset += data.length;
  }
  return bytes;
}

/** The result that {@link encodeRunResult} wrote, at `start` of the block's memory. */
export function decodeRunResult(bytes: Buffer<ArrayBufferLike>, start: number): RunResult {
  let offset = start + 2;
  const takeHex = (size: number): Hex => {
    offset += size;
    return `0x${bytes.toString('hex', offset - size, offset)}`;
  };
  const takeNumber = (): number => {
    offset += 4;
    return bytes.readUInt32LE(offset - 4);
  };
  const succeeded = bytes[start] === 1;
  const contractAddress = bytes[start + 1] === 1 ? takeHex(20) : undefined;
  const logs: Log[] = [];
  for (let left = takeNumber(); left > 0; left--) {
    const address = takeHex(20);
    const topics: Hash[] = [];
    for (let count = bytes[offset++] ?? 0; count > 0; count--) topics.push(takeHex(32));
    logs.push({ address, topics, data: takeHex(takeNumber()) });
  }
  return { succeeded, contractAddress, logs };
}
