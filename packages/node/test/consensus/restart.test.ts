import { afterEach, describe, expect, it } from 'vitest';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import { areAllAt, expectAgreement, isIncluded, isSignedBy } from './cluster-checks.ts';
import { fakeTransaction } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

function allAt(height: number): () => boolean {
  return () => areAllAt(cluster, height);
}

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
      expectAgreement(cluster);
    },
  );

  it('of all, after they precommitted, leaves nobody locked on a block that nobody has', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(8), 'eight blocks');
    const height = cluster.node(0).head + 1;
    const transaction = fakeTransaction('precommitted');
    for (const node of cluster.nodes) node.pool.add(transaction);
    cluster.network.isLost = (_from, _to, message) => {
      const sent = decodePeerMessage(message);
      return sent.type === 'vote' && sent.vote.kind === 'precommit' && sent.vote.height === height;
    };
    const precommits = () =>
      cluster.keys.map(({ address }) => cluster.network.signed.get(`${address} ${height}/0 precommit`));
    await cluster.until(() => precommits().every((blockId) => blockId !== undefined), 'all precommits');
    const [blockId] = precommits();
    expect(blockId).toMatch(/^0x/);
    for (const node of cluster.nodes) await node.kill();
    cluster.network.isLost = () => false;
    for (const node of cluster.nodes) await node.start(); // with empty pools
    await cluster.until(allAt(height), 'that height', 5_000);
    expect(cluster.nodes.map(({ published }) => published.get(height))).toEqual(precommits());
    expect(isIncluded(cluster, height, transaction)).toBe(true);
    await cluster.until(allAt(height + 3), 'more blocks');
    expectAgreement(cluster);
  });

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
    expectAgreement(cluster);
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

  it('refuses a signer that was restored from an older copy than the log, and raises it when told to', async () => {
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
    await expect(node.start()).rejects.toMatchObject({
      code: 'SIGNER_STATE_OLD',
      message: expect.stringMatching(/too old: it ends at height \d+, round 0, the (consensus log|certificate)/),
      remedy: expect.stringContaining('--accept-signer-state'),
    });
    await node.start({ acceptState: true });
    if (isBehind) expect(node.lines.some((line) => line.includes('raising it'))).toBe(true);
    for (const each of cluster.nodes) if (each !== node) await each.start();
    await cluster.until(() => isSignedBy(cluster, cluster.node(1).head, address), 'it to sign', 20_000);
    await cluster.until(allAt(height + 2), 'more blocks');
    expectAgreement(cluster);
  });

  it('refuses an old signer by a stored certificate alone, and makes it wait for two heights when told to', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    const node = cluster.node(0);
    const old = node.disk.bytes(node.paths.stateFile) ?? new Uint8Array(0);
    await cluster.until(allAt(6), 'six blocks');
    for (const each of cluster.nodes) await each.kill();
    const { head } = node;
    node.disk.put(node.paths.stateFile, old);
    await node.disk.remove(node.walFile);
    await expect(node.start()).rejects.toMatchObject({
      code: 'SIGNER_STATE_OLD',
      message: expect.stringMatching(/the certificate of block \d/),
    });
    await node.start({ acceptState: true });
    await node.kill(); // what it waits for outlives the process, and needs the flag no more
    for (const each of cluster.nodes) await each.start();
    await cluster.until(allAt(head + 1), 'one block');
    expect(node.driver?.status().isSigning).toBe(false);
    await cluster.until(() => node.driver?.status().isSigning === true, 'it to sign again');
    expect(node.head).toBe(head + 2);
    await cluster.until(allAt(head + 4), 'more blocks');
    expectAgreement(cluster);
  });

  it('takes a signer for normal that is merely below the head: its node followed', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(2), 'two blocks');
    const node = cluster.node(0);
    await node.kill();
    const others = cluster.nodes.filter((one) => one !== node);
    await cluster.until(() => others.every(({ head }) => head >= 8), 'the others to go on');
    node.store.copyFrom(cluster.node(1).store); // as a sync leaves it: without a vote
    await node.start();
    await cluster.until(() => node.driver?.status().isSigning === true, 'it to sign');
    await cluster.until(allAt(12), 'more blocks');
    expectAgreement(cluster);
  });

  it('lets a validator that lost state, log and blocks sign once it is past all that it may have signed', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(6), 'six blocks');
    const node = cluster.node(0);
    await node.kill();
    node.rewindStore(0);
    await node.disk.remove(node.walFile);
    await node.disk.remove(node.paths.stateFile);
    const { head } = cluster.node(1);
    await node.start({ acceptState: true });
    await cluster.until(() => node.driver?.status().isSigning === true, 'it to sign again');
    expect(node.head).toBeGreaterThan(head);
    await cluster.until(allAt(head + 4), 'more blocks');
    expectAgreement(cluster);
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
    for (let height = from; height <= from + 4; height++) expect(isSignedBy(cluster, height, address)).toBe(false);
    node.disk.fault = () => undefined;
    await cluster.until(() => isSignedBy(cluster, cluster.node(0).head, address), 'it to sign again', 10_000);
    expectAgreement(cluster);
  });

  it.each(['STORE_UNWRITABLE', 'EXECUTION_FAILED'])(
    'or another fault (%s) that keeps a decided block from being stored ends the node, which goes on when started again',
    async (code) => {
      cluster = new FakeCluster();
      await cluster.start();
      const node = cluster.node(1);
      node.execution.commitFault = code;
      await cluster.until(() => node.errors.length > 0, 'it to end');
      expect(node.errors).toMatchObject([{ code }]);
      await cluster.until(() => cluster.node(0).head >= 3, 'the others to go on');
      expect(node.head).toBe(0);
      await node.kill();
      node.errors.length = 0;
      node.execution.commitFault = undefined;
      await node.start();
      await cluster.until(() => node.head >= 3, 'it to follow', 5_000);
      expectAgreement(cluster);
    },
  );
});
