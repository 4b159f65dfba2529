import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { genesisOperations } from '@heddle/executor';
import type { ChainStart } from '../../src/foreign/memory-chain.ts';
import { readForeignGenesis } from '../../src/foreign/read-foreign-genesis.ts';

/** A public chain of `.fixtures/rpc`: what it begins with, its blocks, and the hash of its head. */
export interface OfficialChain {
  readonly start: ChainStart;
  readonly blocks: readonly Uint8Array[];
  readonly headHash: string;
}

/** The chain in `folder`. */
export function readOfficialChain(folder: string): OfficialChain {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { config, alloc, blockWith } = readForeignGenesis(read('genesis.json'));
  const genesis = blockWith(genesisOperations(alloc).stateRoot);
  return {
    start: { config, alloc, genesis },
    blocks: rlpListsOf(new Uint8Array(readFileSync(join(folder, 'chain.rlp')))),
    headHash: read('headfcu.json').params[0].headBlockHash,
  };
}

/** The lists that stand one after another in `bytes`. */
function rlpListsOf(bytes: Uint8Array): Uint8Array[] {
  const lists: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const first = bytes[start] as number;
    const sizeBytes = first < 0xf8 ? 0 : first - 0xf7;
    const header = 1 + sizeBytes;
    const size = sizeBytes === 0 ? first - 0xc0 : Buffer.from(bytes.buffer).readUIntBE(start + 1, sizeBytes);
    lists.push(bytes.slice(start, start + header + size));
    start += header + size;
  }
  return lists;
}
