import { type Hash, HeddleError } from '@heddle/primitives';

/** A job that names another parent than the head. */
export function blockNotOnHead(what: string, parent: Hash, head: Hash): HeddleError {
  return new HeddleError('BLOCK_NOT_ON_HEAD', `${what} stands on ${parent}, but the head is ${head}`);
}

/** The network decided a block that gives another result here: this node's state or code is wrong. */
export function commitInvalid(blockId: Hash, reason: string): HeddleError {
  return new HeddleError('COMMIT_INVALID', `the decided block ${blockId} is not valid here: ${reason}`, {
    remedy: 'this node disagrees with more than two thirds of the validators: check its version, then sync it anew',
  });
}

/** What came as the transactions of a decided block are not those that its header names. */
export function commitForeignBody(blockId: Hash, reason: string): HeddleError {
  return new HeddleError('COMMIT_FOREIGN_BODY', `what came as the decided block ${blockId} is not it: ${reason}`);
}

/** More jobs wait than one validator can ask for. */
export function executionBusy(waiting: number): HeddleError {
  return new HeddleError('EXECUTION_BUSY', `${waiting} jobs wait for the execution thread already`);
}
