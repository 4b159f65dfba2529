import { decodeInput } from '@heddle/consensus';
import { signingDomain, ZERO_HASH } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, testAccount } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DriverVoter } from '../../src/consensus/driver-ports.ts';
import { signOwnMessage } from '../../src/consensus/own-messages.ts';
import { initSigner, openSigner } from '../../src/consensus/signer.ts';
import { openWal } from '../../src/consensus/wal.ts';
import { MemoryDisk } from './memory-disk.ts';

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const DOMAIN = signingDomain({ chainId: 31337, genesisHash: ZERO_HASH, era: 0 });
const PREVOTE = { type: 'vote', vote: { kind: 'prevote', height: 1, round: 0, blockId: undefined } } as const;

let directory: TemporaryDirectory;
let disk: MemoryDisk;
let voter: DriverVoter;

beforeEach(async () => {
  directory = temporaryDirectory('own');
  disk = new MemoryDisk();
  await initSigner(paths(), testAccount(0, 'validator').privateKey, disk);
  voter = await openVoter();
  disk.operations.length = 0;
});
afterEach(async () => {
  await voter.signer.close();
  directory.remove();
});

function paths() {
  return { keyFile: `${directory.path}/key`, stateFile: `${directory.path}/signer.json` };
}

async function openVoter(): Promise<DriverVoter> {
  return {
    signer: await openSigner({ ...paths(), domain: DOMAIN, era: 0 }, disk),
    wal: await openWal({ directory: directory.path, era: 0, headHeight: 0 }, disk),
    eraStart: 1,
  };
}

/** The steps after which something is on the disk, in their order. */
function durableSteps(): string[] {
  return disk.operations.filter((operation) => /^(datasync|rename|syncDirectory)/.test(operation));
}

describe('an own message', () => {
  it('leaves when what led to it is on the disk and, after that, the state of the signer is in force', async () => {
    voter.wal.append(1, Uint8Array.of(1, 2, 3));
    const outcome = await signOwnMessage(PREVOTE, voter, LOG);
    expect(outcome.type).toBe('signed');
    const steps = durableSteps();
    const written = ['datasync consensus.wal', 'datasync signer.json.new'];
    expect(steps.slice(0, 2).sort()).toEqual(written); // neither waits for the other
    expect(steps.slice(2).map((step) => step.split(' ')[0])).toEqual(['rename', 'syncDirectory']);
  });

  it('is logged with what comes next', async () => {
    const outcome = await signOwnMessage(PREVOTE, voter, LOG);
    await voter.wal.sync();
    disk.crash();
    const wal = await openWal({ directory: directory.path, era: 0, headHeight: 0 }, disk);
    const [logged] = wal.replay(1).inputs;
    expect(outcome.type === 'signed' && logged && decodeInput(logged)).toEqual(
      outcome.type === 'signed' ? outcome.input : undefined,
    );
  });

  it('is the very same when it left, was lost in a crash and is asked for again', async () => {
    const before = await signOwnMessage(PREVOTE, voter, LOG);
    await voter.signer.close();
    disk.crash();
    voter = await openVoter();
    expect(voter.wal.replay(1).inputs).toEqual([]);
    const again = await signOwnMessage(PREVOTE, voter, LOG);
    expect(again).toEqual(before);
    expect(again.type).toBe('signed');
  });

  it('is not signed when what led to it cannot be written', async () => {
    voter.wal.append(1, Uint8Array.of(1, 2, 3));
    disk.fault = (operation, path) => (operation === 'write' && path.endsWith('.wal') ? 'ENOSPC' : undefined);
    expect(await signOwnMessage(PREVOTE, voter, LOG)).toMatchObject({ type: 'later' });
    expect(voter.signer.last().step).toBe(0);
    disk.fault = () => undefined;
    expect(await signOwnMessage(PREVOTE, voter, LOG)).toMatchObject({ type: 'signed' });
  });

  it('does not leave when the state of the signer cannot be written, and does when that works again', async () => {
    disk.fault = (operation, path) => (operation === 'write' && path.endsWith('.new') ? 'ENOSPC' : undefined);
    expect(await signOwnMessage(PREVOTE, voter, LOG)).toMatchObject({ type: 'later' });
    expect(voter.signer.last().step).toBe(0);
    disk.fault = () => undefined;
    expect(await signOwnMessage(PREVOTE, voter, LOG)).toMatchObject({ type: 'signed' });
  });

  it('is refused when it contradicts what was signed', async () => {
    await signOwnMessage(PREVOTE, voter, LOG);
    const other = { type: 'vote', vote: { ...PREVOTE.vote, blockId: ZERO_HASH } } as const;
    expect(
      await signOwnMessage({ type: 'vote', vote: { ...other.vote, blockId: `0x${'01'.repeat(32)}` } }, voter, LOG),
    ).toEqual({
      type: 'refused',
    });
  });

  it('ends the process when a sync failed', async () => {
    disk.fault = (operation) => (operation === 'datasync' ? 'EIO' : undefined);
    voter.wal.append(1, Uint8Array.of(1));
    await expect(signOwnMessage(PREVOTE, voter, LOG)).rejects.toMatchObject({ code: 'WAL_LOST' });
  });
});
