import { type BlockResult, orderedTrieRoot, type PlainOutcome } from '@heddle/executor';
import { decodeStoredReceipts, encodeReceipt, type Hash } from '@heddle/primitives';

const COMPARED = ['gasUsed', 'receiptsRoot', 'logsBloom', 'requestsHash', 'stateRoot'] as const;

/** What a run came to, as far as runs are compared; `receipts` are what `receiptsRoot` is of. */
export type RunOutcome = Pick<BlockResult, (typeof COMPARED)[number] | 'receipts'>;

/** An outcome, and what lines of a report call those who came to it. */
export interface NamedOutcome {
  readonly name: string;
  readonly outcome: RunOutcome;
}

/** Of the run that all others must equal. Its receipts are encoded one by one: not as the executor does it. */
export function expectedOutcome(made: Extract<PlainOutcome, { status: 'executed' }>, stateRoot: Hash): RunOutcome {
  const receiptsRoot = orderedTrieRoot(decodeStoredReceipts(made.receipts).map(encodeReceipt));
  return { ...made, receiptsRoot, stateRoot };
}

/** Whether two runs came to the same in all that is compared. */
export function isSameOutcome(one: RunOutcome, other: RunOutcome): boolean {
  return COMPARED.every((field) => one[field] === other[field]);
}
