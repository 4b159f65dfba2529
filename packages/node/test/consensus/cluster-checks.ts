import { type Hash, keccak256Hex } from '@heddle/primitives';
import { expect } from 'vitest';
import type { FakeCluster } from './fake-cluster.ts';

/** Whether every running node has block `height`. */
export function areAllAt(cluster: FakeCluster, height: number): boolean {
  return cluster.nodes.every((node) => !node.driver || node.head >= height);
}

/** No two nodes differ, nobody signed twice or failed, and nothing that was ever published is gone. */
export function expectAgreement(cluster: FakeCluster): void {
  expect(cluster.network.doubleSigned).toEqual([]);
  const chains = cluster.nodes.map((_, index) => hashesOf(cluster, index));
  const longest = chains.sort((left, right) => right.length - left.length)[0];
  for (const [index, { errors, published, store }] of cluster.nodes.entries()) {
    expect(errors).toEqual([]);
    expect(hashesOf(cluster, index)).toEqual(longest?.slice(0, store.head.number));
    expect(Math.max(0, ...published.keys())).toBeLessThanOrEqual(store.head.number);
  }
}

/** Whether the certificate that node 0 holds of block `height` carries a signature of `address`. */
export function isSignedBy(cluster: FakeCluster, height: number, address: string | undefined): boolean {
  return cluster
    .node(0)
    .store.signersOf(height)
    .some((signer) => signer === address);
}

/** Whether one of node 0's first `count` blocks holds `raw`. */
export function isIncluded(cluster: FakeCluster, count: number, raw: Uint8Array): boolean {
  const { store } = cluster.node(0);
  const hash = keccak256Hex(raw);
  return store.blocks
    .slice(0, count)
    .some((_, at) => store.block(at + 1).transactions.some((transaction) => keccak256Hex(transaction) === hash));
}

function hashesOf(cluster: FakeCluster, index: number): Hash[] {
  return cluster.node(index).store.blocks.map(({ block }) => keccak256Hex(block));
}
