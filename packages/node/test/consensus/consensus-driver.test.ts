import { afterEach, describe, expect, it } from 'vitest';
import { decodePeerMessage, encodePeerMessage } from '../../src/consensus/messages.ts';
import { areAllAt, expectAgreement, isIncluded, isSignedBy } from './cluster-checks.ts';
import { fakeTransaction, unsignedTransaction } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

function allAt(height: number): () => boolean {
  return () => areAllAt(cluster, height);
}

describe('a cluster of drivers', () => {
  it('decides the same blocks on every validator, the proposers in turn', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(8), 'eight blocks');
    expectAgreement(cluster);
    const beneficiaries = new Set(
      cluster.node(0).store.blocks.map((_, at) => cluster.node(0).store.block(at + 1).header.beneficiary),
    );
    expect(beneficiaries.size).toBe(4);
    expect(cluster.network.malformed).toBe(0);
    expect(cluster.network.penalties).toEqual([]);
  });

  it.each([1, 2, 3])('works with %i validators', async (validators) => {
    cluster = new FakeCluster({ validators });
    await cluster.start();
    await cluster.until(allAt(3), 'three blocks');
    expectAgreement(cluster);
  });

  it('goes on without one of four, which catches up and votes again', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    await cluster.node(3).kill();
    await cluster.until(allAt(12), 'ten blocks without the fourth');
    await cluster.node(3).start();
    await cluster.until(() => cluster.node(3).head >= 12, 'the fourth to catch up', 5_000);
    const from = cluster.node(0).head + 1;
    const address = cluster.keys[3]?.address;
    await cluster.until(
      () => cluster.node(0).store.blocks.some((_, at) => at + 1 >= from && isSignedBy(cluster, at + 1, address)),
      'its signature in a certificate',
    );
    expectAgreement(cluster);
  });

  it('keeps every published block when all are killed, and goes on', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    for (let time = 0; time < 6; time++) {
      await cluster.pass(1_000 + time * 137);
      for (const node of cluster.nodes) node.pool.add(fakeTransaction(`life ${time}`));
      await cluster.pass(1_003);
      for (const node of cluster.nodes) await node.kill();
      expectAgreement(cluster);
      const before = Math.max(...cluster.nodes.map(({ head }) => head));
      for (const node of cluster.nodes) await node.start();
      await cluster.until(allAt(before + 1), 'the next block after a restart', 20_000);
    }
    expectAgreement(cluster);
  });

  it('refuses a wrong state root with one line each, and the next round decides', async () => {
    cluster = new FakeCluster();
    const liar = cluster.node(1);
    liar.execution.spoil = (header) => ({ ...header, stateRoot: `0x${'66'.repeat(32)}` });
    await cluster.start();
    await cluster.until(allAt(5), 'five blocks');
    expectAgreement(cluster);
    const honest = cluster.nodes.filter((node) => node !== liar);
    for (const { lines } of honest) {
      const refusals = lines.filter((line) => line.includes('refused: stateRoot: the header says 0x6666'));
      expect(refusals.length).toBeGreaterThan(0);
      expect(refusals[0]).toContain(`proposal of ${cluster.keys[1]?.address} at height`);
      expect(new Set(refusals).size).toBe(refusals.length);
    }
    const feeAddress = cluster.spec.validators[1]?.feeAddress;
    const { store } = liar;
    expect(store.blocks.some((_, at) => store.block(at + 1).header.beneficiary === feeAddress)).toBe(false);
    expect(liar.driver?.metrics().heddle_consensus_rounds_total).toBeGreaterThan(5);
  });

  it('fetches transactions that its own pool lacks', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    const [first, second] = [fakeTransaction('here alone'), fakeTransaction('here as well')];
    cluster.node(0).pool.add(first);
    for (const node of cluster.nodes) node.pool.add(second);
    await cluster.until(
      () => cluster.nodes.every(({ store }) => isIncluded(cluster, store.blocks.length, first)),
      'it to be final',
    );
    expectAgreement(cluster);
    expect(cluster.node(0).driver?.metrics().heddle_consensus_rounds_total).toBeLessThanOrEqual(
      cluster.node(0).head + 1,
    );
  });

  it('prevotes nil at once where a proposed transaction has no valid signature', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    const roundsBefore = cluster.node(0).driver?.metrics().heddle_consensus_rounds_total ?? 0;
    for (const node of cluster.nodes.slice(0, 1)) node.pool.add(unsignedTransaction('nobody’s'));
    const refusal = 'refused: transaction 0: no valid signature';
    const isRefused = () =>
      [1, 2, 3].every((index) => cluster.node(index).lines.some((line) => line.includes(refusal)));
    await cluster.until(isRefused, 'it to be refused by all others');
    const refusedMs = cluster.clock.now();
    const head = cluster.node(1).head;
    await cluster.until(allAt(head + 1), 'the next round');
    expect(cluster.clock.now() - refusedMs).toBeLessThan(300); // no timeout of this round ran out
    expect(cluster.node(0).driver?.metrics().heddle_consensus_rounds_total).toBeGreaterThan(roundsBefore + 1);
    expectAgreement(cluster);
  });

  it('fetches the right transactions when a relay changed the list of a proposal', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    let changed = 0;
    cluster.network.change = (_from, to, message) => {
      const sent = decodePeerMessage(message);
      if (to !== 'peer-3' || sent.type !== 'proposal' || !sent.outline?.transactionHashes) return message;
      changed++;
      const { header, transactionHashes } = sent.outline;
      return encodePeerMessage({ ...sent, outline: { header, transactionHashes: transactionHashes.slice(1) } });
    };
    const pair = [fakeTransaction('one'), fakeTransaction('two')];
    for (const node of cluster.nodes) for (const raw of pair) node.pool.add(raw);
    await cluster.until(allAt(3), 'more blocks');
    expect(changed).toBeGreaterThan(0);
    expect(cluster.node(3).lines.some((line) => line.includes('transactions that its header does not name'))).toBe(
      true,
    );
    expect(cluster.node(3).driver?.metrics().heddle_consensus_blocks_fetched_total).toBe(0); // decided by itself
    expectAgreement(cluster);
  });

  it('fetches a long list of hashes that does not fit beside its proposal', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    for (let index = 0; index < 6_000; index++) {
      const raw = fakeTransaction(`number ${index}`);
      for (const node of cluster.nodes) if (index % 7 !== 0 || node !== cluster.node(2)) node.pool.add(raw, false);
    }
    for (const node of cluster.nodes) node.pool.add(fakeTransaction('the last'));
    await cluster.until(allAt(3), 'more blocks');
    const longest = Math.max(...[2, 3].map((number) => cluster.node(0).store.block(number).transactions.length));
    expect(longest).toBeGreaterThan(5_120);
    expectAgreement(cluster);
    expect(cluster.node(0).driver?.metrics().heddle_consensus_rounds_total).toBeLessThanOrEqual(5);
  });

  it('refuses proposals whose time is off, and takes them again when the clock is right', async () => {
    cluster = new FakeCluster();
    cluster.node(1).clockOffsetMs = 5_000;
    cluster.node(2).clockOffsetMs = -5_000;
    await cluster.start();
    await cluster.until(() => cluster.node(0).head >= 8 && cluster.node(3).head >= 8, 'eight blocks', 40_000);
    const { store, lines } = cluster.node(0);
    expect(lines.some((line) => line.includes('ahead of this node'))).toBe(true);
    const fees = store.blocks.map((_, at) => store.block(at + 1).header.beneficiary);
    expect(fees).not.toContain(cluster.spec.validators[1]?.feeAddress);
    cluster.node(1).clockOffsetMs = 0;
    cluster.node(2).clockOffsetMs = 0;
    const from = cluster.node(0).head;
    await cluster.until(allAt(from + 9), 'more blocks');
    const later = store.blocks.slice(from).map((_, at) => store.block(from + at + 1).header.beneficiary);
    expect(new Set(later).size).toBe(4);
    expectAgreement(cluster);
  });

  it('lets rounds grow until a slow block fits', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    for (const { execution } of cluster.nodes) execution.workMs = 1_500; // building and executing: three seconds
    await cluster.until(allAt(6), 'slow blocks', 60_000);
    const rounds = cluster.node(0).driver?.metrics().heddle_consensus_rounds_total ?? 0;
    await cluster.until(allAt(9), 'more of them', 60_000);
    expect(cluster.node(0).driver?.metrics().heddle_consensus_rounds_total).toBe(rounds + 3); // the first round each
    expectAgreement(cluster);
    for (const { execution } of cluster.nodes) execution.workMs = 2;
    const from = cluster.node(0).head;
    await cluster.until(allAt(from + 3), 'fast ones again', 20_000);
  });

  it('waits longer where messages take longer than a round, but not for a proposer that is down', async () => {
    cluster = new FakeCluster({ pace: { blockTimeMs: 1_000, emptyBlockTimeMs: 1_000 } });
    cluster.network.delayMs = 1_200; // a proposal waits for a second
    await cluster.start();
    await cluster.until(allAt(12), 'slow blocks', 200_000);
    const metrics = () => cluster.node(0).driver?.metrics();
    const scale = metrics()?.heddle_consensus_timeout_scale ?? 0;
    expect(scale).toBeGreaterThan(1.2);
    const rounds = metrics()?.heddle_consensus_rounds_total ?? 0;
    const from = cluster.node(0).head;
    await cluster.until(allAt(from + 8), 'more of them', 100_000);
    expect((metrics()?.heddle_consensus_rounds_total ?? 0) - rounds).toBeLessThanOrEqual(10);
    cluster.network.delayMs = 1;
    await cluster.node(3).kill();
    await cluster.until(allAt(cluster.node(0).head + 20), 'fast blocks', 100_000);
    expect(metrics()?.heddle_consensus_timeout_scale).toBeLessThanOrEqual(scale);
    expectAgreement(cluster);
  });

  it('reports who signs twice, and agrees all the same', async () => {
    cluster = new FakeCluster();
    await cluster.start([0, 1, 2]);
    await cluster.until(allAt(1), 'a block');
    const height = cluster.node(0).head + 1;
    for (const [index, blockId] of [undefined, `0x${'99'.repeat(32)}` as const].entries()) {
      const { bytes } = cluster.forgedVote(cluster.keys[3], { kind: 'prevote', height, round: 0, blockId });
      const identity = { peerId: `liar-${index}`, validator: undefined, height: 0 };
      for (const node of cluster.nodes) node.driver?.onConsensusMessage(bytes, identity);
    }
    await cluster.until(allAt(height + 2), 'more blocks');
    const { lines, driver } = cluster.node(0);
    expect(lines.filter((line) => line.includes('a validator signed twice'))).toHaveLength(1);
    expect(driver?.metrics().heddle_consensus_evidence_total).toBe(1);
  });

  it('refuses garbage, forged votes and another chain, and counts them', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    const { driver, head } = cluster.node(0);
    const from = cluster.node(1).identity;
    expect(driver?.onConsensusMessage(Uint8Array.of(9, 9, 9), from)).toBe(false);
    const unsigned = { kind: 'prevote', height: head + 1, round: 0, blockId: undefined } as const;
    const { vote } = cluster.forgedVote(cluster.keys[3], unsigned);
    const forged = encodePeerMessage({ type: 'vote', vote: { ...vote, round: 1 } });
    expect(driver?.onConsensusMessage(forged, from)).toBe(false);
    const stranger = encodePeerMessage({ type: 'vote', vote: { ...vote, validator: `0x${'55'.repeat(20)}` } });
    expect(driver?.onConsensusMessage(stranger, from)).toBe(true); // of no use, but a set may have changed
    const farAhead = encodePeerMessage({ type: 'vote', vote: { ...vote, height: head + 1_000 } });
    expect(driver?.onConsensusMessage(farAhead, from)).toBe(true);
    expect(driver?.metrics().heddle_consensus_messages_malformed_total).toBe(2);
  });

  it('loses nothing to a network that loses a third of all messages', async () => {
    cluster = new FakeCluster();
    let count = 0;
    cluster.network.isLost = () => count++ % 3 === 0;
    await cluster.start();
    await cluster.until(allAt(8), 'eight blocks');
    expectAgreement(cluster);
  });

  it('relays between two validators that cannot hear each other', async () => {
    cluster = new FakeCluster({ validators: 3 });
    const pair = new Set(['peer-0', 'peer-1']);
    cluster.network.isLost = (from, to) => pair.has(from) && pair.has(to);
    await cluster.start();
    await cluster.until(allAt(4), 'four blocks');
    expectAgreement(cluster);
  });

  it('decides nothing in halves, and goes on when they meet again', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const half = (peerId: string) => peerId < 'peer-2';
    cluster.network.isLost = (from, to) => half(from) !== half(to);
    await cluster.pass(3_000);
    const stuckAt = Math.max(...cluster.nodes.map(({ head }) => head));
    await cluster.pass(20_000);
    expect(Math.max(...cluster.nodes.map(({ head }) => head))).toBe(stuckAt);
    cluster.network.isLost = () => false;
    await cluster.until(allAt(stuckAt + 1), 'a block after the partition', 5_000);
    expectAgreement(cluster);
  });
});
