import { SOUND_LINK as P2P_SOUND_LINK } from '@heddle/p2p';
import { describe, expect, it } from 'vitest';
import { FaultBook } from '../../src/faults/fault-book.ts';
import { SOUND_LINK } from '../../src/faults/fault-settings.ts';
import { faultText } from '../../src/faults/fault-text.ts';

const book = () => new FaultBook(['a', 'b', 'c', 'd'], 'seed');
const texts = (of: FaultBook) => of.list().map(faultText);

describe('the book of faults', () => {
  it('tells a validator nothing but its seed as long as nothing is wrong', () => {
    const sound = { links: [], clock: { offsetMs: 0, drift: 0 }, syncDelayMs: 0, byzantine: undefined };
    expect(book().settingsFor(2)).toEqual({ ...sound, seed: 'seed 2' });
    expect(SOUND_LINK).toEqual(P2P_SOUND_LINK);
  });

  it('cuts every link between two groups in both directions, and none inside one', () => {
    const faults = book();
    faults.partition([[0, 1], [2], [3]]);
    const cut = (index: number) => faults.settingsFor(index).links.map(({ peerId, rule }) => `${peerId} ${rule.isCut}`);
    expect([0, 1, 2, 3].map(cut)).toEqual([
      ['c true', 'd true'],
      ['c true', 'd true'],
      ['a true', 'b true', 'd true'],
      ['a true', 'b true', 'c true'],
    ]);
    faults.partition([[0], [1, 2, 3]]);
    expect(cut(3)).toEqual(['a true']);
    expect(texts(faults)).toEqual(['partition 0/1,2,3']);
  });

  it('tells the receiver what is wrong with a direction, adds to it, and forgets what is sound again', () => {
    const faults = book();
    faults.disturb([{ from: 0, to: 1 }], { delayMs: 200, jitterMs: 40 });
    faults.disturb([{ from: 0, to: 1 }], { loss: 0.3 });
    const rule = { ...SOUND_LINK, delayMs: 200, jitterMs: 40, loss: 0.3 };
    expect(faults.settingsFor(1).links).toEqual([{ peerId: 'a', rule }]);
    expect(faults.settingsFor(0).links).toEqual([]);
    faults.disturb([{ from: 2, to: 1 }], { copies: 3, window: 20 });
    expect(texts(faults)).toEqual([
      'link 0>1: delay 200ms ± 40ms, loss 30%',
      'link 2>1: each message 3 times, disorder within 20 messages',
    ]);
    faults.disturb([{ from: 0, to: 1 }], { loss: 0 });
    faults.disturb([{ from: 0, to: 1 }], { delayMs: 0, jitterMs: 0 });
    faults.disturb([{ from: 2, to: 1 }], { copies: 1, window: 1 });
    expect([texts(faults), faults.settingsFor(1).links]).toEqual([[], []]);
  });

  it('keeps what was wrong with a link under a partition that ends', () => {
    const faults = book();
    faults.disturb([{ from: 0, to: 1 }], { loss: 0.5 });
    faults.partition([[0], [1, 2, 3]]);
    expect(faults.settingsFor(1).links).toEqual([{ peerId: 'a', rule: { ...SOUND_LINK, loss: 0.5, isCut: true } }]);
  });

  it('keeps clocks, disks and lies of each validator, and ends all of it', () => {
    const faults = book();
    faults.setClock(1, { offsetMs: -5_000 });
    faults.setClock(1, { drift: 0.01 });
    faults.slowDisk(2, 1_500);
    faults.turn(3, 'equivocate');
    expect(faults.settingsFor(1).clock).toEqual({ offsetMs: -5_000, drift: 0.01 });
    expect(faults.settingsFor(2).syncDelayMs).toBe(1_500);
    expect(faults.settingsFor(3).byzantine).toBe('equivocate');
    expect(texts(faults)).toEqual(['clock 1 -5s, +1%', 'disk 2 1.5s a sync', 'byzantine 3 equivocate']);
    faults.setClock(1, { offsetMs: 0 });
    faults.setClock(1, { drift: 0 });
    faults.slowDisk(2, 0);
    expect(texts(faults)).toEqual(['byzantine 3 equivocate']);
    faults.disturb([{ from: 0, to: 1 }], { loss: 1 });
    faults.partition([[0], [1, 2, 3]]);
    faults.heal();
    expect([texts(faults), [0, 1, 2, 3].flatMap((index) => faults.settingsFor(index).links)]).toEqual([[], []]);
    expect(faults.settingsFor(3).byzantine).toBeUndefined();
  });
});
