import { advanceHeight, decodeValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import { headState, namedEngine, openStateTrie, RecentChunks, stateOperations } from '@heddle/executor';
import {
  type Block,
  decodeBlock,
  decodeHeader,
  type EngineName,
  encodeHeader,
  HeddleError,
  hashHeader,
} from '@heddle/primitives';
import { readBlock, readBlockHash } from '../chain/block-records.ts';
import { chainOperations } from '../chain/chain-operations.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { importedOperations, readTotalDifficulty } from '../chain/imported-records.ts';
import { crashPoint } from '../crash-points.ts';
import { headerFault } from '../execution/child-header.ts';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { type AcceptedBlock, createBlockProcessor } from '../foreign/block-processor.ts';
import { createForkExecutors } from '../foreign/fork-executors.ts';
import type { ParentBlock } from '../foreign/header-rules.ts';
import { type Refusal, refused } from '../foreign/refusal.ts';
import { type ChainGenesis, type ChainPart, partAt } from './chain-genesis.ts';

/** Puts blocks that were made elsewhere on the head of a store. */
export interface BlockImporter {
  head(): HeadInfo;
  /** `known`: the chain has this very block. What is refused changes nothing. */
  add(bytes: Uint8Array): Promise<{ readonly status: 'imported' | 'known' } | Refusal>;
}

/** An importer on the head of `store`, which holds a chain of `genesis` and which nobody else writes to. */
export function createBlockImporter(
  { database, head: first }: ChainStore,
  genesis: ChainGenesis,
  engine: EngineName,
): BlockImporter {
  const firstHeader = decodeHeader(first.header);
  const trie = openStateTrie(database, firstHeader.stateRoot);
  const readHash = (number: number) => readBlockHash(database, number);
  const executors = createForkExecutors({
    createEngine: namedEngine(engine),
    state: headState(database),
    trie,
    readBlockHash: readHash,
    keepsState: true,
  });
  const readAncestor = (number: number) => readBlock(database, number);
  const totalDifficulty = readTotalDifficulty(database, first.number) ?? firstHeader.difficulty;
  let parent: ParentBlock = { header: firstHeader, hash: first.hash, totalDifficulty };
  let head = first;
  const recent = new RecentChunks();

  const write = async (accepted: AcceptedBlock): Promise<void> => {
    const { block, header, hash, senders, result } = accepted;
    const { number } = header;
    const nextValidators = setAfter(genesis, partAt(genesis.parts, number), head);
    const next = { number, hash, header: encodeHeader(header), certificate: undefined, validators: undefined };
    const operations = [
      ...stateOperations(database, number, result.diff, recent),
      ...trie.operations(result.stateRoot),
      ...chainOperations({ block, senders, receipts: result.receipts, head: { ...next, nextValidators } }),
      ...importedOperations(number, accepted.totalDifficulty),
    ];
    crashPoint('before-batch');
    await database.batch(operations, { sync: true });
    crashPoint('after-batch');
    executors.apply(result.stateRoot);
    head = { ...next, nextValidators };
    parent = accepted;
  };

  return {
    head: () => head,
    async add(bytes) {
      const block = readIfBlock(bytes);
      if (block && readHash(block.header.number) === hashHeader(block.header)) return { status: 'known' };
      const part = partAt(genesis.parts, head.number + 1);
      const fault = block && heddleFault(block, part, { parent, head });
      if (fault !== undefined) return refused('header', fault);
      const processor = createBlockProcessor({ config: part.config, readAncestor, execute: executors.execute });
      const verdict = await processor.process(bytes, parent);
      if (verdict.status === 'refused') return verdict;
      const foreign = baseFault(verdict, genesis);
      if (foreign !== undefined) return refused('header', foreign);
      await write(verdict);
      return { status: 'imported' };
    },
  };
}

/** Undefined for bytes that are none: the processor says why. */
function readIfBlock(bytes: Uint8Array): Block | undefined {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}

/** What only a chain of Heddle's own asks of its headers: milliseconds, randomness, the validator set. */
function heddleFault(
  { header }: Block,
  part: ChainPart,
  { parent, head }: { readonly parent: ParentBlock; readonly head: HeadInfo },
): string | undefined {
  const { spec } = part;
  return spec && headerFault(header, { parent: parent.header, spec, validators: setAt(part, head) });
}

/** Why validators did not go on from this block; undefined for one that they did, or that is none of those. */
function baseFault({ header, hash }: AcceptedBlock, { parts }: ChainGenesis): string | undefined {
  const base = parts.find(({ spec }) => spec?.base?.number === header.number)?.spec?.base;
  if (base === undefined || base.hash === hash) return undefined;
  return `hash: block ${header.number} is ${hash}, config.heddle goes on from ${base.hash}`;
}

/** consensus' encodeValidatorSet of the set in force at the block after `head`, which belongs to `part`. */
function setAt({ from, validators }: ChainPart, head: HeadInfo): Uint8Array {
  return head.number + 1 === from ? validators : head.nextValidators;
}

/** The same for the block after that one: stakes do not change, whose turn it is does. */
function setAfter({ parts }: ChainGenesis, part: ChainPart, head: HeadInfo): Uint8Array {
  const next = partAt(parts, head.number + 2);
  if (next !== part) return next.validators;
  const set = setAt(part, head);
  return part.spec ? encodeValidatorSet(advanceHeight(decodeValidatorSet(set))) : set;
}
