import {
  type BlockEnvironment,
  type BlockResult,
  type ExecuteOutcome,
  type ExecuteRequest,
  environmentOf,
  mismatch,
} from '@heddle/executor';
import {
  type Address,
  assert,
  type Block,
  decodeBlock,
  type ExecutionRules,
  HeddleError,
  hashHeader,
  isActive,
} from '@heddle/primitives';
import { type JudgedBody, judgeBody } from './body-rules.ts';
import { type ChainConfig, executionRulesAt } from './chain-config.ts';
import { daoForkSweep } from './dao-fork.ts';
import { headerFault, type ParentBlock } from './header-rules.ts';
import { blockRewards, ommerFault, type ReadAncestor } from './ommer-rules.ts';
import { type Refusal, refused } from './refusal.ts';

/** A block that follows its parent by every rule but its seal. */
export interface AcceptedBlock extends ParentBlock {
  readonly status: 'accepted';
  readonly block: Block;
  /** Of its transactions, in order. */
  readonly senders: readonly Address[];
  /** Receipts, and what it changed: to be written before the next block is processed. */
  readonly result: BlockResult;
}

/** The chain that blocks are judged on. */
export interface BlockProcessorOptions {
  readonly config: ChainConfig;
  /** Blocks of this chain, for ommers; of the last seven at least. */
  readonly readAncestor: ReadAncestor;
  /**
   * Runs a block under `rules` on the state after its parent. Any {@link Executor} will do that was made for such rules;
   * before Byzantium only the plain one, since receipts hold the root after each transaction (`createForkExecutors`).
   */
  execute(rules: ExecutionRules, request: ExecuteRequest): Promise<ExecuteOutcome>;
}

/** Judges blocks that were made elsewhere. Writes nothing. */
export interface BlockProcessor {
  /** Whether the block with this RLP may follow `parent`. Everything is judged but seals; every refusal has its reason. */
  process(bytes: Uint8Array, parent: ParentBlock): Promise<AcceptedBlock | Refusal>;
}

/**
 * A processor of blocks made elsewhere, by the rules of every fork from Frontier to Osaka and the forks of blob
 * parameters after it. Its caller holds the chain:
 *
 * ```
 * const { config, alloc, ... } = readForeignGenesis(json);            // a geth-style genesis.json
 * const executors = createForkExecutors({ createEngine, state, trie, readBlockHash });
 * const processor = createBlockProcessor({ config, readAncestor, execute: executors.execute });
 * let parent: ParentBlock = genesis;
 * for (const bytes of blocks) {
 *   const verdict = await processor.process(bytes, parent);
 *   if (verdict.status === 'refused') ...                             // verdict.kind, verdict.reason
 *   await write(stateOperations(database, number, verdict.result.diff), trie.operations(verdict.result.stateRoot), ...);
 *   trie.apply(verdict.result.stateRoot);
 *   parent = verdict;
 * }
 * ```
 *
 * A block whose number is not the next one (a second block for a height, say) is refused as `header`, by its number.
 */
export function createBlockProcessor(options: BlockProcessorOptions): BlockProcessor {
  return {
    async process(bytes, parent) {
      const block = readBlock(bytes);
      return 'status' in block ? block : judge(options, { block, sizeBytes: bytes.length, parent });
    },
  };
}

interface Candidate {
  readonly block: Block;
  readonly sizeBytes: number;
  readonly parent: ParentBlock;
}

async function judge(options: BlockProcessorOptions, candidate: Candidate): Promise<AcceptedBlock | Refusal> {
  const { config, readAncestor } = options;
  const { block, sizeBytes, parent } = candidate;
  const { header } = block;
  const { number, timestamp } = header;
  const isMerged = isTerminal(config, parent);
  const rules = executionRulesAt(config, { number, timestamp, isMerged });
  const fault = headerFault(header, { config, rules, parent });
  if (fault !== undefined) return refused('header', fault);
  const body = judgeBody(block, sizeBytes, rules);
  if ('refusal' in body) return body.refusal;
  const ommers = ommerFault(config, block, readAncestor);
  if (ommers !== undefined) return refused('header', ommers);
  const { transactions } = body;
  const environment = environmentUnder(block, config, rules);
  const outcome = await options.execute(rules, { environment, transactions, cancel: new Int32Array(1) });
  const result = judgeOutcome(block, body, outcome);
  if ('status' in result) return result;
  return {
    status: 'accepted',
    header,
    hash: hashHeader(header),
    totalDifficulty: parent.totalDifficulty + header.difficulty,
    block,
    senders: transactions.map(({ sender }) => sender),
    result,
  };
}

function judgeOutcome(block: Block, { foreign }: JudgedBody, outcome: ExecuteOutcome): BlockResult | Refusal {
  assert(outcome.status !== 'cancelled', 'nobody cancels this job');
  if (outcome.status === 'invalid') {
    const { transactionIndex, reason } = outcome;
    if (transactionIndex === block.transactions.length) return refused('result', reason);
    return refused('transaction', `transaction ${transactionIndex}: ${reason}`);
  }
  if (foreign !== undefined) return refused('header', foreign);
  const difference = mismatch(block.header, outcome.result);
  if (difference === undefined) return outcome.result;
  return { ...refused('result', difference), diff: outcome.result.diff };
}

/** Whether the block after `parent` is one of proof of stake (EIP-3675). */
export function isTerminal({ terminalTotalDifficulty }: ChainConfig, parent: Pick<ParentBlock, 'totalDifficulty'>) {
  return terminalTotalDifficulty !== undefined && parent.totalDifficulty >= terminalTotalDifficulty;
}

function environmentUnder(block: Block, config: ChainConfig, rules: ExecutionRules): BlockEnvironment {
  return {
    ...environmentOf(block),
    ...(!isActive(rules.fork, 'paris') && { rewards: blockRewards(block, rules.fork) }),
    ...daoForkSweep(config, block.header.number),
  };
}

function readBlock(bytes: Uint8Array): Block | Refusal {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return refused('header', `malformed: ${error.message}`);
  }
}
