import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { createRandom, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchOperation, Database } from '../../src/state/database.ts';
import { openDatabase } from '../../src/state/database.ts';
import {
  copyStore,
  createGuarded,
  type GuardedDatabase,
  hasStore,
  openGuarded,
} from '../../src/state/guarded-database.ts';
import { storeCorrupt } from '../../src/state/state-errors.ts';
import { keepFiles, putBack, storeFiles } from '../../src/state/store-files.ts';

const random = createRandom('guarded-database');
const RECORDS = 2_000;
let folder: TemporaryDirectory;
let path: string;
let open: GuardedDatabase | undefined;

beforeEach(() => {
  folder = temporaryDirectory('guarded');
  path = join(folder.path, 'data', 'database');
  open = undefined;
});

afterEach(async () => {
  await open?.close();
  folder.remove();
});

const keyOf = (index: number) => Buffer.from(`k${String(index).padStart(6, '0')}`);
const records = (count: number, from = 0): BatchOperation[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'put', key: keyOf(from + index), value: random.bytes(200) }));

/** What fills a new store with so many records. */
const filled = (count: number) => (database: Database) => database.batch(records(count), { sync: true });

function hasAll(database: Database): void {
  for (let index = 0; index < RECORDS; index += 7) {
    if (database.getSync(keyOf(index)) === undefined) throw storeCorrupt(path, `record ${index} is missing`);
  }
}

/** A store with records in tables and, of the last opening, in a log of several batches; closed. */
async function makeStore(): Promise<void> {
  await createGuarded(path, filled(RECORDS / 2));
  const store = await openGuarded(path, () => undefined);
  for (let from = RECORDS / 2; from < RECORDS; from += 10)
    await store.database.batch(records(10, from), { sync: true });
  await store.close();
}

/** As if the process that had the store open had been killed: its marker stays. */
function leaveUnclean(): void {
  writeFileSync(storeFiles(path).marker, 'process 1\n');
}

function fileOf(pattern: RegExp): string {
  const name = readdirSync(path).findLast((file) => pattern.test(file));
  return join(path, name ?? 'none');
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

const filesIn = (directory: string) =>
  Object.fromEntries(
    readdirSync(directory)
      .filter((name) => /^(CURRENT|MANIFEST)|\.(log|ldb)$/.test(name))
      .map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );

async function failureOf(opening: Promise<unknown>): Promise<HeddleError> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HeddleError);
  return error as HeddleError;
}

/** Opening fails with this code however often one tries, and leaves the files as they were. */
async function expectRefused(code: string): Promise<HeddleError> {
  const before = filesIn(path);
  for (let attempt = 0; attempt < 3; attempt++) {
    const failure = await failureOf(openGuarded(path, hasAll));
    expect(failure.code).toBe(code);
    expect(failure.remedy).toBeTruthy();
    expect(filesIn(path)).toEqual(before);
    expect(existsSync(storeFiles(path).kept)).toBe(false);
    expect(existsSync(storeFiles(path).discarded)).toBe(false);
  }
  return failureOf(openGuarded(path, hasAll));
}

describe('a guarded database', () => {
  it('keeps what is written, and knows whether it was closed', async () => {
    await makeStore();
    open = await openGuarded(path, hasAll);
    expect(open.wasUnclean).toBe(false);
    expect(existsSync(storeFiles(path).marker)).toBe(true);
    await open.close();
    expect(existsSync(storeFiles(path).marker)).toBe(false);
    leaveUnclean();
    open = await openGuarded(path, hasAll);
    expect(open.wasUnclean).toBe(true);
  });

  it('is made once: a second store, a crash in between and a missing one are told apart', async () => {
    expect(await hasStore(path)).toBe(false);
    expect((await failureOf(openGuarded(path, hasAll))).code).toBe('STORE_MISSING');
    const { unfinished } = storeFiles(path);
    await createGuarded(unfinished, async () => undefined); // what a crash before the end leaves
    mkdirSync(path); // an empty folder is no store
    expect(await hasStore(path)).toBe(false);
    await createGuarded(path, filled(RECORDS));
    expect(await hasStore(path)).toBe(true);
    expect(existsSync(unfinished)).toBe(false);
    expect((await failureOf(createGuarded(path, async () => undefined))).code).toBe('STORE_EXISTS');
    open = await openGuarded(path, hasAll);
  });

  it('is one process’s: others are refused before any file is touched', async () => {
    await makeStore();
    open = await openGuarded(path, hasAll);
    const failure = await failureOf(openGuarded(path, hasAll));
    expect(failure.code).toBe('STORE_LOCKED');
    expect(existsSync(storeFiles(path).kept)).toBe(false);
    await open.database.batch(records(1, RECORDS), { sync: true });
    expect(existsSync(storeFiles(path).marker)).toBe(true);
  });

  it('survives a lock database that was torn', async () => {
    await makeStore();
    const lock = `${path}.lock`;
    for (const name of readdirSync(lock)) if (name.startsWith('MANIFEST')) truncateSync(join(lock, name), 3);
    open = await openGuarded(path, hasAll);
    expect((await failureOf(openGuarded(path, hasAll))).code).toBe('STORE_LOCKED');
  });

  it('refuses a store whose log has a hole, again and again', async () => {
    await makeStore();
    const log = fileOf(/\.log$/);
    flip(log, 5_000);
    leaveUnclean();
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.message).toMatch(/dropped records of its log/);
    flip(log, 5_000);
    open = await openGuarded(path, hasAll);
  });

  it('finds the hole after a clean stop too', async () => {
    await makeStore();
    flip(fileOf(/\.log$/), 5_000);
    await expectRefused('STORE_CORRUPT');
  });

  it('opens a store whose last batch a power cut tore', async () => {
    await makeStore();
    const log = fileOf(/\.log$/);
    const store = await openGuarded(path, hasAll);
    await store.database.batch(records(10, RECORDS), { sync: true });
    await store.close();
    const last = fileOf(/\.log$/);
    expect(last).not.toBe(log);
    flip(last, readFileSync(last).length - 100);
    leaveUnclean();
    open = await openGuarded(path, hasAll);
    expect(open.database.getSync(keyOf(RECORDS))).toBeUndefined();
  });

  it('refuses a store whose log lost its end after it was closed', async () => {
    await makeStore();
    const log = fileOf(/\.log$/);
    const whole = readFileSync(log);
    truncateSync(log, whole.length - 7);
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.message).toMatch(/its file \d+\.log has changed since it was closed/);
    writeFileSync(log, whole);
    open = await openGuarded(path, hasAll);
  });

  it('takes a store for unclean until it is verified, and opens a condemned one never again', async () => {
    await makeStore();
    leaveUnclean();
    for (let opening = 0; opening < 2; opening++) {
      const store = await openGuarded(path, hasAll);
      expect(store.wasUnclean).toBe(true);
      if (opening === 1) store.verified();
      await store.close();
    }
    const store = await openGuarded(path, hasAll);
    expect(store.wasUnclean).toBe(false);
    await store.condemn('the state is another than the header says');
    await store.close();
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.message).toMatch(/is damaged: the state is another than the header says$/);
    rmSync(path, { recursive: true }); // as the remedy says
    await createGuarded(path, filled(RECORDS));
    open = await openGuarded(path, hasAll);
  });

  it('refuses a table with a flipped byte that LevelDB would read without a word', async () => {
    await makeStore();
    const store = await openGuarded(path, hasAll); // opening moves the log into a table
    await store.close();
    const table = fileOf(/\.ldb$/);
    const whole = readFileSync(table);
    flip(table, random.int(0, whole.length >> 1));
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.message).toMatch(/table \d+\.ldb: its block at \d+ is damaged/);
    writeFileSync(table, whole);
    open = await openGuarded(path, hasAll);
  });

  it('puts the tables back that LevelDB deletes with a torn MANIFEST', async () => {
    await makeStore();
    const manifest = fileOf(/^MANIFEST/);
    const whole = readFileSync(manifest);
    truncateSync(manifest, whole.length - 5);
    leaveUnclean();
    await expectRefused('STORE_CORRUPT');
    writeFileSync(manifest, whole);
    open = await openGuarded(path, hasAll);
  });

  it('creates nothing where CURRENT is lost', async () => {
    await makeStore();
    const current = readFileSync(join(path, 'CURRENT'));
    unlinkSync(join(path, 'CURRENT'));
    leaveUnclean();
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.message).toMatch(/CURRENT is missing/);
    writeFileSync(join(path, 'CURRENT'), current);
    open = await openGuarded(path, hasAll);
  });

  it('calls a CURRENT that names nothing damage, not a full disk', async () => {
    await makeStore();
    const current = readFileSync(join(path, 'CURRENT'));
    writeFileSync(join(path, 'CURRENT'), 'garbage\n');
    const failure = await expectRefused('STORE_CORRUPT');
    expect(failure.remedy).toMatch(/remove this folder/);
    writeFileSync(join(path, 'CURRENT'), current);
    open = await openGuarded(path, hasAll);
  });

  it('calls a table that is none damage', async () => {
    await makeStore();
    const store = await openGuarded(path, hasAll); // opening moves the log into a table
    await store.close();
    const table = fileOf(/\.ldb$/);
    const whole = readFileSync(table);
    writeFileSync(table, Buffer.alloc(whole.length >> 1, 0x5a));
    await expectRefused('STORE_CORRUPT');
    writeFileSync(table, whole);
    open = await openGuarded(path, hasAll);
  });

  it('refuses a store of another format with a clear line', async () => {
    await makeStore();
    const database = await openDatabase(path);
    await database.batch([{ type: 'put', key: Buffer.from('\0format'), value: Uint8Array.of(99) }], { sync: true });
    await database.close();
    leaveUnclean(); // whoever wrote it was not this process
    const failure = await expectRefused('STORE_FORMAT');
    expect(failure.message).toMatch(/format 99.*reads format 1/);
  });

  it('puts everything back when the check says no', async () => {
    await makeStore();
    leaveUnclean();
    const before = filesIn(path);
    const refuse = () => {
      throw storeCorrupt(path, 'the check says so');
    };
    expect((await failureOf(openGuarded(path, refuse))).message).toMatch(/the check says so/);
    expect(filesIn(path)).toEqual(before);
    open = await openGuarded(path, hasAll);
    expect(open.wasUnclean).toBe(true);
  });

  it('goes back to the kept files after a crash during an opening, wherever it was', async () => {
    await makeStore();
    const { kept, discarded, keptPartly } = storeFiles(path);
    await keepFiles(path);
    for (const name of readdirSync(path)) unlinkSync(join(path, name)); // an opening that destroyed everything
    open = await openGuarded(path, hasAll);
    await open.close();
    await keepFiles(path);
    await putBack(path); // … and one that ended while the store was neither here nor there:
    await keepFiles(path);
    renameSync(path, discarded);
    expect(await hasStore(path)).toBe(true);
    open = await openGuarded(path, hasAll);
    expect([existsSync(kept), existsSync(keptPartly)]).toEqual([false, false]);
  });

  it('passes on what the system says when files cannot be made', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    const failure = await failureOf(createGuarded(join(folder.path, 'file', 'database'), async () => undefined));
    expect(failure.code).toBe('STORE_UNREADABLE');
    await makeStore();
    mkdirSync(storeFiles(path).marker);
    expect((await failureOf(openGuarded(path, hasAll))).message).toMatch(/cannot be opened: EISDIR/);
    expect(existsSync(path)).toBe(true);
  });

  it('keeps tables without copying them', async () => {
    await makeStore();
    await keepFiles(path);
    const table = readdirSync(storeFiles(path).kept).find((name) => name.endsWith('.ldb')) ?? 'none';
    expect(statSync(join(path, table)).ino).toBe(statSync(join(storeFiles(path).kept, table)).ino);
  });
});

describe('a copy of a store', () => {
  const copy = () => join(folder.path, 'copies', 'database');

  it('holds the same, and neither changes with the other', async () => {
    await makeStore();
    const files: number[] = [];
    await copyStore(path, copy(), { onFile: (done, total) => void files.push(total - done) });
    expect(files.at(-1)).toBe(0);
    const other = await openGuarded(copy(), hasAll);
    for (let index = 0; index < RECORDS; index++) {
      await other.database.batch([{ type: 'del', key: keyOf(index) }], { sync: index === RECORDS - 1 });
    }
    await other.close();
    open = await openGuarded(path, hasAll);
    expect(open.wasUnclean).toBe(false);
    const again = await openGuarded(copy(), () => undefined);
    expect(again.database.getSync(keyOf(0))).toBeUndefined();
    await again.close();
  });

  it('is checked under the lock that it is made under', async () => {
    await makeStore();
    let other: Promise<HeddleError> | undefined;
    const check = (database: Database) => {
      hasAll(database);
      other = failureOf(openGuarded(path, () => undefined));
    };
    await copyStore(path, copy(), { check });
    expect((await other)?.code).toBe('STORE_LOCKED');
    const refusing = copyStore(path, join(folder.path, 'other'), {
      check: () => {
        throw storeCorrupt(path, 'it is another one');
      },
    });
    expect((await failureOf(refusing)).message).toContain('it is another one');
    expect(await hasStore(join(folder.path, 'other'))).toBe(false);
    open = await openGuarded(path, hasAll);
    expect(open.wasUnclean).toBe(false);
  });

  it('shares no table that LevelDB will write over', async () => {
    await makeStore();
    const last = Math.max(...readdirSync(path).map((name) => Number.parseInt(name.replace('MANIFEST-', ''), 10) || 0));
    const names = Array.from({ length: 9 }, (_, index) => `${String(last + 1 + index).padStart(6, '0')}.ldb`);
    for (const name of names) writeFileSync(join(path, name), 'left by a compaction that a crash ended');
    leaveUnclean();
    await copyStore(path, copy());
    for (const name of names) {
      expect(statSync(join(copy(), name)).ino).not.toBe(statSync(join(path, name)).ino);
    }
    const shared = readdirSync(path).filter((name) => name.endsWith('.ldb') && !names.includes(name));
    expect(shared.length).toBeGreaterThan(0);
    for (const name of shared) expect(statSync(join(copy(), name)).ino).toBe(statSync(join(path, name)).ino);
  });

  it('of one that was not closed is to be wondered about too', async () => {
    await makeStore();
    leaveUnclean();
    await copyStore(path, copy());
    open = await openGuarded(copy(), hasAll);
    expect(open.wasUnclean).toBe(true);
  });

  it('is made of nothing that is damaged, in use or not there, and over no other', async () => {
    expect((await failureOf(copyStore(path, copy()))).code).toBe('STORE_MISSING');
    await makeStore();
    const held = await openGuarded(path, hasAll);
    expect((await failureOf(copyStore(path, copy()))).code).toBe('STORE_LOCKED');
    await held.close();
    await copyStore(path, copy());
    expect((await failureOf(copyStore(path, copy()))).code).toBe('STORE_EXISTS');
    flip(fileOf(/^MANIFEST/), 20);
    expect((await failureOf(copyStore(path, join(folder.path, 'third')))).code).toBe('STORE_CORRUPT');
    expect(await hasStore(join(folder.path, 'third'))).toBe(false);
    const condemned = await openGuarded(copy(), hasAll);
    await condemned.condemn('it is wrong');
    await condemned.close();
    expect((await failureOf(copyStore(copy(), join(folder.path, 'fourth')))).message).toContain('it is wrong');
  });
});
