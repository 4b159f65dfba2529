// Memory for the long operations, of this worker alone: they are neither re-entrant nor shared.

/** Bytes that the long operations need, aligned to 16. */
export const WORD_SCRATCH_SIZE: usize = 640;

/** Where this worker's scratch memory lies; its parts are below. */
export let workerWordScratch: usize = 0;

/** Gives the long operations their memory. Called once, before any of them. */
export function placeWordScratch(address: usize): void {
  memory.fill(address, 0, WORD_SCRATCH_SIZE);
  workerWordScratch = address;
}

/** The parts of the scratch memory, one after the other. */
export const LONG_DIVISOR: usize = 0;
/** 17 limbs of 32 bits. */
export const LONG_DIVIDEND: usize = LONG_DIVISOR + 32;
export const LONG_QUOTIENT: usize = LONG_DIVIDEND + 80;
export const LONG_REMAINDER: usize = LONG_QUOTIENT + 64;
/** The operands of what calls the long division. */
export const LEFT: usize = LONG_REMAINDER + 32;
export const RIGHT: usize = LEFT + 32;
/** 512 bits. */
export const PRODUCT: usize = RIGHT + 32;
export const MULTIPLE: usize = PRODUCT + 64;
/** What stays between two operations: see known-modulus.ts. */
export const LAST_MODULUS: usize = MULTIPLE + 32;
export const KNOWN_MODULUS: usize = LAST_MODULUS + 32;
export const KNOWN_NORMALIZED: usize = KNOWN_MODULUS + 32;
export const KNOWN_FOLDS: usize = KNOWN_NORMALIZED + 32;
export const KNOWN_FOLDS_END: usize = KNOWN_FOLDS + 3 * 32;
if (KNOWN_FOLDS_END > WORD_SCRATCH_SIZE) ERROR("The scratch memory of words is too small");
