import { deserialize, serialize } from 'node:v8';
import type { BlockEnvironment } from '../engine.ts';
import type { Core } from './core.ts';
import type { RecentHashes } from './recent-hashes.ts';

/** What every thread needs to know of a block besides its transactions. */
export interface BlockContext {
  readonly environment: BlockEnvironment;
  readonly hashes: RecentHashes;
}

/** The bytes of `context` in the block's memory. */
export function encodeBlockContext(context: BlockContext): Uint8Array {
  return serialize(context);
}

/** The context of the block that is laid out in the memory of `core`. */
export function readBlockContext({ layout, memory }: Core): BlockContext {
  return deserialize(memory.copy(memory.u32(layout.ENVIRONMENT), memory.u32(layout.ENVIRONMENT_SIZE)));
}
