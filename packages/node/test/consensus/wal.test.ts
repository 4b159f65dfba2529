import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { diskFiles } from '../../src/consensus/durable-files.ts';
import { openWal, type Wal, type WalOptions } from '../../src/consensus/wal.ts';
import { encodeWalHeader, encodeWalRecord, scanWal } from '../../src/consensus/wal-records.ts';
import { MemoryDisk } from './memory-disk.ts';

const DIRECTORY = '/log';
const PATH = '/log/consensus.wal';
const BLOCK_ID: Hash = `0x${'ab'.repeat(32)}`;

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function texts(inputs: readonly Uint8Array[]): string[] {
  return inputs.map((input) => Buffer.from(input).toString('utf8'));
}

let disk: MemoryDisk;
beforeEach(() => {
  disk = new MemoryDisk();
});

function open(options: Partial<WalOptions> = {}): Promise<Wal> {
  return openWal({ directory: DIRECTORY, era: 0, headHeight: 0, ...options }, disk);
}

/** A log with three inputs of height 1, the sizes of the file after each. */
async function threeInputs(): Promise<number[]> {
  const wal = await open();
  const sizes: number[] = [];
  for (const text of ['first', 'second', 'third']) {
    wal.append(1, bytes(text));
    await wal.sync();
    sizes.push(disk.bytes(PATH)?.length ?? 0);
  }
  await wal.close();
  return sizes;
}

describe('the write-ahead log', () => {
  it('gives back what was synced, in order and by height', async () => {
    const wal = await open();
    wal.append(1, bytes('a'));
    wal.append(2, bytes('of the next height'));
    wal.appendBlock(1, BLOCK_ID, bytes('block'));
    wal.append(1, bytes('b'));
    await wal.sync();
    disk.crash();
    const again = await open();
    expect(again.opening).toEqual({ ending: 'clean', copy: undefined, damagedHeight: undefined });
    expect(texts(again.replay(1).inputs)).toEqual(['a', 'b']);
    expect(texts(again.replay(2).inputs)).toEqual(['of the next height']);
    expect([...again.replay(1).blocks]).toEqual([[BLOCK_ID, Uint8Array.from(bytes('block'))]]);
    expect(again.replay(1).mayVote).toBe(true);
    expect(again.replay(3)).toEqual({ inputs: [], blocks: new Map(), mayVote: true });
  });

  it('loses at a crash what was not synced, and nothing else', async () => {
    const wal = await open();
    wal.append(1, bytes('synced'));
    await wal.sync();
    wal.append(1, bytes('lost'));
    disk.crash();
    const again = await open();
    expect(texts(again.replay(1).inputs)).toEqual(['synced']);
  });

  it('shares one write between calls that come together', async () => {
    const wal = await open();
    wal.append(1, bytes('a'));
    const running = wal.sync();
    wal.append(1, bytes('b'));
    const calls = [wal.sync(), wal.sync(), wal.sync()];
    const before = disk.operations.filter((operation) => operation.startsWith('datasync')).length;
    await Promise.all([running, ...calls]);
    const after = disk.operations.filter((operation) => operation.startsWith('datasync')).length;
    expect(after - before).toBeLessThanOrEqual(2);
    disk.crash();
    expect(texts((await open()).replay(1).inputs)).toEqual(['a', 'b']);
  });

  it('keeps a block once, whoever adds it again', async () => {
    const wal = await open();
    wal.appendBlock(1, BLOCK_ID, new Uint8Array(1_000));
    await wal.sync();
    const sizeBytes = disk.bytes(PATH)?.length;
    wal.appendBlock(1, BLOCK_ID, new Uint8Array(1_000));
    await wal.sync();
    expect(disk.bytes(PATH)?.length).toBe(sizeBytes);
    await wal.close();
    const again = await open();
    again.appendBlock(1, BLOCK_ID, new Uint8Array(1_000));
    await again.sync();
    expect(disk.bytes(PATH)?.length).toBe(sizeBytes);
  });

  it('puts the log of an earlier era aside, and refuses one of a later era', async () => {
    const old = await open({ era: 0 });
    old.append(7, bytes('of the old era'));
    await old.close();
    const next = await open({ era: 1 });
    expect([next.opening.ending, next.heights()]).toEqual(['clean', []]);
    next.append(3, bytes('of the new era'));
    await next.close();
    expect(texts((await open({ era: 1 })).replay(3).inputs)).toEqual(['of the new era']);
    expect(disk.bytes(`${PATH}.era-0`)).toBeDefined();
    await expect(open({ era: 0 })).rejects.toMatchObject({ code: 'WAL_WRONG_ERA' });
  });

  it('is the same on the real disk', async () => {
    const directory: TemporaryDirectory = temporaryDirectory('wal');
    const options = { directory: directory.path, era: 0, headHeight: 0, rewriteAboveBytes: 40 };
    const wal = await openWal(options);
    wal.append(1, bytes('of one'));
    wal.append(2, bytes('of two'));
    await wal.endHeight(1);
    wal.append(2, bytes('more of two'));
    await wal.close();
    writeFileSync(join(directory.path, 'consensus.wal'), Uint8Array.of(0, 0, 0), { flag: 'a' });
    const again = await openWal(options, diskFiles);
    expect(again.opening.ending).toBe('torn');
    expect(texts(again.replay(1).inputs)).toEqual([]);
    expect(texts(again.replay(2).inputs)).toEqual(['of two', 'more of two']);
    await again.close();
    directory.remove();
  });
});

describe('a torn tail', () => {
  it('is cut at the last whole record, wherever it was torn, and a copy is kept', async () => {
    const sizes = await threeInputs();
    const whole = disk.bytes(PATH) ?? new Uint8Array(0);
    const [first = 0, second = 0, third = 0] = sizes;
    for (let size = 0; size < third; size++) {
      disk = new MemoryDisk();
      disk.put(PATH, whole.subarray(0, size));
      const wal = await open();
      const kept = size >= second ? ['first', 'second'] : size >= first ? ['first'] : [];
      expect(texts(wal.replay(1).inputs)).toEqual(kept);
      expect(wal.replay(1).mayVote).toBe(true);
      const isClean = size === 0 || size === 16 || size === first || size === second;
      expect(wal.opening.ending).toBe(isClean ? 'clean' : 'torn');
      expect(wal.opening.copy).toBe(isClean ? undefined : `${PATH}.corrupt-1`);
      wal.append(1, bytes('after'));
      await wal.close();
      const again = await open();
      expect(again.opening.ending).toBe('clean');
      expect(texts(again.replay(1).inputs)).toEqual([...kept, 'after']);
    }
  });

  it.each(['zeros', 'noise'])('of %s is cut as well', async (kind) => {
    const [, , third = 0] = await threeInputs();
    const whole = disk.bytes(PATH) ?? new Uint8Array(0);
    const random = createRandom(seedFromEnvironment('wal tail'));
    const tail = kind === 'zeros' ? new Uint8Array(300) : random.bytes(300);
    disk.put(PATH, Uint8Array.from([...whole, ...tail]));
    const wal = await open();
    expect(wal.opening.ending).toBe('torn');
    expect(texts(wal.replay(1).inputs)).toEqual(['first', 'second', 'third']);
    expect(disk.bytes(PATH)?.length).toBe(third);
    expect(disk.bytes(`${PATH}.corrupt-1`)?.length).toBe(third + 300);
  });

  it('keeps every copy', async () => {
    const [, , third = 0] = await threeInputs();
    for (const number of [1, 2, 3]) {
      disk.put(PATH, Uint8Array.from([...(disk.bytes(PATH) ?? []), 1, 2, 3]));
      expect((await open()).opening.copy).toBe(`${PATH}.corrupt-${number}`);
      expect(disk.bytes(PATH)?.length).toBe(third);
    }
  });
});

describe('damage in the middle', () => {
  it('costs the vote at the height that it hit, after the next start as well', async () => {
    const [first = 0] = await threeInputs();
    const whole = disk.bytes(PATH) ?? new Uint8Array(0);
    for (let offset = 16; offset < first; offset++) {
      disk = new MemoryDisk();
      const hit = Uint8Array.from(whole);
      hit[offset] = (hit[offset] ?? 0) ^ 0x10;
      disk.put(PATH, hit);
      const wal = await open();
      expect(wal.opening).toMatchObject({ ending: 'middle', damagedHeight: 1, copy: `${PATH}.corrupt-1` });
      expect(wal.replay(1).mayVote).toBe(false);
      expect(wal.replay(2).mayVote).toBe(true);
      await wal.close();
      const again = await open();
      expect(again.opening.ending).toBe('clean');
      expect(again.replay(1).mayVote).toBe(false);
    }
  });

  it('of an older height does not matter once that height has ended', async () => {
    await threeInputs();
    const hit = Uint8Array.from(disk.bytes(PATH) ?? new Uint8Array(0));
    hit[30] = (hit[30] ?? 0) ^ 1;
    disk.put(PATH, hit);
    const wal = await open({ headHeight: 0 });
    await wal.endHeight(1);
    expect(wal.replay(2).mayVote).toBe(true);
    await wal.close();
    expect((await open({ headHeight: 1 })).replay(2).mayVote).toBe(true);
  });

  it('of a height that ended behind it costs nothing: what later heights need stands once more behind the end', async () => {
    const wal = await open();
    wal.append(1, bytes('of height 1'));
    wal.append(2, bytes('early'));
    wal.append(3, bytes('very early'));
    await wal.sync();
    const hitBefore = disk.bytes(PATH)?.length ?? 0;
    await wal.endHeight(1);
    const endedAt = disk.bytes(PATH)?.length ?? 0;
    wal.append(2, bytes('own vote'));
    wal.appendBlock(2, BLOCK_ID, bytes('block'));
    await wal.close();
    const whole = disk.bytes(PATH) ?? new Uint8Array(0);
    for (let offset = 16; offset < whole.length; offset++) {
      disk = new MemoryDisk();
      const hit = Uint8Array.from(whole);
      hit[offset] = (hit[offset] ?? 0) ^ 0x10;
      disk.put(PATH, hit);
      for (let opening = 0; opening < 2; opening++) {
        const again = await open({ headHeight: 1 });
        const { inputs, blocks, mayVote } = again.replay(2);
        if (offset < hitBefore) {
          expect(again.opening).toMatchObject({ ending: opening === 0 ? 'middle' : 'clean', damagedHeight: undefined });
          expect(texts(inputs)).toEqual(['early', 'own vote']);
          expect(texts(again.replay(3).inputs)).toEqual(['very early']);
          expect(blocks.size).toBe(1);
          expect(mayVote).toBe(true);
        } else if (offset < endedAt) {
          expect(mayVote, `a byte at ${offset}`).toBe(false);
        }
        await again.close();
      }
    }
  });

  it('of a height that has not ended by the store’s head counts, whatever ended before', async () => {
    const wal = await open();
    wal.append(1, bytes('one'));
    await wal.endHeight(1);
    wal.append(2, bytes('two'));
    wal.append(2, bytes('more of two'));
    await wal.close();
    const hit = Uint8Array.from(disk.bytes(PATH) ?? new Uint8Array(0));
    hit[30] = (hit[30] ?? 0) ^ 1;
    disk.put(PATH, hit);
    const again = await open({ headHeight: 2 }); // the end of height 2 is not in the log
    expect(again.replay(3).mayVote).toBe(false);
  });

  it('in the header counts for the highest height that is readable', async () => {
    const wal = await open();
    wal.append(5, bytes('five'));
    await wal.close();
    const hit = Uint8Array.from(disk.bytes(PATH) ?? new Uint8Array(0));
    hit[3] = (hit[3] ?? 0) ^ 1;
    disk.put(PATH, hit);
    const again = await open({ headHeight: 2 });
    expect(again.opening).toMatchObject({ ending: 'middle', damagedHeight: 5 });
    expect(again.replay(5).mayVote).toBe(false);
    expect(again.replay(6).mayVote).toBe(true);
  });
});

describe('the end of a height', () => {
  it('rewrites a large log to what later heights need', async () => {
    const wal = await open({ rewriteAboveBytes: 500 });
    wal.append(1, new Uint8Array(2_000));
    wal.appendBlock(1, BLOCK_ID, new Uint8Array(2_000));
    wal.append(2, bytes('early'));
    await wal.endHeight(1);
    expect(disk.bytes(PATH)?.length).toBeLessThan(200);
    wal.append(2, bytes('later'));
    wal.appendBlock(2, BLOCK_ID, bytes('the same block again'));
    await wal.close();
    disk.crash();
    const again = await open({ headHeight: 1 });
    expect(texts(again.replay(2).inputs)).toEqual(['early', 'later']);
    expect(again.replay(2).blocks.size).toBe(1);
    expect(again.replay(1).inputs).toEqual([]);
  });

  it.each(['write', 'datasync', 'rename', 'syncDirectory'] as const)(
    'survives a crash when rewriting stops at %s',
    async (operation) => {
      const wal = await open({ rewriteAboveBytes: 500 });
      wal.append(1, new Uint8Array(2_000));
      wal.append(2, bytes('early'));
      let isRewriting = false;
      disk.fault = (at, path) => {
        if (path.endsWith('.new')) isRewriting = true;
        return isRewriting && at === operation ? 'EIO' : undefined;
      };
      const outcome = await wal.endHeight(1).then(
        () => 'went on',
        (error: { code: string }) => error.code,
      );
      expect(outcome).toBe(operation === 'write' || operation === 'datasync' ? 'went on' : 'WAL_LOST');
      disk.fault = () => undefined;
      disk.crash();
      const again = await open({ headHeight: 1 });
      expect(texts(again.replay(2).inputs)).toEqual(['early']);
    },
  );

  it.each(['create', 'write'] as const)('goes on with the old file when a new one has no space to %s', async (at) => {
    const wal = await open({ rewriteAboveBytes: 500 });
    wal.append(1, new Uint8Array(2_000));
    disk.fault = (operation, path) => (operation === at && path.endsWith('.new') ? 'ENOSPC' : undefined);
    await wal.endHeight(1);
    disk.fault = () => undefined;
    wal.append(2, bytes('next'));
    await wal.endHeight(2);
    expect(disk.bytes(PATH)?.length).toBeLessThan(200);
  });
});

describe('a disk that fails', () => {
  it('says so when it is full, keeps what waits and writes it once there is room', async () => {
    const wal = await open();
    disk.fault = (operation) => (operation === 'write' ? 'ENOSPC' : undefined);
    wal.append(1, bytes('waits'));
    await expect(wal.sync()).rejects.toMatchObject({ code: 'WAL_UNWRITABLE' });
    wal.append(1, bytes('waits too'));
    disk.fault = () => undefined;
    await wal.sync();
    disk.crash();
    expect(texts((await open()).replay(1).inputs)).toEqual(['waits', 'waits too']);
  });

  it('is trusted no more after a failed sync', async () => {
    const wal = await open();
    disk.fault = (operation) => (operation === 'datasync' ? 'EIO' : undefined);
    wal.append(1, bytes('unknown'));
    await expect(wal.sync()).rejects.toMatchObject({ code: 'WAL_LOST' });
    disk.fault = () => undefined;
    wal.append(1, bytes('after'));
    await expect(wal.sync()).rejects.toMatchObject({ code: 'WAL_LOST' });
  });

  it('refuses more than it can hold in memory', async () => {
    const wal = await open();
    const megabytes = new Uint8Array(16 * 1024 * 1024);
    expect(() => {
      for (let count = 0; count < 6; count++) wal.append(1, megabytes);
    }).toThrowError(expect.objectContaining({ code: 'WAL_BACKLOG' }));
  });
});

describe('scanning', () => {
  it('reads any bytes without throwing', () => {
    const random = createRandom(seedFromEnvironment('wal scan'));
    const records = ['a', 'bb', 'ccc'].map((text) => encodeWalRecord({ type: 'input', height: 3, bytes: bytes(text) }));
    for (let round = 0; round < 300; round++) {
      const file = Uint8Array.from([...encodeWalHeader(0), ...records.flatMap((record) => [...record])]);
      for (let hits = random.int(1, 6); hits > 0; hits--) file[random.int(0, file.length - 1)] = random.int(0, 255);
      const scan = scanWal(file.subarray(0, random.int(0, file.length)));
      expect(scan.soundBytes).toBeLessThanOrEqual(file.length);
      expect(scan.records.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('the real files', () => {
  it('are made private, written anywhere, cut, renamed, copied, listed and removed', async () => {
    const directory = temporaryDirectory('files');
    const [path, other] = [join(directory.path, 'a'), join(directory.path, 'b')];
    expect(await diskFiles.read(path)).toBeUndefined();
    const file = await diskFiles.open(path);
    await file.write(bytes('hello world'), 0);
    await file.write(bytes('W'), 6);
    await file.truncate(10);
    await file.datasync();
    await file.close();
    await diskFiles.syncDirectory(directory.path);
    await diskFiles.rename(path, other);
    await diskFiles.copy(other, path);
    expect(texts([(await diskFiles.read(other)) ?? new Uint8Array(0)])).toEqual(['hello Worl']);
    expect((await diskFiles.list(directory.path)).sort()).toEqual(['a', 'b']);
    const again = await diskFiles.open(other);
    await again.write(bytes('j'), 0);
    await again.close();
    expect(texts([(await diskFiles.read(other)) ?? new Uint8Array(0)])).toEqual(['jello Worl']);
    await diskFiles.remove(path);
    expect(await diskFiles.list(directory.path)).toEqual(['b']);
    await expect(diskFiles.open(join(directory.path, 'none', 'x'))).rejects.toMatchObject({ code: 'ENOENT' });
    directory.remove();
  });
});
