import { connect, type Socket } from 'node:net';
import { waitFor } from '@heddle/testkit';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { type HostileKind, sendHostile } from '../hostile-messages.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { startRoguePeer } from '../rogue-peer.ts';

/** Messages of each kind to each validator, sent as fast as they are taken: far more than a peer is borne for. */
const FLOODS: readonly (readonly [HostileKind, number])[] = [
  ['garbage', 1_000],
  ['nested lists', 50],
  ['oversized messages', 25],
  ['useless messages', 10_000],
  ['garbage transactions', 1_000],
  ['useless transactions', 5_000],
  ['oversized gossip', 5],
  ['many requests', 1_000],
];
const CONNECTIONS_PER_SECOND = 100;
const WITHIN_MS = 5_000;
/** Then the next kind is tried. */
const CUT_PATIENCE_MS = 15_000;
const MAX_GROWTH_MIB = 150;

/** Case 20: a full node floods every validator, each time with another kind of message; strangers connect in crowds. */
export const floodingPeer: FaultCase = {
  number: 20,
  title: 'a flooding peer: garbage, too large, useless, 1,000 streams, 100 connections a second',
  async run(context) {
    const { network, watch, figures, scale } = context;
    const fromMs = performance.now();
    const before = network.residentMiB();
    let growth = 0;
    const look = setInterval(() => {
      const now = network.residentMiB();
      growth = Math.max(growth, ...now.map((size, index) => size - (before[index] ?? size)));
    }, 200);
    try {
      for (const [kind, count] of FLOODS) await flood(context, kind, count);
      await connectInCrowds(context, scale.ms(10, 3));
    } finally {
      clearInterval(look);
    }
    figures.tookAtMost('mean interval', watch.meanIntervalMs({ fromMs, toMs: performance.now() }), 900);
    figures.measuredAtMost('resident set, most above before', growth, MAX_GROWTH_MIB, 'MiB');
    await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
  },
};

/** One kind from a peer of its own, until every validator has cut it off. */
async function flood({ network, figures, random }: CaseContext, kind: HostileKind, count: number): Promise<void> {
  const rogue = await startRoguePeer(network, { kind: 'full node' });
  const startedMs = performance.now();
  try {
    figures.tell(`${kind}: sent`, await sendHostile(rogue, kind, count, random));
    // Whoever sends less than a peer may, since the machine has no more to give, is not cut off: a matter of time too.
    const isCut = () => rogue.cutMs.size === network.all.length;
    await waitFor(isCut, { what: 'all validators to cut it off', timeoutMs: CUT_PATIENCE_MS }).catch(() => undefined);
    const lastMs = isCut() ? Math.max(...rogue.cutMs.values()) : performance.now();
    figures.tookAtMost(`${kind}: cut off by all`, lastMs - startedMs, WITHIN_MS);
  } finally {
    await rogue.stop();
  }
}

/** Opens connections that say nonsense, or nothing, to all validators in turn. */
async function connectInCrowds({ network, figures, random }: CaseContext, lengthMs: number): Promise<void> {
  const ports = network.listed().map(({ p2pAddress }) => Number(/\/tcp\/(\d+)/.exec(p2pAddress)?.[1]));
  const sockets: Socket[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < lengthMs) {
    const socket = connect(random.pick(ports), '127.0.0.1');
    socket.on('error', () => undefined);
    if (random.chance(0.7)) socket.write(random.bytes(random.int(1, 200)));
    sockets.push(socket);
    const dueMs = (sockets.length / CONNECTIONS_PER_SECOND) * 1_000;
    await elapse(Math.max(dueMs - (performance.now() - startedMs), 0));
  }
  for (const socket of sockets) socket.destroy();
  figures.tell('connections opened', sockets.length);
}
