import { bytesToHex, hexToBytes, type Log } from '@heddle/primitives';
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

/** The result that {@link encodeRunResult} wrote. */
export function decodeRunResult(encoded: Uint8Array): RunResult {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length);
  let offset = 2;
  const take = (size: number) => {
    offset += size;
    return bytes.subarray(offset - size, offset);
  };
  const contractAddress = bytes[1] === 1 ? bytesToHex(take(20)) : undefined;
  const logs: Log[] = [];
  for (let left = take(4).readUInt32LE(); left > 0; left--) {
    const address = bytesToHex(take(20));
    const topicCount = take(1).readUInt8();
    const topics = Array.from({ length: topicCount }, () => bytesToHex(take(32)));
    logs.push({ address, topics, data: bytesToHex(take(take(4).readUInt32LE())) });
  }
  return { succeeded: bytes[0] === 1, contractAddress, logs };
}
