import { assert, EMPTY_BLOOM, type Hash, type Hex, type Log, type Receipt } from '@heddle/primitives';
import { foldLeaves, threadTrie } from './leaf-list.ts';
import type { TrieCore, TrieLayout } from './trie-core.ts';
import { type Phase, runTrieJob } from './trie-job.ts';

/** What a block says of its receipts. */
export interface ReceiptsRoot {
  readonly receiptsRoot: Hash;
  /** Of each receipt. */
  readonly blooms: readonly Hex[];
  /** Of all. */
  readonly logsBloom: Hex;
}

/** A receipt whose bloom is not known yet. */
export type UnbloomedReceipt = Omit<Receipt, 'logsBloom'>;

/** Root and blooms of a block's receipts: the tries' module encodes and hashes them. */
export function rootOfReceipts(receipts: readonly UnbloomedReceipt[]): ReceiptsRoot {
  const core = threadTrie();
  return runTrieJob(core, () => receiptsJob(core, receipts));
}

/** Logs whose texts are put together at once: what is short lived and small costs the least. */
const TEXT_PART = 64;

function* receiptsJob(core: TrieCore, receipts: readonly UnbloomedReceipt[]): Generator<Phase, ReceiptsRoot, void> {
  const { layout, memory, steps } = core;
  const logs = receipts.flatMap((receipt) => receipt.logs);
  const count = receipts.length;
  const texts = steps.logTexts(count, logs.length);
  const textsEnd = logs.reduce((end, log) => end + textSizeOf(layout, log), texts);
  steps.reach(textsEnd);
  memory.refresh(textsEnd);
  writeReceipts(core, receipts);
  writeLogs(core, logs, texts - logs.length * layout.LOG_SIZE);
  assert(writeTexts(core, logs, texts) === textsEnd, 'every address has 20 bytes, every topic 32');
  steps.listReceipts(count, logs.length, textsEnd);
  yield { kind: layout.TASK_RECEIPTS, count: Math.ceil(count / layout.LEAF_TASK_ITEMS) };
  const receiptsRoot = yield* foldLeaves(core, count);
  steps.uniteBlooms();
  const bloomTexts = memory.u32(layout.BLOOM_TEXTS);
  memory.refresh(bloomTexts + (count + 1) * layout.BLOOM_TEXT_SIZE);
  const bloomAt = (index: number) => readBloom(core, bloomTexts + index * layout.BLOOM_TEXT_SIZE);
  const blooms = receipts.map((receipt, index) => (receipt.logs.length === 0 ? EMPTY_BLOOM : bloomAt(index)));
  return { receiptsRoot, blooms, logsBloom: bloomAt(count) };
}

function readBloom({ layout, memory }: TrieCore, text: number): Hex {
  return `0x${memory.bytes.toString('latin1', text + 2, text + layout.BLOOM_TEXT_SIZE)}`;
}

function writeReceipts({ layout, memory }: TrieCore, receipts: readonly UnbloomedReceipt[]): void {
  const { bytes } = memory;
  let at = layout.JOB;
  for (const { type, succeeded, stateRoot, cumulativeGasUsed, logs } of receipts) {
    bytes[at] = type;
    bytes[at + layout.RECEIPT_OUTCOME_SIZE] = stateRoot === undefined ? Number(succeeded) : 32;
    if (stateRoot === undefined) bytes[at + layout.RECEIPT_OUTCOME] = 1;
    else memory.setHex(at + layout.RECEIPT_OUTCOME, stateRoot);
    memory.setU32(at + layout.RECEIPT_LOGS, logs.length);
    memory.setBigEndian64(at + layout.RECEIPT_GAS, cumulativeGasUsed);
    at += layout.RECEIPT_SIZE;
  }
}

function writeLogs({ layout, memory }: TrieCore, logs: readonly Log[], first: number): void {
  let at = first;
  for (const { topics, data } of logs) {
    memory.setU32(at, topics.length);
    memory.setU32(at + layout.LOG_DATA_SIZE, data.length / 2 - 1);
    at += layout.LOG_SIZE;
  }
}

/** Writes address, topics and data of each log; where they end. */
function writeTexts({ memory }: TrieCore, logs: readonly Log[], first: number): number {
  let place = first;
  for (let from = 0; from < logs.length; from += TEXT_PART) {
    const parts: string[] = [];
    for (const { address, topics, data } of logs.slice(from, from + TEXT_PART)) parts.push(address, ...topics, data);
    place += memory.bytes.write(parts.join(''), place, 'latin1');
  }
  return place;
}

function textSizeOf(layout: TrieLayout, { topics, data }: Log): number {
  return layout.ADDRESS_TEXT_SIZE + topics.length * layout.SLOT_TEXT_SIZE + data.length;
}
