import { Command, Option } from 'commander';
import { exportBlocks } from '../chain/export-blocks.ts';
import { readBlockNumber } from './flag-values.ts';
import { progressBar } from './progress-bar.ts';
import { addStoreOption, type StoredChain, withStoredChain } from './stored-chain.ts';

interface ExportOptionValues {
  readonly datadir: string;
  readonly from: number;
  readonly to?: number;
}

/** `heddle export`: blocks of a stored chain in a file. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('write the blocks of a stored chain to a file, as heddle import and geth import read them')
    .argument('<file>', 'for example chain.rlp; replaced if it is there');
  addStoreOption(command)
    .addOption(new Option('--from <block>', 'first block').default(1).argParser(readBlockNumber))
    .addOption(new Option('--to <block>', 'last block (default: the head)').argParser(readBlockNumber));
  return command.action(async (file: string) => {
    const values = command.opts<ExportOptionValues>();
    console.log(`heddle: ${await withStoredChain(values.datadir, (chain) => exportTo(file, chain, values))}`);
  });
}

async function exportTo(
  file: string,
  { folder, store, goOn }: StoredChain,
  { from, to = store.head.number }: ExportOptionValues,
): Promise<string> {
  const bar = progressBar('exporting');
  const count = to - from + 1;
  const source = { source: store.database, path: folder.database, headNumber: store.head.number };
  await exportBlocks(source, file, { from, to }, (number) => {
    goOn();
    bar.show(number - from + 1, count);
  });
  bar.end();
  return `wrote ${count} blocks, ${from} to ${to}, to ${file}`;
}
