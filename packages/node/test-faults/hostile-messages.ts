import { type Hash, type Hex, hexToBytes } from '@heddle/primitives';
import { accountOfKey, mutatedBytes, nestedLists, type Random, transfer } from '@heddle/testkit';
import { encodePeerMessage } from '../src/consensus/messages.ts';
import { encodePieceRequest, encodeRangeRequest } from '../src/consensus/requests.ts';
import { encodePageRequest } from '../src/pool/pool-page.ts';
import type { RoguePeer } from './rogue-peer.ts';

/** What a rogue peer sends. */
export const HOSTILE_KINDS = [
  'garbage',
  'mutated messages',
  'useless messages',
  'nested lists',
  'oversized messages',
  'garbage transactions',
  'useless transactions',
  'oversized gossip',
  'garbage requests',
  'many requests',
] as const;
/** One of {@link HOSTILE_KINDS}. */
export type HostileKind = (typeof HOSTILE_KINDS)[number];

const MIB = 1_024 * 1_024;
const ID: Hash = `0x${'ab'.repeat(32)}`;
const SIGNED = { validator: `0x${'cd'.repeat(20)}`, signature: new Uint8Array(65).fill(27) } as const;
/** A key that holds nothing on any chain. */
const POOR = accountOfKey(hexToBytes(`0x${'5a'.repeat(32)}` as Hex));

const VALID: readonly Uint8Array[] = [
  encodePeerMessage({ type: 'vote', vote: { kind: 'prevote', height: 3, round: 0, blockId: ID, ...SIGNED } }),
  encodePeerMessage({
    type: 'proposal',
    proposal: { height: 3, round: 0, polRound: -1, blockId: ID, ...SIGNED },
    outline: undefined,
  }),
  encodePeerMessage({
    type: 'status',
    status: { height: 3, round: 0, role: 'vote', rounds: [], previous: undefined },
  }),
];
const REQUESTS = {
  blocks: encodeRangeRequest({ from: 1, maxCount: 128, maxBytes: 2 * MIB }),
  transactions: encodePieceRequest({ type: 'transactions', blockId: ID, places: [0, 1, 2] }),
  pool: encodePageRequest(0),
} as const;

/** Sends `count` messages of `kind` to every validator that `rogue` is connected to. How many left. */
export async function sendHostile(rogue: RoguePeer, kind: HostileKind, count: number, random: Random): Promise<number> {
  let sent = 0;
  for (let index = 0; index < count; index++) {
    if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (rogue.targets().length === 0) break;
    sent += SENDERS[kind](rogue, random, index);
  }
  return sent;
}

type Sender = (rogue: RoguePeer, random: Random, index: number) => number;

const SENDERS: Readonly<Record<HostileKind, Sender>> = {
  garbage: toAll((random) => random.bytes(random.int(1, 400))),
  'mutated messages': toAll((random) => mutatedBytes(random, VALID)),
  'useless messages': toAll((random, index) => {
    const place = { height: random.pick([0, 1, 10_000 + index]), round: random.pick([0, 7, 2 ** 31 - 1]) };
    return encodePeerMessage({ type: 'vote', vote: { kind: 'precommit', ...place, blockId: undefined, ...SIGNED } });
  }),
  'nested lists': toAll(() => {
    const bytes = new Uint8Array(200 * 1_024);
    bytes.set(nestedLists(bytes.length - 1), 1);
    bytes[0] = 3;
    return bytes;
  }),
  'oversized messages': toAll(() => new Uint8Array(2 * MIB).fill(1)),
  'garbage transactions': (rogue, random) => {
    rogue.network.publishTransactions(Array.from({ length: 20 }, () => random.bytes(random.int(1, 300))));
    return 1;
  },
  'useless transactions': (rogue, _, index) => {
    rogue.network.publishTransactions([transfer(POOR, `0x${'00'.repeat(19)}ff`, 1n, { nonce: index % 50 }).raw]);
    return 1;
  },
  'oversized gossip': (rogue) => {
    rogue.network.publishTransactions([new Uint8Array(2 * MIB)]);
    return 1;
  },
  'garbage requests': (rogue, random) => {
    const kind = random.pick(['blocks', 'transactions', 'pool'] as const);
    const payload = random.chance(0.5) ? mutatedBytes(random, [REQUESTS[kind]]) : random.bytes(random.int(0, 2_000));
    return ask(rogue, kind, payload);
  },
  'many requests': (rogue, random) => {
    const kind = random.pick(['blocks', 'pool'] as const);
    return ask(rogue, kind, REQUESTS[kind]);
  },
};

function toAll(make: (random: Random, index: number) => Uint8Array): Sender {
  return (rogue, random, index) =>
    rogue.targets().filter((peerId) => rogue.network.sendConsensus(peerId, make(random, index))).length;
}

function ask(rogue: RoguePeer, kind: keyof typeof REQUESTS, payload: Uint8Array): number {
  const targets = rogue.targets();
  for (const peerId of targets) rogue.network.request(peerId, { kind, payload }).catch(() => undefined);
  return targets.length;
}
