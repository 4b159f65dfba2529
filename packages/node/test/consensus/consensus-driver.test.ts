import { type Hash, keccak256Hex } from '@heddle/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { timestampMsOf } from '../../src/execution/child-header.ts';
import { fakeTransaction } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

function allAt(height: number): () => boolean {
  return () => cluster.nodes.every((node) => !node.driver || node.head >= height);
}

function hashesOf(index: number): Hash[] {
  const { store } = cluster.node(index);
  return store.blocks.map((_, at) => keccak256Hex(store.blocks[at]?.block ?? new Uint8Array(0)));
}

/** No two nodes differ, nobody signed twice or failed, and nothing that was ever published is gone. */
function expectAgreement(): void {
  expect(cluster.network.doubleSigned).toEqual([]);
  const longest = cluster.nodes.map((_, index) => hashesOf(index)).sort((left, right) => right.length - left.length)[0];
  for (const [index, { errors, published, store }] of cluster.nodes.entries()) {
    expect(errors).toEqual([]);
    expect(hashesOf(index)).toEqual(longest?.slice(0, store.head.number));
    expect(Math.max(0, ...published.keys())).toBeLessThanOrEqual(store.head.number);
  }
}

describe('a cluster of drivers', () => {
  it('decides the same blocks on every validator, the proposers in turn', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(8), 'eight blocks');
    expectAgreement();
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
    expectAgreement();
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
      () => cluster.node(0).store.blocks.some((_, at) => at + 1 >= from && signs(at + 1, address)),
      'its signature in a certificate',
    );
    expectAgreement();
  });

  it('keeps every published block when all are killed, and goes on', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    for (let time = 0; time < 6; time++) {
      await cluster.pass(1_000 + time * 137);
      for (const node of cluster.nodes) node.pool.add(fakeTransaction(`life ${time}`));
      await cluster.pass(1_003);
      for (const node of cluster.nodes) await node.kill();
      expectAgreement();
      const before = Math.max(...cluster.nodes.map(({ head }) => head));
      for (const node of cluster.nodes) await node.start();
      await cluster.until(allAt(before + 1), 'the next block after a restart', 20_000);
    }
    expectAgreement();
  });

  it('refuses a wrong state root with one line each, and the next round decides', async () => {
    cluster = new FakeCluster();
    const liar = cluster.node(1);
    liar.execution.spoil = (header) => ({ ...header, stateRoot: `0x${'66'.repeat(32)}` });
    await cluster.start();
    await cluster.until(allAt(5), 'five blocks');
    expectAgreement();
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
    await cluster.until(() => cluster.nodes.every(({ store }) => holds(store.blocks.length, first)), 'it to be final');
    expectAgreement();
    expect(cluster.node(0).driver?.metrics().heddle_consensus_rounds_total).toBeLessThanOrEqual(
      cluster.node(0).head + 1,
    );
  });

  it('loses nothing to a network that loses a third of all messages', async () => {
    cluster = new FakeCluster();
    let count = 0;
    cluster.network.isLost = () => count++ % 3 === 0;
    await cluster.start();
    await cluster.until(allAt(8), 'eight blocks');
    expectAgreement();
  });

  it('relays between two validators that cannot hear each other', async () => {
    cluster = new FakeCluster({ validators: 3 });
    const pair = new Set(['peer-0', 'peer-1']);
    cluster.network.isLost = (from, to) => pair.has(from) && pair.has(to);
    await cluster.start();
    await cluster.until(allAt(4), 'four blocks');
    expectAgreement();
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
    expectAgreement();
  });
});

describe('a crash at one operation of the disk', () => {
  it.each(Array.from({ length: 24 }, (_, index) => index + 1))(
    'number %i of a height loses nothing',
    async (number) => {
      cluster = new FakeCluster();
      await cluster.start();
      await cluster.until(allAt(1), 'a block');
      for (const node of cluster.nodes) node.pool.add(fakeTransaction('before the crash'));
      const victim = cluster.node(number % 4);
      let count = 0;
      victim.disk.fault = () => {
        if (++count === number) victim.disk.crash();
        return count >= number ? 'EIO' : undefined;
      };
      await cluster.until(() => count >= number, 'the crash');
      const others = cluster.nodes.filter((node) => node !== victim);
      if (number % 2 === 0) for (const node of others) await node.kill(); // the whole network, or one alone
      await victim.kill();
      victim.errors.length = 0; // a failed sync ends a process
      victim.disk.fault = () => undefined;
      const before = Math.max(...cluster.nodes.map(({ head }) => head));
      for (const node of cluster.nodes) if (!node.driver) await node.start();
      await cluster.until(allAt(before + 2), 'two blocks after it', 20_000);
      expectAgreement();
    },
  );

  it('leaves a validator without its signer state file unable to start', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const node = cluster.node(0);
    await node.kill();
    await node.disk.remove(node.paths.stateFile);
    await expect(node.start()).rejects.toMatchObject({ code: 'SIGNER_STATE_MISSING' });
  });

  it('makes a validator whose log is gone follow the height that it signed', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const node = cluster.node(0);
    const address = cluster.keys[0]?.address;
    const height = node.head + 1;
    await cluster.until(() => cluster.network.signed.has(`${address} ${height}/0 prevote`), 'its prevote');
    for (const each of cluster.nodes) await each.kill();
    await node.disk.remove(node.walFile);
    for (const each of cluster.nodes) await each.start();
    expect(node.lines.some((line) => line.includes('lacks a signature'))).toBe(true);
    expect(node.driver?.status().isSigning).toBe(false);
    await cluster.until(allAt(height), 'that height');
    await cluster.until(() => node.driver?.status().isSigning === true, 'it to sign at the next one');
    await cluster.until(allAt(height + 2), 'more blocks');
    expectAgreement();
  });

  it('makes a validator whose store lost blocks follow until it is past what it signed', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(5), 'five blocks');
    const node = cluster.node(2);
    await node.kill();
    node.rewindStore(2);
    await node.start();
    expect(node.lines.some((line) => line.includes('lost blocks'))).toBe(true);
    await cluster.until(() => node.driver?.status().isSigning === true, 'it to sign again');
    await cluster.until(allAt(9), 'more blocks');
    expect(cluster.network.doubleSigned).toEqual([]);
  });

  it('raises a signer that was restored from an older copy to what the log holds', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const node = cluster.node(0);
    const old = node.disk.bytes(node.paths.stateFile) ?? new Uint8Array(0);
    const address = cluster.keys[0]?.address;
    const height = node.head + 1;
    await cluster.until(() => cluster.network.signed.has(`${address} ${height}/0 precommit`), 'its precommit');
    const isBehind = node.head < height;
    for (const each of cluster.nodes) await each.kill();
    node.disk.put(node.paths.stateFile, old);
    for (const each of cluster.nodes) await each.start();
    if (isBehind) expect(node.lines.some((line) => line.includes('raising the signer'))).toBe(true);
    await cluster.until(allAt(height + 2), 'more blocks');
    expectAgreement();
  });

  it('silences a validator whose key another process uses', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(1), 'a block');
    const [node, key] = [cluster.node(0), cluster.keys[0]];
    const { vote, bytes } = cluster.forgedVote(key, {
      kind: 'precommit',
      height: node.head + 1,
      round: 7,
      blockId: undefined,
    });
    expect(node.driver?.onConsensusMessage(bytes, cluster.node(1).identity)).toBe(true);
    expect(node.lines.some((line) => line.startsWith('error a vote of this validator'))).toBe(true);
    const from = node.head + 1;
    await cluster.until(allAt(from + 3), 'the others to go on');
    for (let height = from; height <= from + 3; height++) {
      expect(cluster.network.signed.has(`${vote.validator} ${height}/0 prevote`)).toBe(false);
    }
  });
});

describe('a full node', () => {
  it('follows within a hundred milliseconds and catches up from the beginning', async () => {
    cluster = new FakeCluster({ fullNodes: 2 });
    await cluster.start([0, 1, 2, 3, 4]);
    const follower = cluster.node(4);
    for (let height = 1; height <= 6; height++) {
      await cluster.until(() => cluster.node(0).head >= height, `block ${height}`);
      await cluster.until(() => follower.head >= height, 'the full node to follow', 100);
    }
    await cluster.node(5).start();
    await cluster.until(() => cluster.node(5).head >= 6, 'the late one to catch up', 2_000);
    expectAgreement();
    expect(follower.driver?.status()).toMatchObject({ height: undefined, isSigning: false });
  });

  it('takes no block whose certificate is forged, and takes it from another', async () => {
    cluster = new FakeCluster({ fullNodes: 2 });
    await cluster.start([0, 1, 2, 3]);
    await cluster.until(allAt(3), 'three blocks');
    const liar = cluster.node(4);
    const block = cluster.node(0).store.blocks[0];
    if (!block) throw new Error('no block');
    const certificate = Uint8Array.from(block.certificate);
    certificate[certificate.length - 30] = (certificate[certificate.length - 30] ?? 0) ^ 1; // inside a signature
    liar.store.blocks.push({ ...block, certificate });
    liar.store.head = { ...cluster.node(0).store.head, number: 1_000 };
    await liar.start();
    for (const index of [0, 1, 2, 3]) await cluster.node(index).stop();
    await cluster.node(5).start();
    await cluster.pass(2_000);
    expect(cluster.node(5).head).toBe(0);
    expect(cluster.network.penalties.some(({ why }) => why.includes('wrong signature'))).toBe(true);
    await cluster.node(0).start();
    await cluster.until(() => cluster.node(5).head >= 3, 'the honest one to be asked');
  });
});

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
    await cluster.until(() => holds(15, fakeTransaction('wake up')), 'it to be final', 500);
    expect(timeOf(15) - sentMs).toBeLessThan(50);
    await cluster.until(allAt(20), 'full pace after it', 6_000);
    expectAgreement();
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

describe('a disk that is full', () => {
  it('costs the vote, not the node, which votes again once there is room', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const node = cluster.node(2);
    node.disk.fault = (operation) => (operation === 'write' ? 'ENOSPC' : undefined);
    const from = cluster.node(0).head + 2;
    await cluster.until(() => cluster.node(0).head >= from + 4, 'the others to go on');
    const address = cluster.keys[2]?.address;
    for (let height = from; height <= from + 4; height++) expect(signs(height, address)).toBe(false);
    node.disk.fault = () => undefined;
    await cluster.until(() => signs(cluster.node(0).head, address), 'it to sign again', 10_000);
    expectAgreement();
  });

  it('is waited for when a decided block must be stored', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    const node = cluster.node(1);
    node.execution.commitFault = 'STORE_UNWRITABLE';
    await cluster.until(() => cluster.node(0).head >= 3, 'the others to go on');
    expect(node.head).toBe(0);
    node.execution.commitFault = undefined;
    await cluster.until(() => node.head >= 3, 'it to follow', 5_000);
    expectAgreement();
  });
});

function signs(height: number, address: string | undefined): boolean {
  return cluster
    .node(0)
    .store.signersOf(height)
    .some((signer) => signer === address);
}

/** Whether one of the newest blocks up to `number` holds `raw`. */
function holds(number: number, raw: Uint8Array): boolean {
  const { store } = cluster.node(0);
  const hash = keccak256Hex(raw);
  return store.blocks
    .slice(0, number)
    .some((_, at) => store.block(at + 1).transactions.some((transaction) => keccak256Hex(transaction) === hash));
}
