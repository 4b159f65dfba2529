import { readFileSync } from 'node:fs';
import type { Address, Hash } from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { PreAccount } from './state-fixtures.ts';

/** One chain of blocks on one fork whose headers have the fields of Prague and later. */
export interface BlockCase {
  readonly name: string;
  readonly network: string;
  readonly pre: Readonly<Record<Address, PreAccount>>;
  readonly genesisBlockHeader: { readonly hash: Hash; readonly number: string };
  readonly blocks: readonly { readonly rlp: string; readonly expectException?: string }[];
  readonly config?: { readonly chainid?: string };
}

const NETWORKS = ['Prague', 'Osaka'];

/** The cases of one file on the forks whose headers have all fields. */
export function readBlockCases(file: string): BlockCase[] {
  const tests = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Omit<BlockCase, 'name'>>;
  return Object.entries(tests)
    .filter(([, { network }]) => NETWORKS.includes(network))
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
