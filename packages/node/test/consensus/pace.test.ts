import { afterEach, describe, expect, it } from 'vitest';
import { timestampMsOf } from '../../src/execution/child-header.ts';
import { areAllAt, expectAgreement, isIncluded } from './cluster-checks.ts';
import { fakeTransaction } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

function allAt(height: number): () => boolean {
  return () => areAllAt(cluster, height);
}

describe('the pace', () => {
  it('is full for twelve blocks, then one each five seconds, ended by a transaction', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(14), 'fourteen blocks', 120_000);
    const { store } = cluster.node(0);
    const timeOf = (number: number) => timestampMsOf(store.block(number).header);
    for (let number = 2; number <= 12; number++) expect(timeOf(number) - timeOf(number - 1)).toBeLessThan(1_100);
    expect(timeOf(13) - timeOf(12)).toBeGreaterThanOrEqual(5_000);
    expect(timeOf(14) - timeOf(13)).toBeGreaterThanOrEqual(5_000);
    await cluster.pass(2_000);
    const sentMs = cluster.clock.now();
    for (const node of cluster.nodes) node.pool.add(fakeTransaction('wake up'));
    await cluster.until(() => isIncluded(cluster, 15, fakeTransaction('wake up')), 'it to be final', 500);
    expect(timeOf(15) - sentMs).toBeLessThan(50);
    await cluster.until(allAt(20), 'full pace after it', 6_000);
    expectAgreement(cluster);
  });

  it('begins when over two thirds are there, and not before', async () => {
    cluster = new FakeCluster();
    await cluster.start([0, 1]);
    await cluster.pass(2_500);
    expect(cluster.node(0).driver?.status().round).toBe(-1);
    await cluster.node(2).start();
    await cluster.until(() => cluster.node(0).driver?.status().round === 0, 'the first round', 100);
    await cluster.until(allAt(1), 'a block of three', 3_000); // the first proposer may be the one that is missing
  });

  it('is never faster than the block time', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    for (let number = 1; number <= 6; number++) {
      for (const node of cluster.nodes) node.pool.add(fakeTransaction(`number ${number}`));
      await cluster.until(allAt(number), `block ${number}`);
    }
    const { store } = cluster.node(0);
    for (let number = 2; number <= 6; number++) {
      const spanMs = timestampMsOf(store.block(number).header) - timestampMsOf(store.block(number - 1).header);
      expect(spanMs).toBeGreaterThanOrEqual(1_000);
    }
  });
});
