// What the call before returned: one buffer for all frames, since a frame asks for it only until it calls again.
import { CHUNK_HEADER, giveChunk, takeChunk } from "./chunks";
import { outOfMemory } from "./run-state";

let workerReturnChunk: usize = 0;
let workerReturnRoom: usize = 0;
/** Bytes of return data, which lie at returnData(). */
export let workerReturnSize: usize = 0;

/** Where the return data lies. */
@inline
export function returnData(): usize {
  return workerReturnChunk + CHUNK_HEADER;
}

/** Empties it. */
@inline
export function clearReturnData(): void {
  workerReturnSize = 0;
}

/** Room for `size` bytes of return data, whose content is the caller's to write; 0 when memory is at its end. */
export function reserveOutput(size: usize): usize {
  if (workerReturnChunk == 0 || size > workerReturnRoom) {
    if (workerReturnChunk != 0) giveChunk(workerReturnChunk);
    workerReturnRoom = 0;
    workerReturnChunk = takeChunk(size);
    if (workerReturnChunk == 0) {
      outOfMemory();
      return 0;
    }
    workerReturnRoom = size > 65536 - CHUNK_HEADER ? size : 65536 - CHUNK_HEADER;
  }
  workerReturnSize = size;
  return returnData();
}

/** Makes a copy of these bytes the return data. Without memory the run is void. */
export function setReturnData(bytes: usize, size: usize): void {
  const target = reserveOutput(size);
  if (target != 0) memory.copy(target, bytes, size);
}
