import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { runEvents } from './event-loop.ts';
import { Life } from './life.ts';
import { modelClock } from './model-clock.ts';
import { type CrashMode, ModelDisk } from './model-disk.ts';
import { ModelNetwork, type Receiver } from './model-network.ts';
import { VirtualTime } from './virtual-time.ts';

const alive = () => new Life(() => undefined);

/** Lets `work` run in virtual time until nothing is to come. */
async function inTime(time: VirtualTime, work: () => Promise<void>): Promise<void> {
  const done = work();
  await runEvents(() => time.step());
  await done;
}

describe('virtual time', () => {
  it('runs events in order of their moment, then of asking, and none that was called off', () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(5, () => seen.push(`late at ${time.nowMs}`));
    time.after(1, () => seen.push('first'));
    time.after(1, () => seen.push('second'));
    time.after(2, () => seen.push('called off'))();
    while (time.step());
    expect(seen).toEqual(['first', 'second', 'late at 5']);
  });

  it('keeps its order for many random events', () => {
    const time = new VirtualTime();
    const random = createRandom('heap');
    const seen: number[] = [];
    for (let count = 0; count < 500; count++) time.after(random.int(0, 99), () => seen.push(time.nowMs));
    while (time.step());
    expect(seen).toHaveLength(500);
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
  });
});

describe('the model clock', () => {
  it('is off, drifts, and its timers run at its own speed', () => {
    const time = new VirtualTime();
    const clock = modelClock(time, 1_000, { offsetMs: 50, drift: 0.1 }, alive());
    expect(clock.now()).toBe(1_050);
    const seen: [number, number][] = [];
    clock.schedule(110, () => seen.push([time.nowMs, clock.now()]));
    while (time.step());
    expect(seen[0]?.[0]).toBeCloseTo(100);
    expect(seen[0]?.[1]).toBeCloseTo(1_160, -1);
  });

  it('wakes nobody who has died', () => {
    const time = new VirtualTime();
    const life = alive();
    let isWoken = false;
    modelClock(time, 0, { offsetMs: 0, drift: 0 }, life).schedule(1, () => {
      isWoken = true;
    });
    life.end();
    while (time.step());
    expect(isWoken).toBe(false);
  });
});

describe('the model disk', () => {
  /** Syncs `abc`, writes `defgh` behind it without a sync, crashes; what is left. */
  async function leftAfter(mode: CrashMode, seed: string): Promise<string> {
    const time = new VirtualTime();
    const disk = new ModelDisk(time, createRandom(seed));
    await inTime(time, async () => {
      const file = await disk.portOf(alive()).open('/log');
      await file.write(Buffer.from('abc'), 0);
      await file.datasync();
      await disk.portOf(alive()).syncDirectory('/');
      await file.write(Buffer.from('defgh'), 3);
    });
    disk.crash(mode);
    return Buffer.from(disk.synced('/log')).toString('latin1');
  }

  it('keeps what was synced, and of the rest what the crash leaves', async () => {
    const left = { lost: new Set<string>(), torn: new Set<string>(), kept: new Set<string>() };
    for (const mode of ['lost', 'torn', 'kept'] as const) {
      for (let seed = 0; seed < 30; seed++) left[mode].add(await leftAfter(mode, `${seed}`));
    }
    expect([...left.lost]).toEqual(['abc']);
    expect([...left.kept]).toEqual(['abcdefgh']);
    expect(left.torn.size).toBeGreaterThan(3);
    for (const text of left.torn) expect('abcdefgh'.startsWith(text) && text.length >= 3).toBe(true);
  });

  it('forgets a rename whose folder was not synced, never half of it', async () => {
    const found = new Set<string | undefined>();
    for (let seed = 0; seed < 20; seed++) {
      const time = new VirtualTime();
      const disk = new ModelDisk(time, createRandom(`${seed}`));
      disk.put('/state', Buffer.from('old'));
      disk.put('/state.new', Buffer.from('new'));
      await inTime(time, () => disk.portOf(alive()).rename('/state.new', '/state'));
      disk.crash('lost');
      found.add(Buffer.from(disk.synced('/state')).toString('latin1'));
    }
    expect([...found].sort()).toEqual(['new', 'old']);
  });

  it('fails as a full disk does, and as one whose sync fails', async () => {
    const time = new VirtualTime();
    const disk = new ModelDisk(time, createRandom('full'));
    await inTime(time, async () => {
      const file = await disk.portOf(alive()).open('/log');
      disk.isFull = true;
      await expect(file.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
      disk.isFull = false;
      await file.write(Buffer.from('x'), 0);
      disk.isNextSyncBroken = true;
      await expect(file.datasync()).rejects.toMatchObject({ code: 'EIO' });
    });
    expect(disk.synced('/log')).toHaveLength(0);
  });

  it('never answers a process that died at a write, before or after its effect', async () => {
    for (const point of ['before write', 'after write'] as const) {
      const disk = new ModelDisk(new VirtualTime(), createRandom('dead'));
      const deaths: string[] = [];
      const life = new Life((at) => deaths.push(at));
      const file = await disk.portOf(life).open('/log');
      life.crashAt(point);
      let isAnswered = false;
      void file.write(Buffer.from('x'), 0).then(() => {
        isAnswered = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect([isAnswered, deaths]).toEqual([false, [point]]);
      expect(disk.bytes('/log')).toHaveLength(point === 'after write' ? 1 : 0);
    }
  });
});

describe('the model network', () => {
  function pair(seed = 'network') {
    const time = new VirtualTime();
    const identities = [0, 1].map((index) => ({ peerId: `node ${index}`, validator: undefined, height: 0 }));
    const calm = { delayMs: [1, 9], lossChance: 0, doubleChance: 0, isCut: false } as const;
    const events = { sent: () => undefined, refused: () => undefined, penalized: () => undefined };
    const network = new ModelNetwork(identities, time, createRandom(seed), calm, events);
    const heard: number[] = [];
    const receiver: Receiver = {
      onConsensusMessage: (message) => heard.push(message[0] ?? 0) > 0,
      onRequest: async ({ payload }) => (payload.length > 0 ? payload : undefined),
      onPeerConnected: () => undefined,
      onPeerDisconnected: () => undefined,
    };
    const lives = identities.map((_, index) => {
      const life = alive();
      network.join(index, { life, receiver });
      return life;
    });
    while (time.step());
    const port = network.portOf(0, lives[0] as Life, undefined);
    const send = (count: number) => {
      for (let number = 1; number <= count; number++) port.sendConsensus('node 1', Uint8Array.of(number));
      while (time.step());
    };
    return { network, time, heard, send, port };
  }

  it('brings messages in order, or not where links are unordered', () => {
    const ordered = pair();
    ordered.send(50);
    expect(ordered.heard).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    const unordered = pair();
    unordered.network.isUnordered = true;
    unordered.send(50);
    expect(unordered.heard).not.toEqual(ordered.heard);
    expect([...unordered.heard].sort((left, right) => left - right)).toEqual(ordered.heard);
  });

  it('loses, doubles and cuts as told, in one direction', () => {
    const { network, heard, send, port } = pair();
    const link = network.link(0, 1);
    Object.assign(link, { lossChance: 0.5 });
    send(100);
    expect(heard.length).toBeGreaterThan(20);
    expect(heard.length).toBeLessThan(80);
    heard.length = 0;
    Object.assign(link, { lossChance: 0, doubleChance: 1 });
    send(10);
    expect(heard).toHaveLength(20);
    heard.length = 0;
    Object.assign(link, { doubleChance: 0, isCut: true });
    send(10);
    expect(heard).toEqual([]);
    expect(network.link(1, 0).isCut).toBe(false);
    expect(port.peers()).toHaveLength(1); // nobody was told
  });

  it('answers requests, or fails them', async () => {
    const { network, time, port } = pair();
    await inTime(time, async () => {
      expect(await port.request('node 1', { kind: 'blocks', payload: Uint8Array.of(7) })).toEqual(Uint8Array.of(7));
      const refused = port.request('node 1', { kind: 'blocks', payload: new Uint8Array(0) });
      await expect(refused).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' });
      network.link(1, 0).isCut = true;
      const lost = port.request('node 1', { kind: 'blocks', payload: Uint8Array.of(7) });
      await expect(lost).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' });
    });
  });

  it('tells both ends soon that a process has gone', () => {
    const { network, time, port } = pair();
    network.leave(1);
    while (time.step());
    expect(port.peers()).toEqual([]);
    expect(port.sendConsensus('node 1', Uint8Array.of(1))).toBe(false);
  });
});

describe('the planted errors', () => {
  it('still fit the sources: each text stands in its file once', async () => {
    const path = join(import.meta.dirname, 'mutations.mjs');
    const { MUTATIONS }: { MUTATIONS: readonly Mutation[] } = await import(path);
    const edits = MUTATIONS.flatMap((mutation) => mutation.edits);
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(12);
    for (const { file, find } of edits) {
      const text = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8');
      expect([file, find, text.split(find).length - 1]).toEqual([file, find, 1]);
    }
  });
});

interface Mutation {
  readonly edits: readonly { readonly file: string; readonly find: string }[];
}
