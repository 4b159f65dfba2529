import type { NetworkRequest } from '@heddle/p2p';
import { bigIntToBytes, encodeRlp, HeddleError, type RlpItem } from '@heddle/primitives';
import { signedTransaction, testAccount, testAccounts } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { holdKeys } from '../../src/pool/held-keys.ts';
import { packBytes } from '../../src/pool/packed-bytes.ts';
import { createPoolExchange, type ExchangeNetwork, type PoolExchange } from '../../src/pool/pool-exchange.ts';
import { DEFAULT_POOL_LIMITS } from '../../src/pool/pool-limits.ts';
import { createPoolService, type PoolService } from '../../src/pool/pool-service.ts';
import { Transferred } from '../../src/threads/port-rpc.ts';
import { RULES, stateAtHead } from './pool-fixture.ts';

const PEER = { peerId: 'peer', validator: undefined, height: 1 };
const open: PoolService[] = [];
afterEach(() => {
  for (const service of open.splice(0)) service.close();
});

/** A real pool with its exchange, in this thread. */
function node() {
  const service = createPoolService({
    rules: RULES,
    limits: DEFAULT_POOL_LIMITS,
    source: { open: () => ({ ...stateAtHead(), close: () => undefined }) },
    keys: holdKeys([]),
    main: { notify: () => undefined },
    now: () => 0,
  });
  open.push(service);
  const { requests } = service.forMain;
  const calls: string[] = [];
  const exchange = createPoolExchange({
    async call(name, input) {
      calls.push(name);
      const answer = await (requests[name] as (input: unknown) => unknown)(input);
      return (answer instanceof Transferred ? answer.value : answer) as never;
    },
  });
  return {
    exchange,
    calls,
    hold: (raws: readonly Uint8Array[]) => requests.gossip(packBytes(raws)),
    size: () => service.forRpc.requests.status(undefined),
  };
}

/** The network as seen by who fetches: what `answer` says, and who was penalized. */
function networkOf(answer: (payload: Uint8Array, asked: number) => Promise<Uint8Array | undefined>) {
  const requests: NetworkRequest[] = [];
  const penalties: string[] = [];
  const network: ExchangeNetwork = {
    async request(_, request) {
      requests.push(request);
      const found = await answer(request.payload, requests.length);
      if (found === undefined) throw new HeddleError('P2P_REQUEST_FAILED', 'it has no answer');
      return found;
    },
    penalize: (_, points, why) => void penalties.push(`${points} ${why}`),
  };
  return { network, requests, penalties };
}

const ofPeer = (exchange: PoolExchange) => networkOf((payload) => exchange.answer(payload));
const page = (next: number, raws: readonly RlpItem[]) => encodeRlp([bigIntToBytes(BigInt(next)), raws]);

describe('a pool that is fetched', () => {
  it('is whole afterwards, page by page', async () => {
    const [theirs, ours] = [node(), node()];
    // 60 kB each: a page of 1 MiB holds 17 of them.
    const raws = testAccounts(40).map(
      (account) => signedTransaction(account, { data: new Uint8Array(60_000), gasLimit: 3_000_000n }).raw,
    );
    for (const raw of raws) await theirs.hold([raw]);
    const { network, requests, penalties } = ofPeer(theirs.exchange);
    await ours.exchange.fetch(network, PEER);
    expect(ours.size()).toMatchObject({ pending: 40, queued: 0 });
    expect(requests.map(({ kind }) => kind)).toEqual(['pool', 'pool', 'pool']);
    expect(penalties).toEqual([]);
  });

  it('costs nothing when it is empty', async () => {
    const [theirs, ours] = [node(), node()];
    const { network, requests, penalties } = ofPeer(theirs.exchange);
    await ours.exchange.fetch(network, PEER);
    expect([requests.length, penalties, ours.calls]).toEqual([1, [], []]);
  });

  it('is handed over in batches of 500', async () => {
    const ours = node();
    const raw = signedTransaction(testAccount(0)).raw;
    const { network } = networkOf(async () => page(0, new Array(1_001).fill(raw)));
    await ours.exchange.fetch(network, PEER);
    expect(ours.calls).toEqual(['gossip', 'gossip', 'gossip']);
    expect(ours.size()).toMatchObject({ pending: 1 });
  });

  it('is asked for once at a time, and again later', async () => {
    const [theirs, ours] = [node(), node()];
    const { network, requests } = ofPeer(theirs.exchange);
    await Promise.all([ours.exchange.fetch(network, PEER), ours.exchange.fetch(network, PEER)]);
    expect(requests).toHaveLength(1);
    await ours.exchange.fetch(network, PEER);
    expect(requests).toHaveLength(2);
  });

  it('of a peer that goes away is left at that, and asked for again when it is back', async () => {
    const ours = node();
    const raw = signedTransaction(testAccount(0)).raw;
    const { network, requests, penalties } = networkOf(async (_, asked) => (asked === 1 ? page(7, [raw]) : undefined));
    await ours.exchange.fetch(network, PEER);
    await ours.exchange.fetch(network, PEER);
    expect([requests.length, penalties]).toEqual([3, []]);
    expect(ours.size()).toMatchObject({ pending: 1 });
  });
});

describe('a peer that is not correct', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['no list', Uint8Array.of(0x80)],
    ['a list without transactions', encodeRlp([bigIntToBytes(1n)])],
    ['too many fields', encodeRlp([bigIntToBytes(1n), [], []])],
    ['lists for transactions', page(0, [[], []])],
    ['a number with leading zeros', encodeRlp([Uint8Array.of(0, 1), []])],
    ['a cut page', page(0, [new Uint8Array(100)]).subarray(0, 50)],
  ])('is penalized when its page is %s', async (_, bytes) => {
    const ours = node();
    const { network, requests, penalties } = networkOf(async () => bytes);
    await ours.exchange.fetch(network, PEER);
    expect(penalties).toEqual(['10 malformed page of the pool']);
    expect([requests.length, ours.calls]).toEqual([1, []]);
  });

  it('is penalized when its pages go in circles', async () => {
    const ours = node();
    const { network, requests, penalties } = networkOf(async () => page(5, []));
    await ours.exchange.fetch(network, PEER);
    expect([requests.length, penalties]).toEqual([2, ['10 malformed page of the pool']]);
  });

  it('is asked for 64 pages at most', async () => {
    const ours = node();
    const { network, requests } = networkOf(async (_, asked) => page(asked, []));
    await ours.exchange.fetch(network, PEER);
    expect(requests).toHaveLength(64);
  });

  it('is left at the first batch that can never be valid', async () => {
    const ours = node();
    const { network, requests, penalties } = networkOf(async () => page(9, new Array(2_000).fill(new Uint8Array(0))));
    await ours.exchange.fetch(network, PEER);
    expect(penalties).toEqual(['10 a transaction of its pool can never be valid']);
    expect([requests.length, ours.calls]).toEqual([1, ['gossip']]);
  });
});

describe('an answer to a peer', () => {
  it('begins after the place that was asked for', async () => {
    const theirs = node();
    const raws = testAccounts(3).map((account) => signedTransaction(account).raw);
    for (const raw of raws) await theirs.hold([raw]);
    const after = (place: number) => theirs.exchange.answer(encodeRlp([bigIntToBytes(BigInt(place))]));
    expect(await after(0)).toEqual(page(0, raws));
    expect(await after(1_000)).toEqual(page(0, []));
  });

  it.each([[new Uint8Array(0)], [encodeRlp([])], [encodeRlp([[]])], [encodeRlp([new Uint8Array(9).fill(1)])]])(
    'is none to a malformed request %#',
    async (payload) => {
      const theirs = node();
      expect(await theirs.exchange.answer(payload)).toBeUndefined();
      expect(theirs.calls).toEqual([]);
    },
  );
});

it('a broken pool thread is not hidden', async () => {
  const exchange = createPoolExchange({ call: () => Promise.reject(new TypeError('a bug')) });
  const { network } = networkOf(async () => page(0, [Uint8Array.of(1)]));
  await expect(exchange.fetch(network, PEER)).rejects.toThrow('a bug');
});
