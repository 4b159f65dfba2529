import { HeddleError } from '@heddle/primitives';
import { Command } from 'commander';
import { diskBytes, type KindStats, storeStats } from '../chain/store-stats.ts';
import { verifyChain } from '../chain/verify-chain.ts';
import { rewindCommand } from './db-rewind-command.ts';
import { progressBar, stagedBar } from './progress-bar.ts';
import { addStoreOption, type StoredChain, withStoredChain } from './stored-chain.ts';

/** `heddle db`: looks into the store of a node that does not run, or takes blocks back. */
export function dbCommand(): Command {
  return new Command('db')
    .description('look into the store of a node that does not run, or take blocks back')
    .addCommand(statsCommand())
    .addCommand(verifyCommand())
    .addCommand(rewindCommand());
}

function statsCommand(): Command {
  const command = new Command('stats').description('what the store holds, by kind').option('--json', 'for programs');
  return addStoreOption(command).action(async () => {
    const { datadir, json } = command.opts<{ datadir: string; json?: true }>();
    console.log(await withStoredChain(datadir, (chain) => statsOf(chain, json === true)));
  });
}

async function statsOf({ folder, store, goOn }: StoredChain, isJson: boolean): Promise<string> {
  const bar = progressBar('counting records');
  const kinds = await storeStats(store.database, (count) => {
    goOn();
    bar.show(count, undefined);
  });
  bar.end();
  const bytesOnDisk = await diskBytes(folder.database);
  const { number, hash } = store.head;
  if (isJson) return JSON.stringify({ head: { number, hash }, kinds, diskBytes: bytesOnDisk }, undefined, 2);
  return [`head ${number} ${hash}`, ...statsTable(kinds), `on disk ${sizeText(bytesOnDisk)}`].join('\n');
}

function statsTable(kinds: readonly KindStats[]): string[] {
  const sumOf = (field: 'count' | 'keyBytes' | 'valueBytes') => kinds.reduce((sum, one) => sum + one[field], 0);
  const all = { kind: 'all', count: sumOf('count'), keyBytes: sumOf('keyBytes'), valueBytes: sumOf('valueBytes') };
  const rows = [...kinds, all].map(({ kind, count, keyBytes, valueBytes }) => {
    return [kind, String(count), sizeText(keyBytes), sizeText(valueBytes)];
  });
  const cells = [['', 'records', 'keys', 'values'], ...rows];
  const widthOf = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widthOf(0)) : cell.padStart(widthOf(column)))).join('  '),
  );
}

function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1_024 ** power).toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

function verifyCommand(): Command {
  const command = new Command('verify').description(
    'read the whole store and compute the state root anew from every account and slot',
  );
  return addStoreOption(command).action(async () => {
    const { datadir } = command.opts<{ datadir: string }>();
    console.log(`heddle: ${await withStoredChain(datadir, verify)}`);
  });
}

/** A damaged store is condemned, as by the node that finds it so: nothing may be built on it. */
async function verify({ datadir, folder, store, goOn }: StoredChain): Promise<string> {
  const { show, end } = stagedBar();
  try {
    const { stateRoot, accountCount, slotCount } = await verifyChain(folder.database, store, (...step) => {
      goOn();
      show(...step);
    });
    store.verified();
    const { number, hash } = store.head;
    const state = `${accountCount} accounts and ${slotCount} slots give its state root ${stateRoot}`;
    return `${datadir} is sound: block ${number} ${hash}, all blocks before it, and ${state}`;
  } catch (error) {
    if (error instanceof HeddleError && error.code !== 'INTERRUPTED') await store.condemn(error.message);
    throw error;
  } finally {
    end();
  }
}
