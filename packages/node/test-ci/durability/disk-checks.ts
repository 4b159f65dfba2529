import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { readBlockHash } from '../../src/chain/block-records.ts';
import { openStore } from '../../src/chain/chain-store.ts';
import { scanWal } from '../../src/consensus/wal-records.ts';
import type { NodeFolderPaths } from '../../src/node-folder/node-paths.ts';
import type { Heard } from './heard-messages.ts';

/**
 * What is wrong with a dead node's disk: a block that its RPC returned is not in its store, or one that it precommitted
 * is neither there nor in its log. Looks at a copy, since opening a store changes it.
 */
export async function diskFaults(
  paths: Pick<NodeFolderPaths, 'database' | 'wal'>,
  genesisHash: `0x${string}`,
  returned: Iterable<[number, string]>,
  precommits: readonly Heard[],
): Promise<string[]> {
  const copy = temporaryDirectory('disk-copy');
  const name = basename(paths.database);
  for (const entry of readdirSync(dirname(paths.database))) {
    if (entry.startsWith(name))
      cpSync(join(dirname(paths.database), entry), join(copy.path, entry), { recursive: true });
  }
  try {
    const store = await openStore(join(copy.path, name), { genesisHash });
    try {
      const hashOf = (number: number) => readBlockHash(store.database, number);
      const lost = [...returned].flatMap(([number, hash]) =>
        hashOf(number) === hash ? [] : [`block ${number} (${hash}) was returned, the store has ${hashOf(number)}`],
      );
      const logged = blocksInLog(join(paths.wal, 'consensus.wal'));
      const orphans = precommits.flatMap(({ height, round, blockId }) =>
        blockId === undefined || height <= store.head.number || logged.has(blockId)
          ? []
          : [`block ${blockId} was precommitted at ${height}/${round}, neither store nor log has it`],
      );
      return [...lost, ...orphans];
    } finally {
      await store.close();
    }
  } catch (error) {
    return [`the store cannot be opened: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    copy.remove();
  }
}

function blocksInLog(file: string): Set<string> {
  if (!existsSync(file)) return new Set();
  const { records } = scanWal(readFileSync(file));
  return new Set(records.flatMap((record) => (record.type === 'block' ? [record.blockId] : [])));
}
