import { afterEach, describe, expect, it } from 'vitest';
import { FakeCluster } from './fake-cluster.ts';

describe('a cluster of drivers', () => {
  let cluster: FakeCluster;
  afterEach(() => cluster?.stop());

  const allAt = (height: number) => () => cluster.nodes.every((node) => !node.driver || node.head >= height);
  const expectAgreement = () => {
    const lowest = Math.min(...cluster.nodes.map(({ head }) => head));
    for (let height = 1; height <= lowest; height++) {
      const hashes = cluster.nodes.map(
        ({ store }) => store.block(height).header.stateRoot + store.block(height).header.mixHash,
      );
      expect(new Set(hashes).size).toBe(1);
    }
    for (const { errors } of cluster.nodes) expect(errors).toEqual([]);
  };

  it('decides the same blocks on every validator', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(5), 'five blocks');
    expectAgreement();
  });
});
