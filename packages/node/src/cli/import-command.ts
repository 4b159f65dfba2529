import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENGINE, type EngineName, HeddleError } from '@heddle/primitives';
import { Command, Option } from 'commander';
import { chainFolder } from '../chain/chain-folder.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { openChainStore } from '../chain/open-chain-store.ts';
import { planCrash, readPlannedCrash } from '../crash-points.ts';
import { rlpListsOf } from '../files/rlp-file.ts';
import { makeFolder } from '../files/text-files.ts';
import { type ChainGenesis, readChainGenesis } from '../import/chain-genesis.ts';
import { engineOption } from './engine-option.ts';
import { readText } from './flag-values.ts';
import { type StagedBar, stagedBar } from './progress-bar.ts';
import { whenAskedToEnd } from './signals.ts';
import { interrupted } from './stored-chain.ts';

interface ImportOptionValues {
  readonly datadir: string;
  readonly genesis?: string;
  readonly engine?: EngineName;
}

/** `heddle import`: executes blocks that were made elsewhere. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('execute blocks that were made elsewhere (geth export, heddle export) and keep their chain')
    .argument('[files...]', 'RLP blocks one after another; none: the genesis alone')
    .addOption(
      new Option('--datadir <folder>', 'where the chain is kept; an import that was cut short goes on')
        .makeOptionMandatory()
        .argParser(readText),
    )
    .addOption(
      new Option('--genesis <file>', "the chain's genesis.json (default: the one in the datadir)").argParser(readText),
    )
    .addOption(engineOption());
  return command.action(async (files: string[]) => {
    console.log(`heddle: ${await importChain(files, command.opts<ImportOptionValues>())}`);
  });
}

async function importChain(files: readonly string[], values: ImportOptionValues): Promise<string> {
  const { signal } = whenAskedToEnd();
  const goOn = (): void => {
    if (signal.aborted) throw interrupted();
  };
  const { datadir, engine = DEFAULT_ENGINE } = values;
  refuseNode(datadir);
  makeFolder(datadir);
  const folder = chainFolder(datadir);
  const genesis = readChainGenesis(values.genesis ?? folder.genesis);
  const bar = stagedBar();
  try {
    const store = await openChainStore(folder.database, genesis, (...step) => {
      goOn();
      bar.show(...step);
    });
    try {
      // The rules of blocks to come may be others than last time: a fork that was planned since.
      if (genesis.file !== folder.genesis) copyWhole(genesis.file, folder.genesis);
      return await importFiles(files, { datadir, store, genesis, engine, bar, goOn });
    } finally {
      await store.close();
    }
  } finally {
    bar.end();
  }
}

interface Import {
  readonly datadir: string;
  readonly store: ChainStore;
  readonly genesis: ChainGenesis;
  readonly engine: EngineName;
  readonly bar: StagedBar;
  goOn(): void;
}

async function importFiles(files: readonly string[], job: Import): Promise<string> {
  const { datadir, store, genesis, engine, bar, goOn } = job;
  planCrash(readPlannedCrash(process.env.HEDDLE_CRASH_AT));
  const { createBlockImporter } = await import('../import/block-importer.ts'); // with the EVM
  const importer = createBlockImporter(store, genesis, engine);
  const counts = { imported: 0, known: 0 };
  for (const file of files) {
    for (const { bytes, readBytes, totalBytes } of rlpListsOf(file)) {
      goOn();
      const verdict = await importer.add(bytes);
      if (verdict.status === 'refused') throw blockRefused(file, importer.head().number, verdict);
      counts[verdict.status]++;
      bar.show(`importing ${file}`, readBytes, totalBytes);
    }
  }
  const { number, hash } = importer.head();
  const known = counts.known === 0 ? '' : `, ${counts.known} were there`;
  return `imported ${counts.imported} blocks${known}; ${datadir} is at block ${number} ${hash}`;
}

/** Blocks of consensus come from consensus alone. */
function refuseNode(datadir: string): void {
  const found = ['node.json', 'settings.json'].find((name) => existsSync(join(datadir, name)));
  if (found === undefined) return;
  throw new HeddleError('IMPORT_INTO_NODE', `${datadir} belongs to a node or a devnet (${found})`, {
    remedy: 'give an empty or a new folder',
  });
}

/** The copy is there when all of it is. */
function copyWhole(from: string, to: string): void {
  const partial = `${to}.partial`;
  copyFileSync(from, partial);
  renameSync(partial, to);
}

function blockRefused(
  file: string,
  headNumber: number,
  { kind, reason }: { readonly kind: string; readonly reason: string },
): HeddleError {
  return new HeddleError('IMPORT_REFUSED', `${file}: the block after ${headNumber} is refused (${kind}): ${reason}`, {
    remedy: `the chain up to block ${headNumber} is kept; give a file whose blocks follow its rules`,
  });
}
