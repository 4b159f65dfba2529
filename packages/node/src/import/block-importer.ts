import { headState, namedEngine, openStateTrie, stateOperations } from '@heddle/executor';
import {
  type Block,
  DEFAULT_ENGINE,
  decodeBlock,
  decodeHeader,
  encodeHeader,
  HeddleError,
  hashHeader,
} from '@heddle/primitives';
import { readBlock, readBlockHash } from '../chain/block-records.ts';
import { chainOperations } from '../chain/chain-operations.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { importedOperations, readTotalDifficulty } from '../chain/imported-records.ts';
import { headerFault } from '../execution/child-header.ts';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { type AcceptedBlock, createBlockProcessor } from '../foreign/block-processor.ts';
import { createForkExecutors } from '../foreign/fork-executors.ts';
import type { ParentBlock } from '../foreign/header-rules.ts';
import { type Refusal, refused } from '../foreign/refusal.ts';
import type { ChainGenesis } from './chain-genesis.ts';

/** Puts blocks that were made elsewhere on the head of a store. */
export interface BlockImporter {
  head(): HeadInfo;
  /** `known`: the chain has this very block. What is refused changes nothing. */
  add(bytes: Uint8Array): Promise<{ readonly status: 'imported' | 'known' } | Refusal>;
}

/** An importer on the head of `store`, which holds a chain of `genesis` and which nobody else writes to. */
export function createBlockImporter({ database, head: first }: ChainStore, genesis: ChainGenesis): BlockImporter {
  const firstHeader = decodeHeader(first.header);
  const trie = openStateTrie(database, firstHeader.stateRoot);
  const readHash = (number: number) => readBlockHash(database, number);
  const { execute } = createForkExecutors({
    createEngine: namedEngine(DEFAULT_ENGINE),
    state: headState(database),
    trie,
    readBlockHash: readHash,
  });
  const readAncestor = (number: number) => readBlock(database, number);
  const processor = createBlockProcessor({ config: genesis.config, readAncestor, execute });
  const totalDifficulty = readTotalDifficulty(database, first.number) ?? firstHeader.difficulty;
  let parent: ParentBlock = { header: firstHeader, hash: first.hash, totalDifficulty };
  let head = first;

  const write = async (accepted: AcceptedBlock): Promise<void> => {
    const { block, header, hash, senders, result } = accepted;
    const { number } = header;
    const { nextValidators } = head; // the chain's first ones: stakes do not change
    const next = { number, hash, header: encodeHeader(header), certificate: undefined, validators: undefined };
    const operations = [
      ...stateOperations(database, number, result.diff),
      ...trie.operations(result.stateRoot),
      ...chainOperations({ block, senders, receipts: result.receipts, head: { ...next, nextValidators } }),
      ...importedOperations(number, accepted.totalDifficulty),
    ];
    await database.batch(operations, { sync: true });
    trie.apply(result.stateRoot);
    head = { ...next, nextValidators };
    parent = accepted;
  };

  return {
    head: () => head,
    async add(bytes) {
      const block = readIfBlock(bytes);
      if (block && readHash(block.header.number) === hashHeader(block.header)) return { status: 'known' };
      const fault = block && heddleFault(block, genesis, { parent, validators: head.nextValidators });
      if (fault !== undefined) return refused('header', fault);
      const verdict = await processor.process(bytes, parent);
      if (verdict.status === 'refused') return verdict;
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
  { spec }: ChainGenesis,
  { parent, validators }: { readonly parent: ParentBlock; readonly validators: Uint8Array },
): string | undefined {
  return spec && headerFault(header, { parent: parent.header, spec, validators });
}
