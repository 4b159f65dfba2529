// What one instance knows about itself and the trie that it works on. Module globals are per instance, so per worker.
import { copyBytes } from "./bytes";
import { workspaceAddress } from "./layout";
import { nibbleAt } from "./nibbles";

/** This worker's workspace. */
export let workerSpace: usize = 0;
/** What the keys of the records of the trie in hand begin with. */
let workerPrefix: usize = 0;
let workerPrefixSize: u32 = 0;

/** Says whose workspace it is. Once an instance. */
export function openWorkspace(workerIndex: u32): void {
  workerSpace = workspaceAddress(workerIndex);
}

/** Turns to the trie whose records' keys begin with these bytes. */
export function turnTo(prefix: usize, size: u32): void {
  workerPrefix = prefix;
  workerPrefixSize = size;
}

/** Writes the key of the record at the first `nibbles` of `path`: a nibble a byte (src/state/state-keys.ts). The size. */
export function writeKey(target: usize, path: usize, nibbles: u32): u32 {
  copyBytes(target, workerPrefix, workerPrefixSize);
  const at = target + workerPrefixSize;
  for (let index: u32 = 0; index < nibbles; index++) store<u8>(at + index, nibbleAt(path, index));
  return workerPrefixSize + nibbles;
}
