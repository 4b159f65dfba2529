import type { CreateEngine } from '@heddle/executor';
import type { Header } from '@heddle/primitives';
import { type ConfiguredBlocks, executionRulesAt } from '../foreign/chain-config.ts';
import { perRules } from '../foreign/per-rules.ts';
import type { BlockEngine } from './query-service.ts';

/**
 * Engines for the forks of a chain: what runs calls on the block with a header, by the rules of its own fork; undefined
 * for a block that is not among `blocks`.
 */
export function createForkEngines(
  blocks: readonly ConfiguredBlocks[],
  createEngine: CreateEngine,
): (header: Header) => Promise<BlockEngine | undefined> {
  const engineFor = perRules(createEngine);
  return async ({ number, timestamp, difficulty }) => {
    const config = blocks.find(({ to }) => number <= to)?.config;
    if (config === undefined) return undefined;
    const rules = executionRulesAt(config, { number, timestamp, isMerged: difficulty === 0n });
    return { engine: await engineFor(rules), rules };
  };
}
