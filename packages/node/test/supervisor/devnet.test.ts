import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { askDevnet } from '../../src/control/control-client.ts';
import type { ChainFlags } from '../../src/supervisor/chain-flags.ts';
import { Bench, NO_FLAGS } from './devnet-bench.ts';

let bench = new Bench();

afterEach(async () => {
  for (const index of [0, 1, 2, 3]) delete process.env[`STAND_IN_validator_${index}`];
  await bench.end();
  bench = new Bench();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a devnet', () => {
  it('runs one process per validator, says so in devnet.json, and leaves none behind', async () => {
    const devnet = await bench.start();
    const file = bench.file('devnet.json');
    expect(file.chainId).toBe(31337);
    expect(file.validators).toHaveLength(2);
    for (const [index, validator] of file.validators.entries()) {
      expect(validator).toMatchObject({ index, address: devnet.chain.validators[index]?.address });
      expect(validator.rpcUrl).toBe(devnet.rpcUrls[index]);
      expect(validator.p2pAddress).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/);
      expect(isAlive(validator.pid)).toBe(true);
      expect((await fetch(validator.rpcUrl)).ok).toBe(true);
    }
    const pids = bench.pids();
    await devnet.stop();
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(existsSync(join(bench.datadir, 'devnet.json'))).toBe(false);
  });

  it('tells each validator of the others by peer id, address and key', async () => {
    const { chain } = await bench.start();
    const [first, second] = [bench.file('validator-0/node.json'), bench.file('validator-1/node.json')];
    expect(first.network.peers).toEqual([
      {
        peerId: chain.validators[1]?.peerId,
        multiaddr: second.network.listen,
        validator: chain.validators[1]?.address,
      },
    ]);
    expect(first.heldKeys).toEqual(chain.prefunded.map(({ privateKey }) => privateKey));
    expect(statSync(join(bench.datadir, 'validator-0/node.json')).mode & 0o077).toBe(0);
    expect(statSync(join(bench.datadir, 'validator-0/keys/network.key')).mode & 0o077).toBe(0);
  });

  it('prints each height once', async () => {
    await bench.start();
    await waitFor(() => bench.blocks.length >= 10, { what: 'ten blocks' });
    const heights = bench.blocks.map((line) => Number(/^block (\d+) /.exec(line)?.[1]));
    expect(heights).toEqual([...new Set(heights)].sort((one, other) => one - other));
  });

  it('goes on with its chain: same genesis, keys, instance and p2p ports', async () => {
    await (await bench.start()).stop();
    const before = ['genesis.json', 'settings.json'].map((name) => bench.file(name));
    const { chain } = await bench.start();
    expect(chain.isNew).toBe(false);
    expect(['genesis.json', 'settings.json'].map((name) => bench.file(name))).toEqual(before);
  });

  it('begins anew with reset: another instance, also from the same seed', async () => {
    const flags = { ...NO_FLAGS, seed: 'same' };
    await (await bench.start({ flags })).stop();
    const before = [bench.file('genesis.json'), bench.file('settings.json').instanceId];
    writeFileSync(join(bench.datadir, 'mine.txt'), 'kept');
    await bench.start({ flags, reset: true });
    expect(bench.file('genesis.json')).toEqual(before[0]);
    expect(bench.file('settings.json').instanceId).not.toBe(before[1]);
    expect(existsSync(join(bench.datadir, 'mine.txt'))).toBe(true);
  });

  it.each<[string, Partial<ChainFlags>, string]>([
    ['--validators', { validators: 3 }, '--validators 3: the chain in '],
    ['--chain-id', { chainId: 5 }, 'has 31337'],
    ['--balance', { balanceWei: 5n * 10n ** 17n }, '--balance 0.5: '],
    ['--seed', { seed: 'other' }, '--seed "other": '],
    ['--block-time', { blockTime: 0.5 }, 'has timestamps: strict'],
    ['--predeploys', { predeploys: 'none' }, 'has all'],
  ])('refuses %s that contradicts its chain, with both values', async (_, flag, expected) => {
    await (await bench.start()).stop();
    await expect(bench.start({ flags: { ...NO_FLAGS, ...flag } })).rejects.toMatchObject({
      code: 'CHAIN_CONTRADICTED',
      message: expect.stringContaining(expected),
      remedy: expect.stringContaining('--reset'),
    });
  });

  it('refuses a second devnet on the same datadir, and the first goes on', async () => {
    await bench.start();
    await expect(bench.start()).rejects.toMatchObject({
      code: 'DATADIR_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(bench.pids().map(isAlive)).toEqual([true, true]);
  });

  it('refuses a port on which somebody listens, and makes and removes no chain then', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await waitFor(() => server.listening, { what: 'the other server' });
    const inUse = { code: 'PORT_IN_USE', message: `port ${port} on 127.0.0.1 is in use` };
    await expect(bench.start({ port })).rejects.toMatchObject(inUse);
    expect(existsSync(join(bench.datadir, 'genesis.json'))).toBe(false);
    await (await bench.start()).stop();
    const before = readFileSync(join(bench.datadir, 'genesis.json'), 'utf8');
    await expect(bench.start({ port, reset: true })).rejects.toMatchObject(inUse);
    expect(readFileSync(join(bench.datadir, 'genesis.json'), 'utf8')).toBe(before);
    server.close();
  });

  it("refuses a folder that is not a devnet's and changes nothing in it", async () => {
    writeFileSync(join(bench.folder.path, 'genesis.json'), 'mine');
    for (const reset of [false, true]) {
      await expect(bench.start({ datadir: bench.folder.path, reset })).rejects.toMatchObject({
        code: 'DATADIR_FOREIGN',
      });
    }
    expect(readFileSync(join(bench.folder.path, 'genesis.json'), 'utf8')).toBe('mine');
  });

  it('fills the empty folders of its validators, which may be mounts, and empties them on reset', async () => {
    mkdirSync(join(bench.datadir, 'validator-1'), { recursive: true });
    const { ino } = statSync(join(bench.datadir, 'validator-1'));
    await (await bench.start()).stop();
    writeFileSync(join(bench.datadir, 'validator-1', 'database'), 'old');
    await bench.start({ reset: true });
    expect(statSync(join(bench.datadir, 'validator-1')).ino).toBe(ino);
    expect(existsSync(join(bench.datadir, 'validator-1', 'database'))).toBe(false);
  });

  it('makes the chain anew when its making was cut short', async () => {
    await (await bench.start()).stop();
    const settings = bench.file('settings.json');
    writeFileSync(join(bench.datadir, 'settings.json'), JSON.stringify({ ...settings, isComplete: false }));
    const { chain } = await bench.start();
    expect(chain.isNew).toBe(true);
    expect(bench.file('settings.json').isComplete).toBe(true);
  });

  it('starts a killed validator again and rewrites devnet.json', async () => {
    const devnet = await bench.start();
    const [first, second] = bench.pids();
    process.kill(first as number, 'SIGKILL');
    const restarted = await waitFor(() => bench.pids().find((pid) => pid !== first && pid !== second), {
      what: 'another process in devnet.json',
    });
    expect(isAlive(restarted)).toBe(true);
    expect(bench.file('devnet.json').validators[0].rpcUrl).toBe(devnet.rpcUrls[0]);
    expect(bench.said).toContainEqual('validator 0 ended (SIGKILL); starting it again in 0.01 s');
    expect(bench.said).toContainEqual(expect.stringMatching(/^validator 0 is back \(pid \d+\), at block 0$/));
  });

  it('waits twice as long before each restart of a validator that keeps ending, up to a limit', async () => {
    process.env.STAND_IN_validator_1 = 'crash';
    const starting = bench.start();
    await waitFor(() => bench.said.filter((line) => line.startsWith('validator 1 ended')).length >= 4, {
      what: 'four ends',
    });
    writeFileSync(join(bench.datadir, 'validator-1', 'cured'), '');
    await starting;
    const waits = bench.said.flatMap(
      (line) => /^validator 1 ended \(exit code 3\).* in ([\d.]+) s/.exec(line)?.[1] ?? [],
    );
    expect(waits.slice(0, 4)).toEqual(['0.01', '0.02', '0.04', '0.04']);
  });

  it('waits no longer each time while the disk of a validator is full', async () => {
    await bench.start();
    process.env.STAND_IN_validator_1 = 'full';
    process.kill(bench.pids()[1] as number, 'SIGKILL');
    const waits = () =>
      bench.said.flatMap((line) => /^validator 1 ended \(the disk is full.* in ([\d.]+) s/.exec(line)?.[1] ?? []);
    await waitFor(() => waits().length >= 4, { what: 'four ends' });
    writeFileSync(join(bench.datadir, 'validator-1', 'cured'), '');
    await waitFor(() => bench.said.some((line) => line.startsWith('validator 1 is back')), { what: 'it to be back' });
    expect(waits().slice(0, 4)).toEqual(['0.01', '0.01', '0.01', '0.01']);
  });

  it('does not start a validator again when it is told not to, and ends when none is left', async () => {
    const devnet = await bench.start({ restart: false });
    for (const pid of bench.pids()) process.kill(pid, 'SIGKILL');
    await devnet.ended;
    expect(bench.said).toContainEqual('validator 0 ended (SIGKILL); it stays down (--no-restart)');
  });

  it('passes on why a validator cannot start, and ends the others', async () => {
    process.env.STAND_IN_validator_1 = 'refuse';
    await expect(bench.start()).rejects.toMatchObject({
      code: 'VALIDATOR_FAILED',
      message: 'validator 1: the database is corrupt',
      remedy: 'restore it',
    });
  });

  it('runs the others when one of four cannot start, says why, and brings it back when told to', async () => {
    process.env.STAND_IN_validator_2 = 'refuse';
    const devnet = await bench.start({ flags: { ...NO_FLAGS, validators: 4 } });
    expect(bench.said).toContain('validator 2: the database is corrupt; restore it');
    expect(bench.said).toContain('the others go on without validator 2; bring it back with: heddle fault restart 2');
    expect(devnet.rpcUrls.map((url) => url !== undefined)).toEqual([true, true, false, true]);
    const [file, other] = [bench.file('devnet.json'), bench.file('validator-0/node.json')];
    expect(file.validators[2]).toMatchObject({ index: 2, pid: null, rpcUrl: '' });
    expect(other.network.peers).toHaveLength(3);
    delete process.env.STAND_IN_validator_2;
    await askDevnet(bench.datadir, { command: 'restart', params: { validator: '2' } });
    await waitFor(() => bench.file('devnet.json').validators[2].rpcUrl, { what: 'it to be listed' });
  });

  it('ends what it has started when it is interrupted', async () => {
    process.env.STAND_IN_validator_1 = 'hang';
    const controller = new AbortController();
    const starting = bench.start({ signal: controller.signal });
    await waitFor(() => existsSync(join(bench.datadir, 'validator-1/logs/output.log')), { what: 'both processes' });
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: 'DEVNET_INTERRUPTED' });
    delete process.env.STAND_IN_validator_1;
    await bench.start(); // neither lock nor port is held any more
  });
});
