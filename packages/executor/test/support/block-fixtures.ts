import { readFileSync } from 'node:fs';
import {
  type Address,
  type Block,
  decodeBlock,
  decodeTransaction,
  encodeReceipt,
  type Fork,
  type Hash,
  hashHeader,
  hexToBytes,
  recoverSender,
} from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import { environmentOf } from '../../src/executor-api.ts';
import { executePlainly } from '../../src/plain/execute-plainly.ts';
import { createPlainState } from '../../src/plain/plain-state.ts';
import { orderedTrieRoot } from '../../src/trie/ordered-trie-root.ts';
import { createMemoryState, type MemoryState } from './memory-state.ts';
import { engineFor, type PreAccount, toAccount } from './state-fixtures.ts';
import { stateRootOf } from './state-root.ts';

/** One chain of blocks on one fork whose headers have the fields of Prague and later. */
export interface BlockCase {
  readonly name: string;
  readonly network: string;
  readonly pre: Readonly<Record<Address, PreAccount>>;
  readonly genesisBlockHeader: { readonly hash: Hash; readonly number: string };
  readonly blocks: readonly { readonly rlp: string; readonly expectException?: string }[];
  readonly config?: { readonly chainid?: string };
}

const FORK_NAMES: Readonly<Record<string, Fork>> = { Prague: 'prague', Osaka: 'osaka' };

/** The cases of one file on the forks that {@link checkBlocks} knows. */
export function readBlockCases(file: string): BlockCase[] {
  const tests = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Omit<BlockCase, 'name'>>;
  return Object.entries(tests)
    .filter(([, { network }]) => network in FORK_NAMES)
    .map(([name, test]) => ({ name, ...test }));
}

/** `count` cases drawn by `random`, one of each file in turn. */
export function* sampleBlockCases(files: readonly string[], count: number, random: Random): Generator<BlockCase> {
  let left = count;
  for (const file of random.shuffle(files)) {
    const cases = readBlockCases(file);
    if (cases.length === 0) continue;
    if (left-- === 0) return;
    yield random.pick(cases);
  }
}

/** What differs from the recording, block by block; undefined when all agrees. */
export async function checkBlocks(testCase: BlockCase): Promise<string | undefined> {
  const state = createMemoryState(
    Object.fromEntries(Object.entries(testCase.pre).map(([address, account]) => [address, toAccount(account)])),
  );
  const hashes = new Map<number, Hash>([
    [Number(testCase.genesisBlockHeader.number), testCase.genesisBlockHeader.hash],
  ]);
  for (const [index, { rlp, expectException }] of testCase.blocks.entries()) {
    const failure = await importBlock(testCase, { state, hashes, rlp });
    // Heddle's headers hold Unix seconds as a number: a year of eleven digits is a difference by design.
    if (failure?.includes('timestamp exceeds 2^53')) return undefined;
    if (expectException === undefined && failure !== undefined) return `block ${index}: ${failure}`;
    const isOfExecution = /TransactionException|INVALID_REQUESTS|SYSTEM_CONTRACT|DEPOSIT/.test(expectException ?? '');
    if (isOfExecution && failure === undefined) return `block ${index} was not refused: ${expectException}`;
    if (expectException !== undefined && failure === undefined) return undefined; // a rule of headers, not of execution
  }
  return undefined;
}

async function importBlock(
  { network, config }: BlockCase,
  chain: { readonly state: MemoryState; readonly hashes: Map<number, Hash>; readonly rlp: string },
): Promise<string | undefined> {
  const { state, hashes } = chain;
  let block: Block;
  try {
    block = decodeBlock(hexToBytes(chain.rlp));
  } catch (error) {
    return String(error);
  }
  const { header } = block;
  const engine = await engineFor(FORK_NAMES[network] as Fork, Number(config?.chainid ?? 1));
  const plain = createPlainState(state, (number) => hashes.get(number));
  try {
    const transactions = block.transactions.map((raw) => {
      const transaction = decodeTransaction(raw);
      return { transaction, sender: recoverSender(transaction) };
    });
    const outcome = await executePlainly(engine, { environment: environmentOf(block), transactions }, plain);
    if (outcome.status === 'cancelled') return 'cancelled';
    if (outcome.status === 'invalid') return outcome.reason;
    const after = state.copy();
    after.apply(outcome.diff);
    const computed = {
      gasUsed: outcome.gasUsed,
      logsBloom: outcome.logsBloom,
      requestsHash: outcome.requestsHash,
      receiptsRoot: await orderedTrieRoot(outcome.receipts.map(encodeReceipt)),
      stateRoot: await stateRootOf(after),
    };
    for (const [field, value] of Object.entries(computed)) {
      const claimed = header[field as keyof typeof computed];
      if (claimed !== value) return `${field}: ${claimed} in the header, ${value} computed`;
    }
    state.apply(outcome.diff);
  } catch (error) {
    return String(error);
  }
  hashes.set(header.number, hashHeader(header));
  return undefined;
}
