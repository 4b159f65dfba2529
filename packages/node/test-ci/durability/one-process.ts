import { join } from 'node:path';
import { type Random, type RpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import type { CrashPoint } from '../../src/crash-points.ts';
import { diskFaults } from './disk-checks.ts';
import { type Heard, HeardMessages } from './heard-messages.ts';
import { type Cut, cutLogs } from './ledger.ts';
import { type NodeUnderTest, startNode, testBuild } from './node-under-test.ts';
import { createPlayedPeer, type PlayedPeer } from './played-peers.ts';
import { ReturnedBlocks } from './returned-blocks.ts';
import { createTestChain, passingOf } from './test-chain.ts';

/** One validator process of four; the test plays the others. */
export interface OneProcess {
  /** A file to be made with the name of one that cannot be written while it is there. */
  readonly full: string;
  readonly folder: string;
  /**
   * Starts the process, lets it take part until it dies at `point`, cuts its logs, and gives what was wrong meanwhile
   * and what is wrong with its disk. A life that ended while it only fetched blocks is followed by another.
   */
  crashAt(point: CrashPoint, cut: Cut): Promise<string[]>;
  /** Starts it and lets it take part while `act` runs. What was wrong, apart from what `act` throws. */
  live(act: (life: Life) => Promise<void>): Promise<string[]>;
  /** Starts it once more and lets it go on. What is wrong with it, and with all that it ever returned. */
  goOn(): Promise<string[]>;
  close(): Promise<void>;
}

/** The process while it lives. */
export interface Life {
  readonly node: NodeUnderTest;
  readonly client: RpcClient;
  /** The messages of its signer that the peers have heard. */
  heard(): readonly Heard[];
  /** The highest block that its RPC, and that a peer, holds. */
  height(): number;
  peerHeight(): number;
}

const BLOCK_SECONDS = 0.2;
const LIMIT_MS = 180_000;
/** Until one of them holds a signature: the peers may be so far ahead that it passes the point while it catches up. */
const LIVES = 5;

/** A new chain; nothing runs yet. `mutation`: of hooks.mjs. */
export async function createOneProcess(random: Random, mutation?: string): Promise<OneProcess> {
  const directory = temporaryDirectory('one-process');
  const { chain, genesisHash, ports, peersOf } = await createTestChain(directory.path, BLOCK_SECONDS);
  const [victim, ...others] = chain.validators;
  if (!victim) throw new Error('there are four validators');
  const heard = new HeardMessages();
  const peers = await Promise.all(
    others.map(({ index, paths }) =>
      createPlayedPeer({
        ...{
          paths,
          spec: chain.spec,
          pace: { blockTimeMs: BLOCK_SECONDS * 1_000, emptyBlockTimeMs: BLOCK_SECONDS * 1_000 },
        },
        port: ports[index] ?? 0,
        peers: peersOf(index),
        hear: (message) => heard.hear(message),
      }),
    ),
  );
  const ledger = join(directory.path, 'ledger');
  const returned = new ReturnedBlocks();
  const full = join(directory.path, 'full');
  const env = testBuild({ ledger, mutation, full });
  // Nothing is cut after a life; a disk that refuses to write must not refuse the test's own ledger.
  const lifeEnv = testBuild({ mutation, full });
  let node: NodeUnderTest | undefined;
  /** Lives up to now, one after another, in which no block came. */
  let silentLives = 0;

  const sinceStart = (): string[] => [
    ...returned.faults,
    ...heard.conflicts,
    ...chainFaults(returned, peers),
    ...peers.flatMap(({ errors }) => errors.map(String)),
  ];
  const dieAt = async (point: CrashPoint, cut: Cut): Promise<string[]> => {
    const before = returned.highest;
    const passing = passingOf(point, random.int(3, 5), random);
    node = startNode(victim.paths.folder, { ...env, HEDDLE_CRASH_AT: `${point}:${passing}` });
    const end = await takePart(node, peers, returned, node.ended);
    const cuts = cutLogs([victim.paths.folder], ledger, cut, random);
    const faults = sinceStart();
    if (end !== 'SIGKILL') faults.push(`it ended by ${end}`);
    // On a busy machine one may die before it has answered anybody.
    silentLives = returned.highest <= before ? silentLives + 1 : 0;
    if (silentLives >= 3) faults.push(`no block came after ${before} in ${silentLives} lives`);
    const precommits = heard.of(victim.address).filter(({ kind }) => kind === 'precommit');
    faults.push(...(await diskFaults(victim.paths, genesisHash, returned.entries(), precommits)));
    return faults.map((fault) => `${point}:${passing}, cut to ${cut}: ${fault}\n  ${cuts.join('\n  ')}`);
  };
  return {
    full,
    folder: victim.paths.folder,
    async crashAt(point, cut) {
      for (let left = LIVES; left > 0; left--) {
        const votes = heard.of(victim.address).length;
        const faults = await dieAt(point, cut);
        if (faults.length > 0 || heard.of(victim.address).length > votes) return faults;
      }
      return [`${point}: it signed nothing in ${LIVES} lives`];
    },
    async live(act) {
      const started = startNode(victim.paths.folder, lifeEnv);
      node = started;
      let failure: unknown;
      const acted = started.ready().then(({ client }) =>
        act({
          ...{ node: started, client },
          heard: () => heard.of(victim.address),
          height: () => returned.highest,
          peerHeight: () => Math.max(...peers.map((peer) => peer.height())),
        }),
      );
      const end = acted.then(
        () => 'done',
        (error: unknown) => {
          failure = error;
          return 'failed';
        },
      );
      await takePart(started, peers, returned, end);
      if (!started.hasEnded) await started.kill();
      if (failure !== undefined) throw failure;
      return sinceStart();
    },
    async goOn() {
      const from = returned.highest;
      node = startNode(victim.paths.folder, env);
      const reached = waitFor(() => returned.highest >= from + 3, { what: `block ${from + 3}`, timeoutMs: LIMIT_MS });
      const end = await takePart(node, peers, returned, Promise.race([node.ended, reached.then(() => 'reached')]));
      const { client } = await node.ready();
      const faults = [...sinceStart(), ...(await lostFaults(client, returned))];
      await node.kill();
      return end === 'reached' ? faults : [...faults, `it ended by ${end}`];
    },
    async close() {
      if (node && !node.hasEnded) await node.kill();
      for (const peer of peers) await peer.close();
      directory.remove();
    },
  };
}

/** Lets the peers play and the RPC be watched until `end`. Gives how it ended. */
async function takePart(
  node: NodeUnderTest,
  peers: readonly PlayedPeer[],
  returned: ReturnedBlocks,
  end: Promise<string>,
) {
  try {
    const { client } = await node.ready();
    let isOver = false;
    const watch = returned.watch(client, () => isOver);
    await Promise.all(peers.map((peer) => peer.start())); // alone they would go on without it
    const limit = waitFor(() => isOver, { what: 'the end of the node', timeoutMs: LIMIT_MS });
    const how = await Promise.race([
      end,
      limit.then(
        () => 'nothing',
        () => 'nothing in time',
      ),
    ]);
    isOver = true;
    await Promise.all([watch, limit]);
    return how;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    if (!node.hasEnded && (await Promise.race([end, Promise.resolve('')])) === '') await node.kill();
  }
}

/** A returned block that is none of the peers' chain. */
function chainFaults(returned: ReturnedBlocks, peers: readonly PlayedPeer[]): string[] {
  return [...returned.entries()].flatMap(([number, hash]) =>
    peers.flatMap((peer, index) => {
      const other = peer.hashOf(number);
      return other === undefined || other === hash ? [] : [`block ${number} is ${other} on peer ${index}, not ${hash}`];
    }),
  );
}

async function lostFaults(client: RpcClient, returned: ReturnedBlocks): Promise<string[]> {
  const faults: string[] = [];
  for (const [number, hash] of [...returned.entries()]) {
    const block = await client.call('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
    if (block?.hash !== hash) faults.push(`block ${number} was ${hash}, RPC returns ${block?.hash}`);
  }
  return faults;
}
