import { statSync } from 'node:fs';
import { join } from 'node:path';
import { rpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDevnet } from './devnet-under-test.ts';
import { heddle, killCommands, runHeddle } from './heddle-command.ts';

const BLOCKS = 5;
const folder = temporaryDirectory('stored-chain');
const datadir = join(folder.path, 'devnet', 'validator-0');
const file = join(folder.path, 'chain.rlp');
let headHash: string;
let sender: string;

/** A devnet that came to {@link BLOCKS} and was ended. */
beforeAll(async () => {
  const devnet = await startDevnet(join(folder.path, 'devnet'), ['--validators', '1', '--block-time', '0.2']);
  const client = devnet.client(0);
  [sender] = await client.call('eth_accounts');
  const sent = { from: sender, to: `0x${'ab'.repeat(20)}`, value: '0x1' };
  await client.receipt(await client.call('eth_sendTransaction', sent));
  await waitFor(async () => Number(await client.call('eth_blockNumber')) >= BLOCKS, {
    what: 'blocks',
  });
  headHash = (await client.call('eth_getBlockByNumber', `0x${BLOCKS}`, false)).hash;
  expect(await devnet.interrupt()).toBe(0);
});

afterAll(() => {
  killCommands();
  folder.remove();
});

describe('the chain of a validator that has ended', () => {
  it('is counted, verified and exported', async () => {
    const stats = await runHeddle('db', 'stats', '--datadir', datadir, '--json');
    expect(JSON.parse(stats.printed).head.number).toBeGreaterThanOrEqual(BLOCKS);
    expect((await runHeddle('db', 'verify', '--datadir', datadir)).printed).toContain('is sound');
    const exported = await runHeddle('export', '--datadir', datadir, file, '--to', String(BLOCKS));
    expect(exported.printed).toBe(`heddle: wrote ${BLOCKS} blocks, 1 to ${BLOCKS}, to ${file}\n`);
    expect(statSync(file).size).toBeGreaterThan(BLOCKS * 500);
  });

  it('imports again from its export', async () => {
    const again = join(folder.path, 'again');
    const genesis = join(folder.path, 'devnet', 'genesis.json');
    const imported = await runHeddle('import', '--genesis', genesis, file, '--datadir', again);
    expect(imported.printed).toContain(`imported ${BLOCKS} blocks; ${again} is at block ${BLOCKS} ${headHash}`);
    expect((await runHeddle('db', 'verify', '--datadir', again)).code).toBe(0);
    const refused = await runHeddle('import', file, '--datadir', datadir);
    expect(refused).toMatchObject({ code: 1, printed: expect.stringContaining('belongs to a node or a devnet') });
  });

  it('is gone on with by another validator, whose accounts have what they had', async () => {
    const from = join(folder.path, 'again');
    const devnet = await startDevnet(join(folder.path, 'next'), ['--from', from, '--validators', '1']);
    expect(devnet.output()).toContain(`Goes on from:      block ${BLOCKS} ${headHash}`);
    expect(devnet.output()).toContain(`At block ${BLOCKS} 10 of these 10 accounts have funds`);
    const client = devnet.client(0);
    const nonceAt = async (block: string) => Number(await client.call('eth_getTransactionCount', sender, block));
    const sent = { from: sender, to: `0x${'ab'.repeat(20)}`, value: '0x1' };
    const receipt = await client.receipt(await client.call('eth_sendTransaction', sent));
    expect(Number(receipt.blockNumber)).toBeGreaterThan(BLOCKS);
    expect(await nonceAt('latest')).toBe((await nonceAt(`0x${BLOCKS}`)) + 1);
    expect((await client.call('eth_getBlockByNumber', `0x${BLOCKS}`, false)).hash).toBe(headHash);
    expect(await devnet.interrupt()).toBe(0);
    const whole = join(folder.path, 'whole.rlp');
    await runHeddle('export', '--datadir', join(devnet.datadir, 'validator-0'), whole);
    const genesis = join(devnet.datadir, 'genesis.json');
    const imported = await runHeddle('import', '--genesis', genesis, whole, '--datadir', join(folder.path, 'whole'));
    expect(imported).toMatchObject({ code: 0, printed: expect.stringMatching(/imported \d+ blocks; /) });
  });

  it('is served until Ctrl-C, and nobody else has the store meanwhile', async () => {
    const serving = heddle('serve', '--datadir', datadir, '--port', '0');
    const url = await waitFor(() => /RPC at (\S+)/.exec(serving.printed())?.[1], { what: 'RPC' });
    const client = rpcClient(url);
    expect((await client.call('eth_getBlockByNumber', `0x${BLOCKS}`, false)).hash).toBe(headHash);
    expect(await client.call('eth_getTransactionCount', sender, 'latest')).toBe('0x1');
    expect(await client.call('eth_getTransactionCount', sender, '0x0')).toBe('0x0');
    const refused = await runHeddle('db', 'stats', '--datadir', datadir);
    expect(refused).toMatchObject({ code: 1, printed: expect.stringContaining('is in use by another process') });
    serving.child.kill('SIGINT');
    expect(await serving.code).toBe(0);
    expect((await runHeddle('db', 'verify', '--datadir', datadir)).code).toBe(0);
  });
});
