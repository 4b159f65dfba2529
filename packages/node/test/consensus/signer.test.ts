import { fork } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Hash,
  signerOfDigest,
  signingDomain,
  type UnsignedProposal,
  type UnsignedVote,
  voteDigest,
  ZERO_HASH,
} from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, testAccount } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignRequest } from '../../src/consensus/authenticity.ts';
import { diskFiles } from '../../src/consensus/durable-files.ts';
import { initSigner, openSigner, type Signer } from '../../src/consensus/signer.ts';
import { MemoryDisk } from './memory-disk.ts';

const DOMAIN = signingDomain({ chainId: 31337, genesisHash: ZERO_HASH, era: 0 });
const ONE: Hash = `0x${'01'.repeat(32)}`;
const TWO: Hash = `0x${'02'.repeat(32)}`;
const KEY = testAccount(0, 'validator');

let directory: TemporaryDirectory;
let disk: MemoryDisk;
let signer: Signer | undefined;

beforeEach(() => {
  directory = temporaryDirectory('signer');
  disk = new MemoryDisk();
});
afterEach(async () => {
  await signer?.close();
  signer = undefined;
  directory.remove();
});

function paths() {
  return { keyFile: join(directory.path, 'validator.key'), stateFile: join(directory.path, 'signer.json') };
}

async function start(files = disk as MemoryDisk | typeof diskFiles, era = 0): Promise<Signer> {
  await signer?.close();
  signer = await openSigner({ ...paths(), domain: DOMAIN, era }, files);
  return signer;
}

async function fresh(): Promise<Signer> {
  await initSigner(paths(), KEY.privateKey, disk);
  return start();
}

function vote(kind: UnsignedVote['kind'], height: number, round: number, blockId: Hash | 'nil' = ONE): SignRequest {
  return { type: 'vote', vote: { kind, height, round, blockId: blockId === 'nil' ? undefined : blockId } };
}

function proposal(height: number, round: number, blockId = ONE, polRound = -1): SignRequest {
  const unsigned: UnsignedProposal = { height, round, polRound, blockId };
  return { type: 'proposal', proposal: unsigned };
}

describe('signing', () => {
  it('gives a signature by the own address, once its state is on the disk', async () => {
    const { sign, address } = await fresh();
    expect(address).toBe(KEY.address);
    const unsigned: UnsignedVote = { kind: 'prevote', height: 1, round: 0, blockId: undefined };
    const answer = await sign({ type: 'vote', vote: unsigned });
    expect(answer.type === 'signed' && signerOfDigest(voteDigest(DOMAIN, unsigned), answer.signature)).toBe(address);
    expect(disk.operations.slice(-4)).toEqual([
      'write signer.json.new',
      'datasync signer.json.new',
      'rename signer.json.new',
      `syncDirectory ${directory.path.split('/').at(-1)}`,
    ]);
    disk.crash();
    expect((await start()).last()).toMatchObject({ height: 1, round: 0, step: 2 });
  });

  it('answers every pair of a 3 x 3 x 3 grid by its order', async () => {
    const places: SignRequest[] = [];
    for (const height of [1, 2, 3]) {
      for (const round of [0, 1, 2]) {
        places.push(proposal(height, round), vote('prevote', height, round), vote('precommit', height, round));
      }
    }
    await initSigner(paths(), KEY.privateKey, disk);
    const { stateFile } = paths();
    const unused = disk.bytes(stateFile) ?? new Uint8Array(0);
    for (const [firstIndex, first] of places.entries()) {
      disk.put(stateFile, unused);
      const { sign } = await start();
      const signed = await sign(first);
      const state = disk.bytes(stateFile) ?? new Uint8Array(0);
      for (const [secondIndex, second] of places.entries()) {
        if (secondIndex > firstIndex) continue; // that would advance the state: the next test's
        const answer = await sign(second);
        if (secondIndex === firstIndex) expect(answer).toEqual(signed);
        else expect(answer).toMatchObject({ type: 'refused', reason: 'regression' });
      }
      expect(disk.bytes(stateFile)).toEqual(state);
    }
  });

  it('goes upwards through all of them', async () => {
    const { sign } = await fresh();
    for (const height of [1, 2, 3]) {
      for (const round of [0, 1, 2]) {
        for (const request of [
          proposal(height, round),
          vote('prevote', height, round),
          vote('precommit', height, round),
        ]) {
          expect((await sign(request)).type).toBe('signed');
        }
      }
    }
  });

  it('refuses another payload at the same place, also after a restart', async () => {
    const { sign } = await fresh();
    await sign(vote('precommit', 4, 1, ONE));
    const conflict = { type: 'refused', reason: 'conflict' };
    expect(await sign(vote('precommit', 4, 1, TWO))).toMatchObject(conflict);
    expect(await sign(vote('precommit', 4, 1, 'nil'))).toMatchObject(conflict);
    disk.crash();
    const again = await start();
    expect(await again.sign(vote('precommit', 4, 1, TWO))).toMatchObject(conflict);
    expect(await again.sign(vote('precommit', 4, 1, ONE))).toMatchObject({ type: 'signed' });
    expect(await again.sign(vote('prevote', 4, 1, ONE))).toMatchObject({ type: 'refused', reason: 'regression' });
  });

  it('tells proposals apart by their valid round', async () => {
    const { sign } = await fresh();
    await sign(proposal(1, 2, ONE, 0));
    expect(await sign(proposal(1, 2, ONE, 1))).toMatchObject({ type: 'refused', reason: 'conflict' });
  });

  it('serves requests that come together one after another', async () => {
    const { sign } = await fresh();
    const answers = await Promise.all([
      sign(vote('prevote', 1, 0, ONE)),
      sign(vote('prevote', 1, 0, TWO)),
      sign(vote('prevote', 1, 0, ONE)),
    ]);
    expect(answers.map(({ type }) => type)).toEqual(['signed', 'refused', 'signed']);
  });

  it('begins anew in a new era, and never goes back to an old one', async () => {
    await (await fresh()).sign(vote('precommit', 9, 0));
    const next = await start(disk, 1);
    expect(next.last()).toMatchObject({ era: 1, height: 0, step: 0 });
    expect((await next.sign(vote('prevote', 1, 0))).type).toBe('signed');
    await expect(start(disk, 0)).rejects.toMatchObject({ code: 'SIGNER_ERA_AHEAD' });
  });
});

describe('raising', () => {
  it('refuses everything at the place and below, and only goes up', async () => {
    const { sign, raise } = await fresh();
    await raise({ height: 3, round: 1, step: 'prevote' });
    expect(await sign(vote('prevote', 3, 1))).toMatchObject({ type: 'refused', reason: 'conflict' });
    expect(await sign(proposal(3, 1))).toMatchObject({ type: 'refused', reason: 'regression' });
    await raise({ height: 2, round: 0, step: 'prevote' });
    disk.crash();
    const again = await start();
    expect(again.last()).toMatchObject({ height: 3, round: 1, step: 2 });
    expect((await again.sign(vote('precommit', 3, 1))).type).toBe('signed');
  });
});

describe('the state file', () => {
  it.each(['write', 'datasync', 'rename', 'syncDirectory'] as const)(
    'holds the old or the new state when a crash stops it at %s, and no signature leaves',
    async (operation) => {
      const { sign } = await fresh();
      await sign(vote('prevote', 1, 0, ONE));
      disk.fault = (at) => (at === operation ? 'EIO' : undefined);
      await expect(sign(vote('precommit', 1, 0, ONE))).rejects.toMatchObject({
        code: operation === 'write' || operation === 'datasync' ? 'SIGNER_UNWRITABLE' : 'SIGNER_LOST',
      });
      disk.fault = () => undefined;
      disk.crash();
      const again = await start();
      expect([2, 3]).toContain(again.last().step);
      const answer = await again.sign(vote('precommit', 1, 0, ONE));
      expect(answer.type).toBe('signed');
    },
  );

  it('lets a validator sign again once its full disk has room', async () => {
    const { sign, last } = await fresh();
    disk.fault = (operation) => (operation === 'write' ? 'ENOSPC' : undefined);
    await expect(sign(vote('prevote', 1, 0, ONE))).rejects.toMatchObject({ code: 'SIGNER_UNWRITABLE' });
    expect(last().step).toBe(0);
    disk.fault = () => undefined;
    expect((await sign(vote('prevote', 1, 0, TWO))).type).toBe('signed'); // nothing of the first ever left
  });

  it('ends signing for good when it could not be synced', async () => {
    const { sign } = await fresh();
    disk.fault = (operation) => (operation === 'syncDirectory' ? 'EIO' : undefined);
    await expect(sign(vote('prevote', 1, 0))).rejects.toMatchObject({ code: 'SIGNER_LOST' });
    disk.fault = () => undefined;
    await expect(sign(vote('prevote', 2, 0))).rejects.toMatchObject({ code: 'SIGNER_LOST' });
  });

  it('is never made by a start', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    await disk.remove(paths().stateFile);
    await expect(start()).rejects.toMatchObject({ code: 'SIGNER_STATE_MISSING' });
    expect(existsSync(join(directory.path, 'signer.lock'))).toBe(false);
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', '3'],
    ['a step that does not exist', '{"era":0,"height":1,"round":0,"step":4,"digest":"0x","signature":"0x"}'],
    ['a negative height', '{"era":0,"height":-1,"round":0,"step":0,"digest":"0x","signature":"0x"}'],
    ['a digest without its signature', `{"era":0,"height":1,"round":0,"step":2,"digest":"${ONE}","signature":"0x"}`],
  ])('is refused when it holds %s', async (_what, content) => {
    await initSigner(paths(), KEY.privateKey, disk);
    disk.put(paths().stateFile, Buffer.from(content, 'utf8'));
    await expect(start()).rejects.toMatchObject({ code: 'SIGNER_STATE_CORRUPT' });
  });
});

describe('making a signer', () => {
  it('never overwrites', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    await expect(initSigner(paths(), KEY.privateKey, disk)).rejects.toMatchObject({ code: 'SIGNER_EXISTS' });
  });

  it('refuses what is no key, and so does opening', async () => {
    await expect(initSigner(paths(), new Uint8Array(32), disk)).rejects.toMatchObject({ code: 'SIGNER_KEY_INVALID' });
    await initSigner(paths(), KEY.privateKey, disk);
    disk.put(paths().keyFile, Buffer.from('not a key', 'utf8'));
    await expect(start()).rejects.toMatchObject({ code: 'SIGNER_KEY_INVALID' });
  });

  it('keeps key and state to their owner on the real disk', async () => {
    await initSigner(paths(), KEY.privateKey);
    const { sign } = await start(diskFiles);
    await sign(vote('prevote', 1, 0));
    for (const path of Object.values(paths())) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await start(diskFiles)).last()).toMatchObject({ height: 1, step: 2 });
  });
});

describe('the lock', () => {
  const lockFile = () => join(directory.path, 'signer.lock');

  it('lets one process in', async () => {
    await fresh();
    await expect(openSigner({ ...paths(), domain: DOMAIN, era: 0 }, disk)).rejects.toMatchObject({
      code: 'SIGNER_LOCKED',
    });
    await signer?.close();
    await start();
  });

  it('is taken over from a dead process at once', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    const child = fork('-e', ['0'], { execArgv: ['-e', '0'], stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    const host = (await import('node:os')).hostname();
    writeFileSync(lockFile(), JSON.stringify({ pid: child.pid, host, startedAt: '1', nonce: 'aa' }));
    const { sign } = await start();
    expect((await sign(vote('prevote', 1, 0))).type).toBe('signed');
  });

  it('is taken over from a process whose number came again', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    const host = (await import('node:os')).hostname();
    writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, host, startedAt: '1', nonce: 'aa' }));
    await start();
  });

  it('of another host must stay untouched for a while first', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    const foreign = JSON.stringify({ pid: 1, host: 'elsewhere', startedAt: '1', nonce: 'aa' });
    writeFileSync(lockFile(), foreign);
    signer = await openSigner({ ...paths(), domain: DOMAIN, era: 0, lock: { foreignWaitMs: 250 } }, disk);
    await signer.close();
    writeFileSync(lockFile(), foreign);
    const touching = setInterval(() => writeFileSync(lockFile(), foreign), 50);
    const lock = { foreignWaitMs: 5_000 };
    await expect(openSigner({ ...paths(), domain: DOMAIN, era: 0, lock }, disk)).rejects.toMatchObject({
      code: 'SIGNER_LOCKED',
    });
    clearInterval(touching);
  });

  it('ends signing when another takes it away', async () => {
    const { sign } = await fresh();
    writeFileSync(lockFile(), '{"pid":1,"host":"elsewhere","startedAt":"","nonce":"bb"}');
    await expect(sign(vote('prevote', 1, 0))).rejects.toMatchObject({ code: 'SIGNER_LOCK_LOST' });
    await signer?.close();
    expect(readFileSync(lockFile(), 'utf8')).toContain('elsewhere'); // not ours to remove
  });

  it('holds nobody out when it is no lock of ours', async () => {
    await initSigner(paths(), KEY.privateKey, disk);
    writeFileSync(lockFile(), 'garbage');
    await start();
  });
});
