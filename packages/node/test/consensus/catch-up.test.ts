import { decodeValidatorSet, proposerOf } from '@heddle/consensus';
import { decodeBlock, encodeBlock } from '@heddle/primitives';
import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { answerRequest } from '../../src/consensus/answer-requests.ts';
import { KnownBlocks } from '../../src/consensus/known-blocks.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/consensus/messages.ts';
import { areAllAt, expectAgreement, isSignedBy } from './cluster-checks.ts';
import { fakeTransaction, genesisHead } from './fake-chain.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

function allAt(height: number): () => boolean {
  return () => areAllAt(cluster, height);
}

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
    expectAgreement(cluster);
    expect(follower.driver?.status()).toMatchObject({ height: undefined, isSigning: false });
  });

  it('and a wiped validator take a long chain from their peers', async () => {
    cluster = new FakeCluster({ fullNodes: 1, pace: { blockTimeMs: 50, emptyBlockTimeMs: 50 }, timestamps: 'shared' });
    await cluster.start([0, 1, 2, 3]);
    await cluster.until(allAt(80), 'a long chain');
    const wiped = cluster.node(3);
    await wiped.kill();
    wiped.rewindStore(0);
    const headBefore = cluster.node(0).head;
    const signedHeights: number[] = [];
    cluster.network.isLost = (from, _to, bytes) => {
      const message = decodePeerMessage(bytes);
      if (message.type === 'status' || from !== wiped.identity.peerId) return false;
      const { height, validator } = message.type === 'vote' ? message.vote : message.proposal;
      if (validator === wiped.identity.validator) signedHeights.push(height);
      return false;
    };
    await wiped.start();
    await cluster.node(4).start();
    await cluster.until(() => cluster.node(4).head >= 80, 'the full node');
    await cluster.until(() => wiped.driver?.status().isSigning === true && wiped.head > 80, 'the validator to sign');
    expect(wiped.driver?.syncing()).toBeUndefined();
    await cluster.until(() => signedHeights.length > 0, 'its first vote');
    expect(Math.min(...signedHeights)).toBeGreaterThan(headBefore);
    expect(cluster.network.doubleSigned).toEqual([]);
  });

  it('lets a validator vote as soon as it is where the others are, whatever a silent peer claims', async () => {
    cluster = new FakeCluster({ pace: { blockTimeMs: 500, emptyBlockTimeMs: 500 }, timestamps: 'shared' });
    await cluster.start([0, 1, 2, 3]);
    await cluster.until(allAt(2), 'two blocks');
    const late = cluster.node(3);
    await late.kill();
    await cluster.until(() => cluster.node(0).head >= 6, 'blocks without it');
    const boaster = { peerId: 'boaster', validator: undefined, height: 1_000_000 };
    const status = { height: 1_000_001, round: -1, role: 'follow', rounds: [], previous: undefined } as const;
    let asked = 0;
    cluster.network.connect(boaster, {
      onConsensusMessage: () => true,
      onRequest: () => {
        asked++;
        return new Promise(() => undefined);
      },
      onPeerConnected: () => undefined,
      onPeerDisconnected: () => undefined,
    });
    await late.start();
    late.driver?.onConsensusMessage(encodePeerMessage({ type: 'status', status }), boaster);
    await cluster.until(() => late.head >= 6 && late.driver?.status().isSigning === true, 'it to vote', 5_000);
    expect(asked).toBeGreaterThan(0);
    const from = cluster.node(0).head + 1;
    await cluster.until(
      () =>
        cluster
          .node(0)
          .store.blocks.some((_, at) => at + 1 >= from && isSignedBy(cluster, at + 1, late.identity.validator)),
      'its signature in a certificate',
      10_000,
    );
    cluster.network.disconnect('boaster');
  });

  it('has a validator take the blocks of others at once, though it builds one for a height long decided', async () => {
    cluster = new FakeCluster();
    const first = proposerOf(decodeValidatorSet(genesisHead(cluster.spec).nextValidators), 0);
    const all = [0, 1, 2, 3];
    const turn = all.findIndex((index) => cluster.node(index).identity.validator === first);
    const [late, others] = [cluster.node(turn), all.filter((index) => index !== turn)];
    await cluster.start(others);
    await cluster.until(() => others.every((index) => cluster.node(index).head >= 5), 'blocks without it');
    for (const index of others) await cluster.node(index).stop();
    const { execution } = late;
    const commit = execution.commit.bind(execution);
    let building: Promise<unknown> | undefined;
    execution.build = ({ cancel }) => {
      const isCalledOff = () => Atomics.load(new Int32Array(cancel), 0) !== 0;
      const build = waitFor(isCalledOff, { what: 'the build to be called off', everyMs: 1 });
      building = build;
      return build.then(() => ({ status: 'cancelled' }) as const);
    };
    // As the execution thread does it: one job after another.
    execution.commit = async (job) => {
      await building;
      return commit(job);
    };
    await late.start();
    await cluster.until(() => building !== undefined, 'its own proposal to be built');
    for (const index of others) await cluster.node(index).start();
    await cluster.until(() => late.head >= 5, 'it to catch up', 5_000);
    expectAgreement(cluster);
  });

  it('keeps a validator in its round when what came as the next block is another', async () => {
    cluster = new FakeCluster();
    await cluster.start();
    await cluster.until(allAt(3), 'three blocks');
    const late = cluster.node(3);
    await late.kill();
    const next = late.head + 1;
    await cluster.until(() => cluster.node(0).head >= next, 'a block without it');
    for (const index of [0, 1, 2]) await cluster.node(index).stop();
    await late.start();
    await cluster.until(() => late.driver?.status().step === 'propose', 'its round to begin', 10_000);

    const { block, certificate } = cluster.node(0).store.blocks[next - 1] ?? expect.unreachable();
    const { header } = decodeBlock(block);
    const foreign = encodeBlock({ header, transactions: [fakeTransaction('foreign')], withdrawals: [] });
    const blocks = async () => [{ block: foreign, certificate }];
    const liar = { peerId: 'liar', validator: undefined, height: 1_000_000 };
    const status = { height: liar.height, round: -1, role: 'follow', rounds: [], previous: undefined } as const;
    cluster.network.connect(liar, {
      onConsensusMessage: () => true,
      onRequest: (request) => answerRequest(request, { blocks }, new KnownBlocks()),
      onPeerConnected: () => undefined,
      onPeerDisconnected: () => undefined,
    });
    late.driver?.onConsensusMessage(encodePeerMessage({ type: 'status', status }), liar);
    const isFoundOut = () => cluster.network.penalties.some(({ why }) => why.includes("not the header's"));
    await cluster.until(isFoundOut, 'the foreign body to be found out');
    expect(late.driver?.status()).toMatchObject({ height: next, round: 0, step: 'propose' });
    await cluster.until(() => late.driver?.status().step === 'prevote', 'its vote when no proposal comes', 5_000);
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
