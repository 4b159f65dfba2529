import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { recovered } from '../recovery.ts';
import { flipBit, type RecordPlace, recordPlaces, walPath } from '../wal-file.ts';
import { saidBy } from '../wire-audit.ts';

const VICTIM = 2;
/** Into a height, so that there is something in the log. */
const WITHIN_MS = 600;

/** Case 16: one bit in the middle of a log flips, in a record of an older height or of the one being decided. */
export const damagedWal: FaultCase = {
  number: 16,
  title: "a flipped bit in the middle of one's log",
  async run(context) {
    await flip(context, 'older height', (places, newest) => places.find(({ height }) => height < newest));
    await flip(context, 'current height', (places, newest) => {
      const isEnded = places.some(({ type, height }) => type === 'endHeight' && height === newest);
      return isEnded ? undefined : places.find(({ height }) => height === newest);
    });
  },
};

/** All are killed, so that the others, too, still have to decide the height that was hit. */
async function flip(
  { network, watch, figures, random }: CaseContext,
  what: string,
  choose: (places: readonly RecordPlace[], newest: number) => RecordPlace | undefined,
): Promise<void> {
  const path = walPath(network.paths(VICTIM).wal);
  let places: RecordPlace[] = [];
  let newest = 0;
  let place: RecordPlace | undefined;
  // A log that ends with the end of a height has nothing of a current one: another moment.
  for (let attempt = 0; attempt < MAX_ATTEMPTS && !(place && place !== places.at(-1)); attempt++) {
    if (attempt > 0) await network.restart(...network.all);
    await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
    await elapse(random.int(0, WITHIN_MS));
    await network.kill(...network.all);
    places = recordPlaces(path);
    newest = Math.max(...places.map(({ height }) => height));
    place = choose(places, newest);
  }
  if (place) flipBit(path, place);
  figures.mustBe(`${what}: bits flipped`, place ? 1 : 0, 1);
  const at = Date.now();
  const { startedMs } = await network.restart(...network.all);
  figures.tookAtMost(`${what}: start to voting again`, await recovered(network, VICTIM, startedMs), 8_000);
  const said = saidBy(network.wireLogFolder, network.address(VICTIM)).filter((one) => one.at >= at);
  figures.mustBe(
    `${what}: said anew at the height that was hit`,
    said.filter(({ message }) => message.height <= (place?.height ?? 0)).length,
    0,
  );
}

const MAX_ATTEMPTS = 10;
