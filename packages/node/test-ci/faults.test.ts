import { type RpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { type DevnetUnderTest, isAlive, startDevnet } from './devnet-under-test.ts';

const directories: { remove(): void }[] = [];
const devnets: DevnetUnderTest[] = [];

afterAll(async () => {
  for (const devnet of devnets) await devnet.killAll().catch(() => undefined);
  for (const directory of directories) directory.remove();
}, 60_000);

async function start(datadir: string, flags: readonly string[] = []): Promise<DevnetUnderTest> {
  const devnet = await startDevnet(datadir, flags);
  devnets.push(devnet);
  return devnet;
}

function folder(label: string): string {
  const directory = temporaryDirectory(label);
  directories.push(directory);
  return directory.path;
}

const heightOf = async (client: RpcClient): Promise<number> => Number(await client.call('eth_blockNumber'));

async function reach(client: RpcClient, height: number, what: string): Promise<void> {
  await waitFor(async () => (await heightOf(client)) >= height, {
    what: `${what}: height ${height}`,
    timeoutMs: 60_000,
  });
}

test('a killed validator does not stop the chain, catches up when it is back, and signs again', async () => {
  const devnet = await start(folder('one-killed'));
  const witness = devnet.client(0);
  await reach(witness, 2, 'the chain begins');
  const victim = devnet.validators()[3];
  if (!victim) throw new Error('there are four validators');
  process.kill(victim.pid, 'SIGKILL');
  const height = await heightOf(witness);
  await reach(witness, height + 3, 'three of four go on');
  const restarted = await waitFor(
    () => devnet.validators().find(({ index, pid }) => index === 3 && pid !== victim.pid && isAlive(pid)),
    { what: 'the supervisor to restart it', timeoutMs: 30_000 },
  );
  expect(restarted.rpcUrl).toBe(victim.rpcUrl);
  await reach(devnet.client(3), height + 3, 'it catches up');
  await waitFor(
    async () => {
      const certificate = await witness.call('heddle_getCommit', 'latest');
      const signers = (certificate?.signatures ?? []).map((one: { validator: string }) => one.validator.toLowerCase());
      return Number(certificate?.height) > height + 3 && signers.includes(victim.address.toLowerCase());
    },
    { what: 'its signature in a later certificate', timeoutMs: 60_000 },
  );
}, 180_000);
