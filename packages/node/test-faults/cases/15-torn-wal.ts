import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { Random } from '@heddle/testkit';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { recovered } from '../recovery.ts';
import { recordPlaces, walPath } from '../wal-file.ts';

const VICTIM = 2;
/** Records at the end in which a cut falls. Every single byte of them is cut in the log's own tests, without a process. */
const LAST_RECORDS = 3;
const MAX_TAIL_BYTES = 300;

/** Case 15: the end of a validator's log is cut, overwritten by chance, or zeros. */
export const tornWal: FaultCase = {
  number: 15,
  title: "torn ends of one validator's log",
  async run(context) {
    const { network, figures, scale, random } = context;
    const damages: [string, (path: string) => void][] = [
      ...Array.from({ length: scale.times(8, 1) }, (): [string, (path: string) => void] => {
        return ['cut', (path) => truncateSync(path, placeOfCut(path, random))];
      }),
      ['random bytes', (path) => append(path, random.bytes(random.int(1, MAX_TAIL_BYTES)))],
      ['zeros', (path) => append(path, new Uint8Array(random.int(1, MAX_TAIL_BYTES)))],
      ['last record zeroed', zeroLast],
    ];
    const took: number[] = [];
    for (const [, damage] of damages) took.push(await restartDamaged(context, damage));
    figures.tell('damages', damages.length);
    figures.tookAtMost('start to voting again, worst', Math.max(...took), 5_000);
    const copies = readdirSync(network.paths(VICTIM).wal).filter((name) => name.includes('.corrupt-'));
    figures.mustBeAtLeast('copies of what was cut', copies.length, damages.length - 1); // a cut may hit a seam
  },
};

async function restartDamaged({ network }: CaseContext, damage: (path: string) => void): Promise<number> {
  await network.kill(VICTIM);
  damage(walPath(network.paths(VICTIM).wal));
  const { startedMs } = await network.restart(VICTIM);
  return recovered(network, VICTIM, startedMs);
}

/** A byte within the last records. */
function placeOfCut(path: string, random: Random): number {
  const places = recordPlaces(path);
  const first = places.at(-LAST_RECORDS) ?? places[0];
  const end = places.at(-1)?.endByte ?? 0;
  return random.int((first?.startByte ?? 0) + 1, end - 1);
}

function append(path: string, tail: Uint8Array): void {
  writeFileSync(path, Buffer.concat([readFileSync(path), tail]));
}

function zeroLast(path: string): void {
  const last = recordPlaces(path).at(-1);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, last?.startByte));
}
