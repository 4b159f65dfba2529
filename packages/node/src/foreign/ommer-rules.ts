import type { BlockReward } from '@heddle/executor';
import { type Block, type Fork, type Hash, type Header, hashHeader, isActive } from '@heddle/primitives';
import { type ChainConfig, executionRulesAt } from './chain-config.ts';
import { headerFault } from './header-rules.ts';

/** A block of the chain by its number; undefined when there is none. */
export type ReadAncestor = (number: number) => { readonly hash: Hash; readonly block: Block } | undefined;

const MAX_OMMERS = 2;
/** How many generations back an ommer's parent may be (yellow paper, 11.1). */
const MAX_GENERATIONS = 7;
const GWEI = 1_000_000_000n;
const ETHER = GWEI * GWEI;
/** An ommer's reward falls by an eighth with each generation. */
const OMMER_SHARES = 8;
/** What the miner gets for each ommer: a thirty-second of the block's reward. */
const INCLUSION_SHARE = 32n;

/** Why `block` may not name its ommers; undefined when it may. Their seals are not looked at. */
export function ommerFault(config: ChainConfig, block: Block, readAncestor: ReadAncestor): string | undefined {
  const { header, ommers = [] } = block;
  if (ommers.length === 0) return undefined;
  if (ommers.length > MAX_OMMERS) return `ommers: ${ommers.length} exceed ${MAX_OMMERS}`;
  const { ancestors, named } = family(header, readAncestor);
  for (const [index, ommer] of ommers.entries()) {
    const hash = hashHeader(ommer);
    if (named.has(hash)) return `ommer ${index}: it was named before`;
    if (ancestors.has(hash)) return `ommer ${index}: it is an ancestor of the block`;
    named.add(hash);
    const parent = ancestors.get(ommer.parentHash);
    if (parent === undefined || ommer.parentHash === header.parentHash) {
      return `ommer ${index}: its parent ${ommer.parentHash} is no ancestor that an ommer may have`;
    }
    const rules = executionRulesAt(config, { number: ommer.number, timestamp: ommer.timestamp, isMerged: false });
    const fault = headerFault(ommer, { config, rules, parent: { header: parent, hash: ommer.parentHash } });
    if (fault !== undefined) return `ommer ${index}: ${fault}`;
  }
  return undefined;
}

/** The block's last ancestors by hash, and the ommers that they named. */
function family(header: Header, readAncestor: ReadAncestor) {
  const ancestors = new Map<Hash, Header>();
  const named = new Set<Hash>();
  const oldest = Math.max(0, header.number - MAX_GENERATIONS);
  for (let number = header.number - 1; number >= oldest; number--) {
    const ancestor = readAncestor(number);
    if (ancestor === undefined) break;
    ancestors.set(ancestor.hash, ancestor.block.header);
    for (const ommer of ancestor.block.ommers ?? []) named.add(hashHeader(ommer));
  }
  return { ancestors, named };
}

/** What the end of a block from before the merge pays for it and its ommers. */
export function blockRewards({ header, ommers = [] }: Block, fork: Fork): BlockReward[] {
  const reward = blockReward(fork);
  const ofOmmers = ommers.map(({ beneficiary, number }) => {
    const shares = BigInt(OMMER_SHARES - (header.number - number));
    return { address: beneficiary, amount: (reward * shares) / BigInt(OMMER_SHARES) };
  });
  const ofMiner = reward + (reward / INCLUSION_SHARE) * BigInt(ommers.length);
  return [...ofOmmers, { address: header.beneficiary, amount: ofMiner }];
}

/** EIP-649, EIP-1234. */
function blockReward(fork: Fork): bigint {
  if (isActive(fork, 'constantinople')) return 2n * ETHER;
  return isActive(fork, 'byzantium') ? 3n * ETHER : 5n * ETHER;
}
