import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDevnet } from '../../src/control/control-client.ts';
import { SOUND_LINK } from '../../src/faults/fault-settings.ts';
import type { RunningDevnet } from '../../src/supervisor/devnet.ts';
import type { DevnetStatus } from '../../src/supervisor/devnet-status.ts';
import { Bench } from './devnet-bench.ts';

let bench: Bench;
let devnet: RunningDevnet;

beforeEach(async () => {
  bench = new Bench();
  devnet = await bench.start();
});

afterEach(() => bench.end());

function ask(command: string, params: Record<string, string> = {}): Promise<unknown> {
  return askDevnet(bench.datadir, { command, params });
}

const status = async () => (await ask('status')) as DevnetStatus;
const one = async (index: number) => (await status()).validators[index];
/** What a validator was told last, and when it was started. */
const told = (index: number) => bench.file(`validator-${index}/faults.json`);
const toldAtStart = (index: number) => bench.file(`validator-${index}/faults-at-start.json`);

/** Whether the process gets processor time, by the blocks that it reports. */
async function isRunning(index: number): Promise<boolean> {
  return (await one(index))?.state === 'running';
}

describe('a running devnet', () => {
  it('says how each validator does', async () => {
    await waitFor(async () => (await status()).head > 2, { what: 'some blocks' });
    const { validators, ...rest } = await status();
    expect(rest).toMatchObject({ datadir: bench.datadir, pid: process.pid, chainId: 31_337, isUp: true, faults: [] });
    expect(validators.map(({ index }) => index)).toEqual([0, 1]);
    for (const { head, lag, ...validator } of validators) {
      expect(validator).toEqual({
        index: validator.index,
        state: 'running',
        pid: bench.pids()[validator.index],
        rpcUrl: devnet.rpcUrls[validator.index],
        height: head + 1,
        round: 0,
        step: 'propose',
        peers: 1,
        isSyncing: false,
      });
      expect(head + lag).toBe(rest.head);
    }
  });

  it('says where it takes commands', () => {
    expect(bench.file('devnet.json')).toMatchObject({ pid: process.pid, control: join(bench.datadir, 'control.sock') });
  });

  it('leaves a killed validator down until it is restarted, and tells the new process what is wrong', async () => {
    const [pid] = bench.pids();
    expect(await ask('kill', { validator: '0' })).toContain('stays down until heddle fault restart 0');
    await ask('partition', { groups: '0/1' });
    expect(await one(0)).toMatchObject({ state: 'killed', pid: null, height: null });
    expect((await status()).faults).toContainEqual({ type: 'killed', validator: 0 });
    await expect(ask('kill', { validator: '0' })).rejects.toMatchObject({ code: 'FAULT_IMPOSSIBLE' });
    await expect(ask('stop', { validator: '0' })).rejects.toMatchObject({
      message: 'validator 0 has no process at present',
      remedy: 'start it with heddle fault restart 0',
    });
    expect(await ask('restart', { validator: '0' })).toMatch(/^validator 0 serves RPC again \(pid \d+\), at block 0$/);
    expect(await one(0)).toMatchObject({ state: 'running' });
    expect(bench.pids()[0]).not.toBe(pid);
    expect(toldAtStart(0).links).toEqual([
      { peerId: devnet.chain.validators[1]?.peerId, rule: { ...SOUND_LINK, isCut: true } },
    ]);
    expect(bench.said.filter((line) => line.includes('starting it again'))).toEqual([]);
  });

  it('restarts a validator that runs, one that is stopped, and one that waits for its own restart', async () => {
    const [pid] = bench.pids();
    await ask('restart', { validator: '0' });
    const second = bench.pids()[0];
    expect(second).not.toBe(pid);
    await ask('stop', { validator: '0' });
    await ask('restart', { validator: '0' });
    expect(bench.pids()[0]).not.toBe(second);
    expect(await one(0)).toMatchObject({ state: 'running' });
  });

  it('stops a process for a time or until it is healed, and slows one', async () => {
    await ask('stop', { validator: '0', time: '100ms' });
    await waitFor(() => isRunning(0), { what: 'the process to go on' });
    await ask('stop', { validator: '0' });
    expect(await one(0)).toMatchObject({ state: 'stopped', height: null });
    await ask('slow', { validator: '1', share: '25%' });
    expect((await status()).faults).toEqual([
      { type: 'stopped', validator: 0, leftMs: null },
      { type: 'slow', validator: 1, share: 0.25 },
    ]);
    expect(await ask('heal')).toBe('healed');
    expect([await isRunning(0), await isRunning(1), (await status()).faults]).toEqual([true, true, []]);
  });

  it('tells its validators what is wrong, each its own side, before it answers', async () => {
    const [first, second] = devnet.chain.validators.map(({ peerId }) => peerId);
    await ask('delay', { links: '0>1', delay: '200ms', jitter: '40ms' });
    await ask('loss', { links: '0-1', share: '30%' });
    await ask('duplicate', { links: '1>0', times: '3' });
    await ask('reorder', { links: '1>0', window: '20' });
    await ask('clock', { validator: '0', change: '-5s' });
    await ask('disk', { validator: '1', delay: '1s' });
    await ask('byzantine', { validator: '1', behaviour: 'equivocate' });
    expect(told(1)).toMatchObject({
      links: [{ peerId: first, rule: { ...SOUND_LINK, delayMs: 200, jitterMs: 40, loss: 0.3 } }],
      syncDelayMs: 1_000,
      byzantine: 'equivocate',
    });
    expect(told(0)).toMatchObject({
      links: [{ peerId: second, rule: { ...SOUND_LINK, loss: 0.3, copies: 3, window: 20 } }],
      clock: { offsetMs: -5_000, drift: 0 },
    });
    await ask('heal');
    const sound = { links: [], clock: { offsetMs: 0, drift: 0 }, syncDelayMs: 0 };
    expect([told(0), told(1)]).toMatchObject([sound, sound]);
    expect(told(1).byzantine).toBeUndefined();
    expect(bench.said).toContain('fault: byzantine 1 equivocate');
  });

  it.each<[string, Record<string, string>, string]>([
    ['explode', {}, 'no command "explode" (known: status, down, partition'],
    ['kill', {}, 'kill needs validator: its number, from 0'],
    ['kill', { validator: '0', twice: 'yes' }, 'kill knows no "twice"'],
    ['kill', { validator: '2' }, 'validator "2": there are validators 0 to 1'],
    ['stop', { validator: '0', time: 'long' }, 'duration "long"'],
    ['slow', { validator: '0', share: '0%' }, 'share "0%": it would stand still'],
    ['delay', { links: '0-1', delay: '1s', jitter: '2s' }, 'jitter 2s is above the delay'],
    ['duplicate', { links: 'all', times: '11' }, 'number "11"'],
    ['byzantine', { validator: '0', behaviour: 'nice' }, 'behaviour "nice": there is none of that name'],
    ['partition', { groups: '0,1' }, 'partition "0,1": all validators are in one group'],
    ['toString', {}, 'no command "toString"'],
  ])('refuses %s %j, and nothing changes', async (command, params, message) => {
    await expect(ask(command, params)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      remedy: expect.stringMatching(/./),
    });
    expect((await status()).faults).toEqual([]);
  });

  it('ends when it is asked to: every process, then the answer, then the hanging up', async () => {
    const pids = bench.pids();
    await ask('stop', { validator: '0' }); // a stopped process ends too
    const asked = askDevnet(bench.datadir, { command: 'down', params: {} }, { untilClosed: true });
    expect(await devnet.ended).toBe('asked');
    await devnet.stop();
    await asked;
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    expect([existsSync(join(bench.datadir, 'devnet.json')), existsSync(join(bench.datadir, 'control.sock'))]).toEqual([
      false,
      false,
    ]);
    await expect(status()).rejects.toMatchObject({ code: 'NO_DEVNET' });
  });
});
