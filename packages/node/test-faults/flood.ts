import { bytesToHex, type Hex, hexToBytes } from '@heddle/primitives';
import { accountOfKey, GWEI, type TestAccount, transfer } from '@heddle/testkit';
import { elapse } from './head-watch.ts';
import type { NetworkUnderFault } from './network-under-fault.ts';

/** What became of a flood, in transactions (unanswered: in requests). */
export interface FloodResult {
  readonly offered: number;
  readonly taken: number;
  readonly refused: number;
  readonly unanswered: number;
}

/** Transactions in one request. */
const BATCH = 100;
const ANSWER_WITHIN_MS = 30_000;
/** Batches without an answer at one time; a flood that is not taken any faster offers less. */
const MAX_UNDER_WAY = 32;

/** Sends transfers with the smallest tip from accounts of the flood's own to all nodes in turn. */
export async function floodTransactions(
  network: NetworkUnderFault,
  { perSecond, lengthMs }: { readonly perSecond: number; readonly lengthMs: number },
): Promise<FloodResult> {
  const senders = network.floodKeys().map((key) => ({ account: accountOfKey(hexToBytes(key as Hex)), nonce: 0 }));
  const urls = network.all.map((index) => network.url(index));
  const result = { offered: 0, taken: 0, refused: 0, unanswered: 0 };
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();
  for (let turn = 0; performance.now() - startedMs < lengthMs; turn++) {
    const sender = senders[turn % senders.length];
    if (!sender) break;
    const batch = Array.from({ length: BATCH }, () => signed(sender.account, sender.nonce++));
    result.offered += batch.length;
    const offer: Promise<void> = send(urls[turn % urls.length] ?? '', batch, result).finally(() =>
      underWay.delete(offer),
    );
    underWay.add(offer);
    if (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
    const dueMs = (result.offered / perSecond) * 1_000;
    await elapse(Math.max(dueMs - (performance.now() - startedMs), 0));
  }
  await Promise.all(underWay);
  return result;
}

function signed(account: TestAccount, nonce: number): string {
  const fees = { nonce, maxPriorityFeePerGas: 0n, maxFeePerGas: 10n * GWEI };
  return bytesToHex(transfer(account, `0x${'00'.repeat(18)}f100`, 1n, fees).raw);
}

async function send(
  url: string,
  batch: readonly string[],
  result: { taken: number; refused: number; unanswered: number },
): Promise<void> {
  const calls = batch.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] }));
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(calls),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const answers: unknown = await response.json();
    const list: { error?: unknown }[] = Array.isArray(answers) ? answers : batch.map(() => ({ error: answers }));
    for (const { error } of list) result[error === undefined ? 'taken' : 'refused']++;
  } catch {
    result.unanswered++;
  }
}
