import { type Address, HeddleError } from '@heddle/primitives';

/** A system contract that must answer at a block's end did not: the block is invalid (EIP-7002, EIP-7251). */
export function systemCallFailed(contract: Address, halt: string): HeddleError {
  return new HeddleError('SYSTEM_CALL_FAILED', `the system call to ${contract} failed: ${halt}`, {
    remedy: 'see that the genesis holds the canonical code at this address',
  });
}

/** A log of the deposit contract that is no deposit: the block is invalid (EIP-6110). */
export function depositLogMalformed(what: string): HeddleError {
  return new HeddleError('DEPOSIT_LOG_MALFORMED', `malformed deposit log: ${what}`, {
    remedy: 'the genesis holds a wrong code at the deposit contract; begin a chain with the canonical one',
  });
}

/**
 * What makes a block invalid that may stand on no chain, of an error that system calls threw; every node finds the same.
 *
 * @throws the error itself when it says nothing of the block
 */
export function blockFault(error: unknown): string {
  const isFault = error instanceof HeddleError && BLOCK_FAULTS.has(error.code);
  if (!isFault) throw error;
  return error.message;
}

const BLOCK_FAULTS: ReadonlySet<string> = new Set(['SYSTEM_CALL_FAILED', 'DEPOSIT_LOG_MALFORMED']);

/** A worker thread ended before it was ready. */
export function workerStartFailed(workerIndex: number, cause: unknown): HeddleError {
  const why = cause instanceof Error ? cause.message : 'the thread ended';
  return new HeddleError('WORKER_START_FAILED', `worker thread ${workerIndex} did not start: ${why}`, {
    cause,
    remedy: 'start with fewer workers (--workers), or see whether memory is short',
  });
}

/** A transaction could not be run on final state: a fault of this node, never the block's. */
export function executionFailed(what: string): HeddleError {
  return new HeddleError('EXECUTION_FAILED', `execution stopped: ${what}`, {
    remedy: 'this node cannot judge the block; please report it with the log',
  });
}

/** A run needed more memory than an EVM may have; gas alone did not bound it. */
export function evmMemoryExhausted(): HeddleError {
  return new HeddleError('EVM_MEMORY_EXHAUSTED', 'a transaction or call needs more memory than the EVM has', {
    remedy: 'give it less gas',
  });
}

/** Why a transaction could not be run, in one line for the log: of what is no error of ours, where it came from too. */
export function explain(error: unknown): string {
  const isForeign = error instanceof Error && !(error instanceof HeddleError);
  const text = isForeign ? (error.stack ?? error.message) : error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ');
}
