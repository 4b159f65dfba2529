import { bytesToHex, decodeTransaction } from '@heddle/primitives';
import fc from 'fast-check';
import type { SenderTransaction } from '../../src/executor-api.ts';

/** After so long a smaller block is no longer looked for. */
const SHRINK_MS = 120_000;

/**
 * Checks the block of `transactions`; where that fails, checks it without one after the other, and fails with the few that it
 * takes to fail. `where` says which block it is, with its seed.
 */
export async function checkOrShrink(
  where: string,
  transactions: readonly SenderTransaction[],
  check: (transactions: readonly SenderTransaction[]) => Promise<void>,
): Promise<void> {
  const failure = await failureOf(check(transactions));
  if (failure === undefined) return;
  const endMs = performance.now() + SHRINK_MS;
  const chosen = (kept: readonly boolean[]) => transactions.filter((_, index) => kept[index]);
  const anyOf = fc.tuple(...transactions.map(() => fc.boolean()));
  const all = transactions.map(() => true);
  const { counterexample, errorInstance } = await fc.check(
    fc.asyncProperty(anyOf, async (kept) => {
      if (kept.every(Boolean)) throw failure.error; // it is known
      if (kept.includes(true) && performance.now() < endMs) await check(chosen(kept));
    }),
    // The one run is of the whole block: smaller ones are drawn from it by shrinking.
    { numRuns: 1, examples: [[all]] },
  );
  const kept = counterexample?.[0] ?? all;
  const least = chosen(kept).map((transaction) => describe(transaction, transactions.indexOf(transaction)));
  const summary = `${where} fails with ${least.length} of its ${transactions.length} transactions:`;
  throw new Error([summary, ...least].join('\n'), { cause: errorInstance ?? failure.error });
}

async function failureOf(checking: Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await checking;
    return undefined;
  } catch (error) {
    return { error };
  }
}

function describe({ raw, sender }: SenderTransaction, index: number): string {
  const { type, nonce, to, value, gasLimit, data } = decodeTransaction(raw);
  const fields = { type, from: sender, nonce, to, value, gasLimit, data: bytesToHex(data) };
  const words = Object.entries(fields).map(([name, field]) => `${name} ${field ?? 'none'}`);
  return `  ${index}: ${words.join(', ')}`;
}
