import { createNetwork, identityFromSeed, type Network, type NetworkRequest, type PeerAddress } from '@heddle/p2p';
import { decodeBlock, encodeBlock, keccak256, keccak256Hex, signDigest } from '@heddle/primitives';
import { waitFor } from '@heddle/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerRequest } from '../../src/consensus/answer-requests.ts';
import { createConsensusDriver } from '../../src/consensus/consensus-driver.ts';
import type { DriverClock } from '../../src/consensus/driver-ports.ts';
import { KnownBlocks } from '../../src/consensus/known-blocks.ts';
import { encodePeerMessage } from '../../src/consensus/messages.ts';
import { decodeRangeRequest } from '../../src/consensus/requests.ts';
import { systemClock } from '../../src/consensus/system-clock.ts';
import type { BlockRangeRequest, DecidedBlock } from '../../src/execution/main-boundary.ts';
import { lateNetwork } from '../../src/network-wiring.ts';
import { FakeExecution, FakePool, FakeStore, fakeTransaction } from './fake-chain.ts';
import { type FakeHistory, fakeHistory } from './fake-history.ts';

// A new node that takes a chain from several peers over real sockets, some of which do not want it to.

const BLOCKS = 150;
const CHAIN_TAG = keccak256Hex(Buffer.from('sync test'));
const PACE = { blockTimeMs: 1_000, emptyBlockTimeMs: 1_000 };

let history: FakeHistory;
beforeAll(async () => {
  history = await fakeHistory(BLOCKS, { transactions: 3, transactionBytes: 100 });
});

const running: Network[] = [];
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await Promise.all(running.splice(0).map((network) => network.stop()));
});

interface ServingPeer {
  readonly peerId: string;
  readonly address: PeerAddress;
  /** Requests for blocks that came. */
  asked: number;
}

type Blocks = (request: BlockRangeRequest) => readonly DecidedBlock[];
const honest: Blocks = ({ from, maxCount }) => history.store.blocks.slice(from - 1, from - 1 + maxCount);

/** A peer that says it has the whole chain and answers as it wants. */
async function serve(
  name: string,
  answer: (request: NetworkRequest) => Promise<Uint8Array | undefined>,
  options: { readonly validator?: number; readonly head?: number } = {},
): Promise<ServingPeer> {
  const network = await listen(name, options.validator, async (request) => {
    peer.asked++;
    return answer(request);
  });
  const peer = { peerId: network.peerId, address: addressOf(network, options.validator), asked: 0 };
  const height = (options.head ?? BLOCKS) + 1;
  const status = { height, round: -1, role: 'follow', rounds: [], previous: undefined } as const;
  const tell = () => {
    for (const { peerId } of network.peers()) {
      network.sendConsensus(peerId, encodePeerMessage({ type: 'status', status }));
    }
  };
  const timer = setInterval(tell, 50);
  endings.push(async () => clearInterval(timer));
  return peer;
}

const answersWith = (blocks: Blocks) => (request: NetworkRequest) =>
  answerRequest(request, { blocks: async (range) => blocks(range) }, new KnownBlocks());

interface ListenOptions {
  readonly peers?: readonly PeerAddress[];
  readonly onMessage?: Parameters<typeof createNetwork>[1]['onConsensusMessage'];
  /** After how long a request whose answer does not come has failed. */
  readonly paceAfterMs?: number | undefined;
}

async function listen(
  name: string,
  validator: number | undefined,
  onRequest: (request: NetworkRequest) => Promise<Uint8Array | undefined>,
  { peers = [], onMessage = () => true, paceAfterMs = 1_000 }: ListenOptions = {},
): Promise<Network> {
  const { privateKey } = await identityFromSeed(keccak256(Buffer.from(name)));
  const account = validator === undefined ? undefined : history.keys[validator];
  const sign = account && ((digest: Uint8Array) => signDigest(digest, account.privateKey));
  const network = await createNetwork(
    {
      chainTag: CHAIN_TAG,
      identity: { privateKey, validator: account?.address, sign },
      listen: '/ip4/127.0.0.1/tcp/0',
      announce: [],
      peers,
      validators: history.keys.map(({ address }) => address),
      maxFullNodes: 16,
      limits: { answerPaceAfterMs: paceAfterMs },
      log: { debug() {}, info() {}, warn() {} },
    },
    {
      onTransactions: async () => 'ignore',
      onConsensusMessage: onMessage,
      onRequest: (request) => onRequest(request),
      onPeerConnected: () => undefined,
      onPeerDisconnected: () => undefined,
      height: () => 0,
    },
  );
  running.push(network);
  return network;
}

function addressOf(network: Network, validator: number | undefined): PeerAddress {
  const account = validator === undefined ? undefined : history.keys[validator];
  const [multiaddr = ''] = network.listenAddresses;
  return { peerId: network.peerId, multiaddr, validator: account?.address };
}

/** A full node with nothing that knows `peers`. */
async function join(
  peers: readonly ServingPeer[],
  {
    clockOf = () => systemClock,
    paceAfterMs,
  }: { readonly clockOf?: (store: FakeStore) => DriverClock; readonly paceAfterMs?: number | undefined } = {},
): Promise<{ store: FakeStore; network: Network; errors: unknown[] }> {
  const { spec, domain } = history;
  const store = new FakeStore(spec);
  const late = lateNetwork();
  const errors: unknown[] = [];
  const execution = new FakeExecution(spec, store, { ...systemClock, schedule: soon });
  const driver = createConsensusDriver(
    { spec, domain, pace: PACE },
    {
      ...{ network: late, execution, pool: new FakePool(store), voter: undefined, clock: clockOf(store) },
      log: { debug() {}, info() {}, warn() {}, error() {} },
      events: { onCommitted: () => undefined, onFailed: (error) => errors.push(error) },
    },
  );
  await driver.start();
  endings.push(() => driver.stop());
  const addresses = peers.map(({ address }) => address);
  late.network = await listen('new node', undefined, driver.onRequest as never, {
    ...{ peers: addresses, onMessage: driver.onConsensusMessage, paceAfterMs },
  });
  return { store, network: late.network, errors };
}

function soon(_ms: number, callback: () => void): () => void {
  setImmediate(callback);
  return () => undefined;
}

async function synced(store: FakeStore): Promise<void> {
  await waitFor(() => store.head.number === BLOCKS, { what: 'the whole chain' });
  expect(store.head.hash).toBe(history.store.head.hash);
}

/** A block whose body is another's: its header and certificate stay right. */
function withForeignBody({ block, certificate }: DecidedBlock): DecidedBlock {
  const { header } = decodeBlock(block);
  return { block: encodeBlock({ header, transactions: [fakeTransaction('foreign')], withdrawals: [] }), certificate };
}

function forged({ block, certificate }: DecidedBlock): DecidedBlock {
  const changed = Uint8Array.from(certificate);
  changed[changed.length - 30] = (changed[changed.length - 30] ?? 0) ^ 1; // inside the last signature
  return { block, certificate: changed };
}

describe('a new node', () => {
  it('asks several peers at once', async () => {
    // None is quick enough to give everything before the others are asked.
    const peers: ServingPeer[] = [];
    const areAllAsked = () => peers.length === 3 && peers.every(({ asked }) => asked > 0);
    const patient = async (request: NetworkRequest) => {
      await waitFor(areAllAsked, { what: 'all to be asked' });
      return answersWith(honest)(request);
    };
    for (const number of [1, 2, 3]) peers.push(await serve(`honest ${number}`, patient));
    const { store, errors } = await join(peers);
    await synced(store);
    expect(peers.filter(({ asked }) => asked > 0)).toHaveLength(3);
    expect(peers.reduce((sum, { asked }) => sum + asked, 0)).toBeLessThan(BLOCKS / 3); // many blocks at a time
    expect(errors).toEqual([]);
  });

  it('executes blocks while those after them are proved', async () => {
    let pauses = 0;
    const clockOf = (store: FakeStore): DriverClock => ({
      ...systemClock,
      schedule(delayMs, callback) {
        if (delayMs > 0 || pauses++ === 0) return systemClock.schedule(delayMs, callback);
        let isOff = false;
        const goesOn = () => isOff || store.head.number > 0;
        void waitFor(goesOn, { what: 'a block while others are proved' }).then(() => isOff || callback());
        return () => {
          isOff = true;
        };
      },
    });
    const { store, errors } = await join([await serve('honest', answersWith(honest))], { clockOf });
    await synced(store);
    expect(pauses).toBeGreaterThan(1);
    expect(errors).toEqual([]);
  });

  it('takes nothing wrong, drops whoever gives it after the first answer, and finishes from the others', async () => {
    const spoil = (change: (decided: DecidedBlock) => DecidedBlock) =>
      answersWith((range) => honest(range).map((decided, index) => (index === 2 ? change(decided) : decided)));
    const foreign = await serve('foreign bodies', spoil(withForeignBody));
    const liars = await Promise.all([
      serve('forged certificates', spoil(forged)),
      serve(
        'wrong blocks',
        answersWith(({ from, ...rest }) => honest({ ...rest, from: from + 1 })),
      ),
      serve('damaged', async (request) => (await answersWith(honest)(request))?.slice(0, -40)),
      serve(
        'more than asked for',
        answersWith((range) => honest({ ...range, maxCount: range.maxCount + 1 })),
      ),
    ]);
    const silent = await serve('silent', () => new Promise(() => undefined));
    const boaster = await serve('boaster', answersWith(honest), { head: 1_000_000 });
    const throttled = await serve('a validator that lies', spoil(forged), { validator: 3 });
    const areLiarsAsked = () => foreign.asked > 0 && liars.filter(({ asked }) => asked > 0).length >= 2;
    const good = await serve('honest', async (request) => {
      await waitFor(areLiarsAsked, { what: 'liars to be asked' });
      return answersWith(honest)(request);
    });
    const { store, network, errors } = await join([...liars, foreign, silent, boaster, throttled, good]);
    await synced(store);
    expect(errors).toEqual([]);
    const connected = network.peers().map(({ peerId }) => peerId);
    expect(connected).not.toContain(foreign.peerId); // found out when its block is executed
    for (const { peerId, asked } of liars) {
      expect(asked).toBeLessThanOrEqual(2); // two requests may be under way when the first answer comes
      if (asked > 0) expect(connected).not.toContain(peerId);
    }
    expect(silent.asked).toBeLessThanOrEqual(2);
    expect(throttled.asked).toBeLessThanOrEqual(2);
    expect(connected).toEqual(expect.arrayContaining([good.peerId, throttled.peerId]));
  });

  it('waits for nobody who is silent when another has the blocks', async () => {
    const silent = await serve('silent', () => new Promise(() => undefined), { head: 10 * BLOCKS });
    const { store } = await join([silent]);
    await waitFor(() => silent.asked === 2, { what: 'the silent peer to be asked' });
    const good = await serve('honest', answersWith(honest));
    expect(store.head.number).toBe(0);
    running.at(-2)?.addPeer(good.address);
    await synced(store);
    expect(silent.asked).toBe(2);
  });

  it('asks again where a request may have been lost, and there is nobody else', async () => {
    let heard = 0;
    const peer = await serve('deaf at first', async (request) => {
      return ++heard === 1 ? new Promise(() => undefined) : answersWith(honest)(request);
    });
    const { store, network } = await join([peer], { paceAfterMs: 600_000 });
    await waitFor(() => store.head.number > 0, { what: 'the first blocks' });
    expect(network.metrics()).toMatchObject({ heddle_p2p_request_failures_total: 0 }); // the first is still waited for
  });

  it('takes a block that is larger than any answer', async () => {
    history = await fakeHistory(2, { transactions: 50, transactionBytes: 100_000 });
    const ranges: (number | undefined)[] = [];
    const peer = await serve(
      'honest',
      async (request) => {
        ranges.push(decodeRangeRequest(request.payload).offset);
        return answersWith(honest)(request);
      },
      { head: 2 },
    );
    const { store } = await join([peer]);
    await waitFor(() => store.head.number === 2, { what: 'both blocks' });
    expect(ranges.filter((offset) => offset !== undefined).length).toBeGreaterThanOrEqual(2);
  });
});
