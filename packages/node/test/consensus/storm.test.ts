import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { afterEach, expect, it } from 'vitest';
import { areAllAt, expectAgreement } from './cluster-checks.ts';
import { fakeTransaction } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

const STORMS = Number(process.env.HEDDLE_STORMS ?? 3);
const EVENTS = 40;

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

/** One thing that goes wrong, or right again. */
async function event(random: Random, number: number): Promise<void> {
  const node = random.pick(cluster.nodes);
  switch (random.int(0, 7)) {
    case 0:
    case 1:
      if (node.driver) await node.kill();
      break;
    case 2:
    case 3:
    case 4:
      for (const each of cluster.nodes) if (!each.driver && random.chance(0.7)) await each.start();
      break;
    case 5: {
      const share = random.pick([0, 0, 0.1, 0.3]);
      const losses = random.fork(`losses ${number}`);
      cluster.network.isLost = () => losses.chance(share);
      break;
    }
    case 6: {
      const side = new Set(cluster.nodes.filter(() => random.chance(0.5)).map(({ identity }) => identity.peerId));
      const isCut = random.chance(0.4);
      cluster.network.isLost = (from, to) => isCut && side.has(from) !== side.has(to);
      break;
    }
    case 7:
      for (const each of cluster.nodes) if (random.chance(0.6)) each.pool.add(fakeTransaction(`event ${number}`));
      for (const { execution } of cluster.nodes) execution.workMs = random.pick([1, 2, 20, 200]);
      break;
  }
  await cluster.pass(random.pick([2, 10, 50, 400, 1_500]));
}

it.each(Array.from({ length: STORMS }, (_, index) => index))('survives storm %i', async (index) => {
  const random = createRandom(`${seedFromEnvironment('storm')}/${index}`);
  cluster = new FakeCluster({ validators: random.pick([2, 4, 4, 5]), fullNodes: random.int(0, 1) });
  await cluster.start();
  for (let number = 0; number < EVENTS; number++) {
    await event(random, number);
    expectAgreement(cluster);
  }
  cluster.network.isLost = () => false;
  for (const node of cluster.nodes) {
    node.execution.workMs = 2;
    if (!node.driver) await node.start();
  }
  const highest = Math.max(...cluster.nodes.map(({ head }) => head));
  await cluster.until(() => areAllAt(cluster, highest + 2), 'two blocks after the storm', 30_000);
  expectAgreement(cluster);
  expect(cluster.network.malformed).toBe(0);
  expect(cluster.network.penalties).toEqual([]);
});
