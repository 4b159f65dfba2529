// What the runs of a block's transactions left, one behind the other at multiples of 4, as src/shared-memory/run-result.ts
// has it:
//   succeeded 1 | has contract 1 | contract 20, if any | log count 4 | logs
//   log: address 20 | topic count 1 | topics | size 4 | data

export const ADDRESS_SIZE: u32 = 20;
export const TOPIC_SIZE: u32 = 32;
const LOG_TOPICS: usize = 21;

@inline
export function hasSucceeded(result: usize): bool {
  return load<u8>(result) != 0;
}

@inline
export function hasContract(result: usize): bool {
  return load<u8>(result, 1) != 0;
}

/** The address of the contract that there is. */
@inline
export function contractOf(result: usize): usize {
  return result + 2;
}

@inline
export function logCount(result: usize): u32 {
  return load<u32>(logsOf(result));
}

@inline
export function firstLog(result: usize): usize {
  return logsOf(result) + 4;
}

@inline
function logsOf(result: usize): usize {
  return contractOf(result) + (hasContract(result) ? usize(ADDRESS_SIZE) : 0);
}

@inline
export function topicCount(log: usize): u32 {
  return load<u8>(log, usize(ADDRESS_SIZE));
}

@inline
export function topicsOf(log: usize): usize {
  return log + LOG_TOPICS;
}

@inline
export function dataSizeOf(log: usize): u32 {
  return load<u32>(endOfTopics(log));
}

@inline
export function dataOf(log: usize): usize {
  return endOfTopics(log) + 4;
}

/** The first byte behind the log: the next one, if there is one. */
@inline
export function endOfLog(log: usize): usize {
  return dataOf(log) + dataSizeOf(log);
}

/** The result behind the one whose last log ends at `end`. */
@inline
export function nextResult(end: usize): usize {
  return (end + 3) & ~3;
}

@inline
function endOfTopics(log: usize): usize {
  return topicsOf(log) + usize(topicCount(log)) * TOPIC_SIZE;
}
