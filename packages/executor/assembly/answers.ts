// What the core's steps answer beside addresses and indices.

/** `next`: nothing to do now, ask again. */
export const TASK_NONE: i32 = -1;
/** `next`: the block has ended. */
export const TASK_STOP: i32 = -2;

/** `readAtLeast`: the value is below the operand, or not; or nothing can be said, and the run is void. */
export const IS_BELOW: u32 = 0;
export const IS_AT_LEAST: u32 = 1;
export const IS_UNKNOWN: u32 = 2;

/** `runTransfer`: the transaction is for the engine; nothing of this is left in the run. */
export const TRANSFER_OTHER: usize = 0;
/** `runTransfer`: run and published, or given back; the run is over. */
export const TRANSFER_OVER: usize = 1;
