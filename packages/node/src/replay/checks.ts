import { orderedTrieRoot } from '@heddle/executor';
import {
  bytesToHex,
  decodeStoredReceipts,
  encodeReceipt,
  encodeWithdrawal,
  GAS_PER_BLOB,
  hashHeader,
  isActive,
  type Receipt,
} from '@heddle/primitives';
import type { ReplayBlock } from './read-block.ts';
import type { Check } from './replay-report.ts';
import type { NamedOutcome, RunOutcome } from './run-outcome.ts';

/** What the ways of running a block came to. */
export interface BothRuns {
  readonly plain: RunOutcome;
  /** Of parallel execution; where any of the runs came to something else than plain execution, of the first that did. */
  readonly other: NamedOutcome;
  /** Whether the state before the block is proven. */
  readonly isProven: boolean;
  readonly knowsRequests: boolean;
}

/** What lines call those that came to what they must. */
export const PARALLEL_NAME = 'parallel execution';
const NO_ROOTS = 'before Byzantium it depends on state roots between transactions';
const NO_WITNESS = 'a prestate is no trie; --witness proves it';
const NO_REQUESTS = 'the prestate does not list what the request contracts read (EIP-7002, EIP-7251)';

/** Compares both runs with each other and with the header, and the header with the rest of the block. */
export function compareRuns(replay: ReplayBlock, runs: BothRuns): Check[] {
  const { block, rules } = replay;
  const { header } = block;
  const {
    plain,
    other: { outcome: parallel },
  } = runs;
  const hasStatus = isActive(rules.fork, 'byzantium');
  const checks = [
    check('gasUsed', header.gasUsed, { plain: plain.gasUsed, parallel: parallel.gasUsed }),
    check(
      'receiptsRoot',
      header.receiptsRoot,
      { plain: plain.receiptsRoot, parallel: parallel.receiptsRoot },
      hasStatus ? undefined : NO_ROOTS,
    ),
    check('logsBloom', header.logsBloom, { plain: plain.logsBloom, parallel: parallel.logsBloom }),
    check(
      'stateRoot',
      header.stateRoot,
      { plain: plain.stateRoot, parallel: parallel.stateRoot },
      runs.isProven ? undefined : NO_WITNESS,
    ),
  ];
  if (header.requestsHash !== undefined) {
    const hashes = { plain: plain.requestsHash, parallel: parallel.requestsHash };
    checks.push(check('requestsHash', header.requestsHash, hashes, runs.knowsRequests ? undefined : NO_REQUESTS));
  }
  return [...checks, ...compareBody(replay)];
}

/** What the block says of itself: a file that was changed by hand shows here. */
export function compareBody({ block, claimedHash, transactions }: ReplayBlock): Check[] {
  const { header, withdrawals } = block;
  const checks = [fromBody('transactionsRoot', header.transactionsRoot, orderedTrieRoot(block.transactions))];
  if (header.withdrawalsRoot !== undefined) {
    const root = orderedTrieRoot(withdrawals.map(encodeWithdrawal));
    checks.push(fromBody('withdrawalsRoot', header.withdrawalsRoot, root));
  }
  if (header.blobGasUsed !== undefined) {
    const blobs = transactions.reduce((sum, { transaction }) => sum + transaction.blobVersionedHashes.length, 0);
    checks.push(fromBody('blobGasUsed', header.blobGasUsed, GAS_PER_BLOB * BigInt(blobs)));
  }
  if (claimedHash !== undefined) checks.push(fromBody('hash', claimedHash, hashHeader(header)));
  return checks;
}

/** The lines that say what differs; none: all agrees. */
export function differencesOf(checks: readonly Check[], runs: BothRuns | undefined): string[] {
  const lines = checks
    .filter(({ verdict }) => verdict === 'different')
    .map((check) => lineOf(check, runs?.other.name ?? PARALLEL_NAME));
  const receipts = runs && firstDifferentReceipt(runs.plain.receipts, runs.other);
  return receipts === undefined ? lines : [...lines, receipts];
}

interface Pair<T> {
  readonly plain: T;
  readonly parallel: T;
}

function check<T>(field: string, header: T, { plain, parallel }: Pair<T>, why?: string): Check {
  const isHeaders = why !== undefined || header === plain;
  const verdict = plain !== parallel || !isHeaders ? 'different' : why === undefined ? 'equal' : 'unchecked';
  const values = { header: String(header), plain: String(plain), parallel: String(parallel) };
  return { field, ...values, verdict, ...(why !== undefined && { why }) };
}

/** Of what is computed from the block alone; it stands in the place of a run. */
function fromBody<T>(field: string, header: T, computed: T): Check {
  return {
    field,
    header: String(header),
    plain: String(computed),
    verdict: header === computed ? 'equal' : 'different',
  };
}

function lineOf({ field, header = '', plain = '', parallel, why }: Check, otherName: string): string {
  if (field === 'hash') return `hash: the file says ${header}, its header comes to ${plain}: a field was changed`;
  if (parallel === undefined) return `${field}: the header says ${header}, the block's body gives ${plain}`;
  const said = why === undefined ? `the header says ${shortened(header)}, ` : '';
  if (plain === parallel) return `${field}: ${said}plain and parallel execution give ${shortened(plain)}`;
  return `${field}: ${said}plain execution gives ${shortened(plain)}, ${otherName} ${shortened(parallel)}`;
}

/** Of a bloom, what tells it from another at a glance: its beginning and the number of its bits. */
function shortened(value: string): string {
  if (value.length <= 66) return value;
  const bits = [...value.slice(2)].reduce((sum, digit) => sum + bitCount(Number.parseInt(digit, 16)), 0);
  return `${value.slice(0, 18)}… (${bits} bits set)`;
}

function bitCount(digit: number): number {
  return (digit & 1) + ((digit >> 1) & 1) + ((digit >> 2) & 1) + ((digit >> 3) & 1);
}

function firstDifferentReceipt(plainly: Uint8Array, { name, outcome }: NamedOutcome): string | undefined {
  const [plain, parallel] = [decodeStoredReceipts(plainly), decodeStoredReceipts(outcome.receipts)];
  const place = plain.findIndex((receipt, index) => {
    const other = parallel[index];
    return other === undefined || bytesToHex(encodeReceipt(receipt)) !== bytesToHex(encodeReceipt(other));
  });
  if (place < 0) return undefined;
  const said = (receipt: Receipt | undefined) =>
    receipt
      ? `${receipt.succeeded ? 'success' : 'failure'}, ${receipt.gasUsed} gas, ${receipt.logs.length} logs`
      : 'nothing';
  return `receipt of transaction ${place}: plain execution gives ${said(plain[place])}, ${name} ${said(parallel[place])}`;
}
