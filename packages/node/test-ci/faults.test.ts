import { runLoad } from '@heddle/load';
import { createRandom, type RpcClient, seedFromEnvironment, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { type DevnetUnderTest, isAlive, startDevnet } from './devnet-under-test.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';

/** The whole test kills ten times; the shorter suites a few. */
const KILLS = process.env.HEDDLE_SUITE === 'nightly' ? 10 : 4;
/** Answers after which the kill comes at the latest once the chain goes on: some 3 s of four validators. */
const MAX_FURTHER_ANSWERS = 200;

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

test('all validators killed at once, again and again, lose no block that any RPC ever returned', async () => {
  const random = createRandom(seedFromEnvironment('all killed'));
  const datadir = folder('all-killed');
  const seen = new Map<number, string>();
  for (let round = 0; round < KILLS; round++) {
    const devnet = await start(datadir);
    await checkSeen(devnet, seen);
    const first = await heightOf(devnet.client(0));
    const watch = watchHeads(devnet, seen);
    const load = runLoad({
      urls: devnet.validators().map(({ rpcUrl }) => rpcUrl),
      scenario: 'transfer',
      rate: 30,
      durationMs: 60_000,
      senders: 60,
      mnemonic: MNEMONIC,
      seed: `round ${round}`,
      onProgress: () => undefined,
      onNotice: () => undefined,
    }).catch(() => undefined); // it ends when its chain is killed
    try {
      await reach(devnet.client(0), first + 2, `round ${round}: the chain goes on`);
      const moment = watch.answerCount() + random.int(0, MAX_FURTHER_ANSWERS);
      await waitFor(() => watch.answerCount() >= moment, { what: `answer ${moment}`, timeoutMs: 60_000, everyMs: 1 });
      await devnet.killAll();
    } finally {
      await watch.stop();
    }
    void load;
  }
  const last = await start(datadir);
  await checkSeen(last, seen);
  await reach(last.client(0), Math.max(...seen.keys()) + 2, 'the chain goes on');
  expect(seen.size).toBeGreaterThan(2 * KILLS);
  expect(await last.interrupt()).toBe(0);
}, 300_000);

interface HeadWatch {
  /** Heads that all validators together have returned until now, the same one again included. */
  answerCount(): number;
  /** Ends it. Fails if two answers have named different blocks at one height. */
  stop(): Promise<void>;
}

/** Asks every validator for its head again and again, until it is stopped, and notes what they return. */
function watchHeads(devnet: DevnetUnderTest, seen: Map<number, string>): HeadWatch {
  let isStopped = false;
  let answers = 0;
  const contradictions = new Set<string>();
  const look = async (client: RpcClient): Promise<boolean> => {
    if (isStopped) return true;
    const { number, hash } = await client.call('eth_getBlockByNumber', 'latest', false);
    const known = seen.get(Number(number)) ?? hash;
    if (known !== hash) contradictions.add(`${client.url}: block ${Number(number)} is ${hash}, but ${known} before`);
    seen.set(Number(number), known);
    answers++;
    return false;
  };
  const loops = devnet.validators().map((_, index) => {
    const client = devnet.client(index);
    // A call that fails is no answer: the validator is being killed.
    return waitFor(() => look(client), { what: `the end of the watch over ${client.url}`, timeoutMs: 300_000 });
  });
  return {
    answerCount: () => answers,
    async stop() {
      isStopped = true;
      await Promise.all(loops);
      expect([...contradictions]).toEqual([]);
    },
  };
}

async function checkSeen(devnet: DevnetUnderTest, seen: ReadonlyMap<number, string>): Promise<void> {
  if (seen.size === 0) return;
  const highest = Math.max(...seen.keys());
  for (const index of devnet.validators().keys()) {
    await reach(devnet.client(index), highest, `validator ${index} has all that was returned`);
    for (const [number, hash] of seen) {
      const block = await devnet.client(index).call('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
      expect(`${number} ${block?.hash}`).toBe(`${number} ${hash}`);
    }
  }
}
