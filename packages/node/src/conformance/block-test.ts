import type { CreateEngine } from '@heddle/executor';
import { decodeBlock, type Hash } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import type { AcceptedBlock } from '../foreign/block-processor.ts';
import { createMemoryChains, type MemoryChain, type MemoryChains } from '../foreign/memory-chain.ts';
import { readBlobSchedule } from '../foreign/read-chain-config.ts';
import type { Refusal } from '../foreign/refusal.ts';
import type { Speculation } from '../foreign/speculation.ts';
import { readAlloc } from '../genesis/read-alloc.ts';
import { expectedKinds } from './expected-kind.ts';
import type { FixtureFile } from './fixture-files.ts';
import { networkConfig } from './network-config.ts';
import type { CaseVerdict, ConformanceCase } from './run-cases.ts';
import { stateDifference } from './state-difference.ts';
import { casesInFiles } from './test-files.ts';

/** A block as a test has it, and what should become of it. */
interface TestBlock {
  readonly rlp: Uint8Array;
  /** Undefined: the block is valid. */
  readonly exception: string | undefined;
  /** Of a valid block. */
  readonly hash: Hash | undefined;
}

/**
 * The cases of official block tests (`blockchain_tests` of execution-spec-tests, `BlockchainTests` of ethereum/tests) in
 * `files`, which are read one at a time; they run plainly on engines that `createEngine` makes, or as `speculation` has it.
 */
export function blockTests(
  files: readonly FixtureFile[],
  createEngine: CreateEngine,
  speculation?: Speculation,
): Generator<ConformanceCase> {
  const chains = createMemoryChains(createEngine, speculation);
  return casesInFiles(files, 'blocktest', (name, test) => [
    { name, fork: test.field('network').text(), run: () => runBlockTest(test, chains) },
  ]);
}

async function runBlockTest(test: JsonField, chains: MemoryChains): Promise<CaseVerdict> {
  const skipped = reasonToSkip(test);
  if (skipped !== undefined) return { skipped };
  const blocks = test.field('blocks').elements().map(readTestBlock);
  const chain = beginChain(test, chains);
  const genesisRoot = chain.head().header.stateRoot;
  if (chain.genesisStateRoot !== genesisRoot) {
    return { pass: false, expected: `genesis state ${genesisRoot}`, actual: `genesis state ${chain.genesisStateRoot}` };
  }
  return judgeBlocks(chain, blocks, {
    head: test.field('lastblockhash').bytesOfSize(32),
    state: test.field('postState'),
  });
}

/** What a test says of the end of its chain. */
interface ExpectedEnd {
  readonly head: Hash;
  /** Accounts; absent in some files. */
  readonly state: JsonField;
}

/** Stops at the first block with which something else happens than the file says. */
async function judgeBlocks(
  chain: MemoryChain,
  blocks: readonly TestBlock[],
  { head, state }: ExpectedEnd,
): Promise<CaseVerdict> {
  const refusals: string[] = [];
  for (const [index, block] of blocks.entries()) {
    const verdict = await chain.add(block.rlp);
    const wanted = wantedInstead(block, verdict);
    if (wanted !== undefined) {
      const restInvalid = blocks.slice(index + 1).every(({ exception }) => exception !== undefined);
      const isListed = block.exception === undefined && restInvalid; // postState is what the last valid block leaves
      const difference = (isListed ? accountsApart(state, chain, verdict) : undefined) ?? reasonOf(verdict);
      return failed(`block ${index} ${wanted}`, describe(index, verdict), difference);
    }
    if (verdict.status === 'refused') refusals.push(`block ${index} refused (${block.exception})`);
  }
  const expected = [...refusals, `head ${head}`].join('; ');
  const actual = [...refusals, `head ${chain.head().hash}`].join('; ');
  const difference = stateDifference(state, chain.state());
  if (actual !== expected) return failed(expected, actual, difference);
  if (difference !== undefined) return failed(`${expected}, accounts as in postState`, `${actual}, others`, difference);
  return { pass: true, expected, actual };
}

function failed(expected: string, actual: string, difference: string | undefined): CaseVerdict {
  return { pass: false, expected, actual, ...(difference !== undefined && { difference }) };
}

/** Where the state that the block left, though it was refused for what it left, parts from what the file lists. */
function accountsApart(state: JsonField, chain: MemoryChain, verdict: AcceptedBlock | Refusal): string | undefined {
  if (verdict.status === 'accepted') return stateDifference(state, chain.state());
  return verdict.diff && stateDifference(state, chain.state(verdict.diff));
}

function reasonOf(verdict: AcceptedBlock | Refusal): string | undefined {
  return verdict.status === 'refused' ? verdict.reason : undefined;
}

/** What should have happened; undefined when it did. */
function wantedInstead({ exception, hash }: TestBlock, verdict: AcceptedBlock | Refusal): string | undefined {
  if (exception === undefined) {
    return verdict.status === 'accepted' && verdict.hash === hash ? undefined : `accepted with hash ${hash}`;
  }
  const kinds = expectedKinds(exception);
  if (verdict.status === 'refused' && kinds.has(verdict.kind)) return undefined;
  return `refused for its ${[...kinds].join(' or ')} (${exception})`;
}

function describe(index: number, verdict: AcceptedBlock | Refusal): string {
  if (verdict.status === 'accepted') return `block ${index} accepted with hash ${verdict.hash}`;
  return `block ${index} refused for its ${verdict.kind}: ${verdict.reason}`;
}

/** What cannot be judged on one chain, or with Heddle's headers. */
function reasonToSkip(test: JsonField): string | undefined {
  const valid = test
    .field('blocks')
    .elements()
    .filter((block) => exceptionOf(block) === undefined)
    .map((block) => block.field('blockHeader'));
  let head = test.field('genesisBlockHeader').field('hash').value;
  for (const header of valid) {
    if (header.field('parentHash').value !== head) return 'side chain: a valid block does not follow the one before it';
    head = header.field('hash').value;
    const timestamp = header.field('timestamp').integer(0n, (1n << 64n) - 1n);
    if (timestamp > BigInt(Number.MAX_SAFE_INTEGER)) return 'a timestamp above 2^53, where Heddle takes none';
  }
  return undefined;
}

function readTestBlock(block: JsonField): TestBlock {
  const exception = exceptionOf(block);
  return {
    rlp: block.field('rlp').bytes(),
    exception,
    hash: exception === undefined ? block.field('blockHeader').field('hash').bytesOfSize(32) : undefined,
  };
}

function exceptionOf(block: JsonField): string | undefined {
  const field = block.field('expectException');
  return field.isAbsent ? undefined : field.text();
}

function beginChain(test: JsonField, chains: MemoryChains): MemoryChain {
  const config = test.field('config');
  const chainId = config.isAbsent ? config : config.field('chainid');
  const schedule = config.isAbsent ? config : config.field('blobSchedule');
  return chains.begin({
    config: networkConfig(test.field('network').text(), {
      chainId: chainId.isAbsent ? 1 : chainId.number(1, Number.MAX_SAFE_INTEGER),
      blobSchedule: readBlobSchedule(schedule),
    }),
    alloc: readAlloc(test.field('pre')),
    genesis: decodeBlock(test.field('genesisRLP').bytes()),
  });
}
