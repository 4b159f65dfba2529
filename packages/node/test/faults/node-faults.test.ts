import { join } from 'node:path';
import type { Network } from '@heddle/p2p';
import { createFakeClock, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { diskFiles } from '../../src/consensus/durable-files.ts';
import { encodePeerMessage } from '../../src/consensus/messages.ts';
import { FaultBook } from '../../src/faults/fault-book.ts';
import { settingsAsEnvironment, settingsFromEnvironment } from '../../src/faults/fault-settings.ts';
import { FaultyClock } from '../../src/faults/faulty-clock.ts';
import { NodeFaults } from '../../src/faults/node-faults.ts';
import { slowFiles } from '../../src/faults/slow-files.ts';

const folder = temporaryDirectory('node-faults');
afterAll(() => folder.remove());

describe('a faulty clock', () => {
  it('is right without a fault, ahead or behind with an offset, and right again', () => {
    const right = createFakeClock(1_000_000);
    const clock = new FaultyClock(right);
    expect(clock.now()).toBe(1_000_000);
    clock.change({ offsetMs: -5_000, drift: 0 });
    right.advance(100);
    expect(clock.now()).toBe(995_100);
    clock.change({ offsetMs: 0, drift: 0 });
    expect(clock.now()).toBe(1_000_100);
  });

  it('gains with a drift, keeps what it gained when the rate changes, and loses it with the drift', () => {
    const right = createFakeClock(0);
    const clock = new FaultyClock(right);
    clock.change({ offsetMs: 0, drift: 0.01 });
    right.advance(10_000);
    expect(clock.now()).toBe(10_100);
    clock.change({ offsetMs: 1_000, drift: -0.01 });
    right.advance(10_000);
    expect(clock.now()).toBe(21_000);
    clock.change({ offsetMs: 0, drift: 0 });
    expect(clock.now()).toBe(20_000);
  });

  it('thinks sooner that a time is over when it is too fast', () => {
    const right = createFakeClock(0);
    const clock = new FaultyClock(right);
    clock.change({ offsetMs: 5_000, drift: 0.25 });
    const fired: number[] = [];
    clock.schedule(1_000, () => fired.push(right.now()));
    const callOff = clock.schedule(500, () => fired.push(-1));
    callOff();
    right.advance(2_000);
    expect(fired).toEqual([800]);
  });
});

describe('a slow disk', () => {
  it('takes longer for each sync, by what is said at that moment, and nothing else', async () => {
    let delayMs = 0;
    const files = slowFiles(diskFiles, () => delayMs);
    const file = await files.open(join(folder.path, 'file'));
    await file.write(Uint8Array.of(1, 2, 3), 0);
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await act();
      return performance.now() - start;
    };
    delayMs = 150;
    expect(await timed(() => file.datasync())).toBeGreaterThanOrEqual(149);
    expect(await timed(() => files.syncDirectory(folder.path))).toBeGreaterThanOrEqual(149);
    delayMs = 0;
    await file.datasync();
    expect(await files.read(join(folder.path, 'file'))).toEqual(Buffer.from([1, 2, 3]));
    await file.close();
  });
});

describe('a validator that is told to lie', () => {
  const self = '0x00000000000000000000000000000000000000aa';
  const vote = { kind: 'prevote', height: 1, round: 0, blockId: undefined, validator: self } as const;
  const ownVote = encodePeerMessage({ type: 'vote', vote: { ...vote, signature: new Uint8Array(65) } });

  it('lies from the first message of its network on, stops, and begins again', async () => {
    const book = new FaultBook(['a'], 'seed');
    book.turn(0, 'silent');
    const faults = new NodeFaults(book.settingsFor(0));
    await faults.load();
    const sent: Uint8Array[] = [];
    const inner = { peers: () => [], sendConsensus: (_: string, bytes: Uint8Array) => sent.push(bytes) > 0 };
    const network = faults.network(inner as Partial<Network> as Network, { self, sign: () => new Uint8Array(65) });
    network.sendConsensus('a', ownVote);
    expect(sent).toEqual([]);
    book.heal();
    await faults.change(book.settingsFor(0));
    network.sendConsensus('a', ownVote);
    expect(sent).toEqual([ownVote]);
    book.turn(0, 'silent');
    await faults.change(book.settingsFor(0));
    network.sendConsensus('a', ownVote);
    expect(sent).toEqual([ownVote]);
  });
});

describe('the settings of a validator', () => {
  it('reach its process whole by its environment', () => {
    const book = new FaultBook(['a', 'b'], 'seed');
    book.partition([[0], [1]]);
    book.setClock(0, { drift: 0.01 });
    book.turn(0, 'lie-blocks');
    const settings = book.settingsFor(0);
    expect(settingsFromEnvironment(settingsAsEnvironment(settings))).toEqual(settings);
    expect(settingsFromEnvironment({})).toBeUndefined();
  });
});
