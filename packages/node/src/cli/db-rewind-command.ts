import { Command, Option } from 'commander';
import { rewindChain } from '../chain/rewind-chain.ts';
import { readBlockNumber } from './flag-values.ts';
import { progressBar } from './progress-bar.ts';
import { addStoreOption, type StoredChain, withStoredChain } from './stored-chain.ts';

/** `heddle db rewind`: makes an earlier block the head again. */
export function rewindCommand(): Command {
  const command = new Command('rewind')
    .description('make an earlier block the head again, of a chain with one validator; what comes after it is gone')
    .addOption(new Option('--to <block>', 'the new head').makeOptionMandatory().argParser(readBlockNumber));
  return addStoreOption(command).action(async () => {
    const { datadir, to } = command.opts<{ datadir: string; to: number }>();
    console.log(`heddle: ${await withStoredChain(datadir, (chain) => rewind(chain, to))}`);
  });
}

async function rewind({ datadir, folder, store, goOn }: StoredChain, target: number): Promise<string> {
  const first = store.head.number;
  if (target === first) return `${datadir} is at block ${target} already`;
  const bar = progressBar('taking blocks back');
  try {
    const era = await rewindChain(folder.database, store, {
      target,
      onUndone(number) {
        bar.show(first - number, first - target);
        goOn();
      },
    });
    return `${datadir} is at block ${target} again, in era ${era.number}; ${first - target} blocks were taken back`;
  } finally {
    bar.end();
  }
}
