// Prices that operations work out as they run; the fixed ones stand in opcode-table.ts.

/** EIP-2929. */
export const COLD_ACCOUNT: i64 = 2600;
export const COLD_SLOT: i64 = 2100;
export const WARM_ACCESS: i64 = 100;
/** What a cold account costs beyond the fixed price of its operation. */
export const COLD_ACCOUNT_EXTRA: i64 = COLD_ACCOUNT - WARM_ACCESS;
export const COLD_SLOT_EXTRA: i64 = COLD_SLOT - WARM_ACCESS;

/** EIP-2200 with EIP-2929's prices. */
export const SSTORE_SENTRY: i64 = 2300;
export const SSTORE_SET: i64 = 20000;
export const SSTORE_RESET: i64 = 5000 - COLD_SLOT;
export const SSTORE_CLEAR_REFUND_BERLIN: i64 = 15000;
/** EIP-3529, since London. */
export const SSTORE_CLEAR_REFUND: i64 = 4800;
export const SELFDESTRUCT_REFUND_BERLIN: i64 = 24000;

export const CALL_VALUE: i64 = 9000;
export const CALL_STIPEND: i64 = 2300;
export const NEW_ACCOUNT: i64 = 25000;
/** Of each byte of a new contract's code. */
export const CODE_DEPOSIT: i64 = 200;
/** Of each word of init code (EIP-3860). */
export const INIT_CODE_WORD: i64 = 2;

export const KECCAK_WORD: i64 = 6;
export const COPY_WORD: i64 = 3;
export const EXP_BYTE: i64 = 50;
export const LOG_BYTE: i64 = 8;
export const MEMORY_WORD: i64 = 3;
/** A memory of n words costs n * n / this on top. */
export const MEMORY_QUADRATIC: i64 = 512;
