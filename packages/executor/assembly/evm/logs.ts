// The logs of one transaction, oldest first. A revert cuts the list where it was.
import { LOG_ADDRESS, LOG_DATA, LOG_DATA_SIZE, LOG_NEXT, LOG_TOPIC_COUNT, LOG_TOPICS } from "./layout";
import { allocateBytes } from "./records";

let workerFirstLog: usize = 0;
let workerLastLog: usize = 0;
let workerLogCount: u32 = 0;

/** Forgets the logs of the transaction before. */
export function resetLogs(): void {
  workerFirstLog = 0;
  workerLastLog = 0;
  workerLogCount = 0;
}

export function firstLog(): usize {
  return workerLogCount == 0 ? 0 : workerFirstLog;
}

/** The log that stands last, 0: none. Names this moment for cutLogs. */
@inline
export function lastLog(): usize {
  return workerLastLog;
}

@inline
export function logCount(): u32 {
  return workerLogCount;
}

/** Drops every log after `last`, with which there are `count`. */
export function cutLogs(last: usize, count: u32): void {
  workerLastLog = last;
  workerLogCount = count;
  if (last != 0) store<u32>(last, 0, LOG_NEXT);
}

/** Adds a log of the contract at `address` (20 bytes); its topics are left to the caller. 0 when the run is void. */
export function addLog(address: usize, topicCount: u32, data: usize, dataSize: usize): usize {
  const topicsSize = usize(topicCount) * 32;
  const log = allocateBytes(LOG_TOPICS + topicsSize + dataSize);
  if (log == 0) return 0;
  store<u32>(log, 0, LOG_NEXT);
  store<u32>(log, topicCount, LOG_TOPIC_COUNT);
  store<u32>(log, u32(log + LOG_TOPICS + topicsSize), LOG_DATA);
  store<u32>(log, u32(dataSize), LOG_DATA_SIZE);
  memory.copy(log + LOG_ADDRESS, address, 20);
  memory.copy(log + LOG_TOPICS + topicsSize, data, dataSize);
  if (workerLogCount == 0) workerFirstLog = log;
  else store<u32>(workerLastLog, u32(log), LOG_NEXT);
  workerLastLog = log;
  workerLogCount++;
  return log;
}
