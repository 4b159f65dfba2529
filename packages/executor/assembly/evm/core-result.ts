// What a receipt is made of, as src/shared-memory/run-result.ts has it:
//   succeeded 1 | has contract 1 | contract 20, if any | log count 4 | logs
//   log: address 20 | topic count 1 | topics | size 4 | data
import { allocateShared, placeBytes } from "./core";
import {
  HALT_NONE, LOG_ADDRESS, LOG_DATA, LOG_DATA_SIZE, LOG_NEXT, LOG_TOPIC_COUNT, LOG_TOPICS, RESULT, RESULT_FIRST_LOG, RESULT_HALT,
  RESULT_LOG_COUNT, TRANSACTION, workerArena,
} from "./layout";
import { allocateBytes } from "./records";
import { TX_FLAGS, TX_IS_CREATION, TX_TO } from "./transaction-record";

const HEAD_SIZE: usize = 6;
const LOG_HEAD_SIZE: usize = 25;

/** Bytes of what {@link placeResult} placed. */
export let workerResultSize: u32 = 0;

/** Places the result of the run in the block's memory. 0: there is no memory for it. */
export function placeResult(): usize {
  const isCreation = (load<u32>(workerArena + TRANSACTION, TX_FLAGS) & TX_IS_CREATION) != 0;
  const size = HEAD_SIZE + (isCreation ? 20 : 0) + sizeOfLogs();
  workerResultSize = u32(size);
  const place = allocateShared(size);
  const bytes = allocateBytes(size);
  if (place == 0 || bytes == 0) return 0;
  store<u8>(bytes, u8(load<u32>(workerArena + RESULT, RESULT_HALT) == HALT_NONE));
  store<u8>(bytes, u8(isCreation), 1);
  let at = bytes + 2;
  if (isCreation) {
    memory.copy(at, workerArena + TRANSACTION + TX_TO, 20);
    at += 20;
  }
  writeLogs(at);
  placeBytes(place, bytes, size);
  return place;
}

function sizeOfLogs(): usize {
  let size: usize = 0;
  let log: usize = load<u32>(workerArena + RESULT, RESULT_FIRST_LOG);
  for (let left = load<u32>(workerArena + RESULT, RESULT_LOG_COUNT); left != 0; left--) {
    size += LOG_HEAD_SIZE + usize(load<u32>(log, LOG_TOPIC_COUNT)) * 32 + <usize>load<u32>(log, LOG_DATA_SIZE);
    log = load<u32>(log, LOG_NEXT);
  }
  return size;
}

function writeLogs(place: usize): void {
  const count = load<u32>(workerArena + RESULT, RESULT_LOG_COUNT);
  store<u32>(place, count);
  let at = place + 4;
  let log: usize = load<u32>(workerArena + RESULT, RESULT_FIRST_LOG);
  for (let left = count; left != 0; left--) {
    const topicCount = load<u32>(log, LOG_TOPIC_COUNT);
    const topicsSize = usize(topicCount) * 32, dataSize: usize = load<u32>(log, LOG_DATA_SIZE);
    memory.copy(at, log + LOG_ADDRESS, 20);
    store<u8>(at, u8(topicCount), 20);
    memory.copy(at + 21, log + LOG_TOPICS, topicsSize);
    store<u32>(at + 21 + topicsSize, u32(dataSize));
    memory.copy(at + LOG_HEAD_SIZE + topicsSize, load<u32>(log, LOG_DATA), dataSize);
    at += LOG_HEAD_SIZE + topicsSize + dataSize;
    log = load<u32>(log, LOG_NEXT);
  }
}
