import type { NetworkRequest, PeerIdentity } from '@heddle/p2p';
import { EMPTY_TRIE_ROOT, equalBytes, type Hash, HeddleError, hashHeader, keccak256Hex } from '@heddle/primitives';
import { createFakeClock } from '@heddle/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { answerRequest } from '../../src/consensus/answer-requests.ts';
import { BlockFetcher } from '../../src/consensus/block-fetcher.ts';
import { assembleBlock, type FetchedBlock, KnownBlocks, type WholeBlock } from '../../src/consensus/known-blocks.ts';
import { encodeRaws } from '../../src/consensus/requests.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { FakePool, FakeStore, fakeSpec, fakeTransaction, unsignedTransaction } from './fake-chain.ts';

const { spec } = fakeSpec(1, 1_800_000_000);
const HEIGHT = 1;
const EXECUTION = { blocks: async () => [] };

function blockOf(count: number, sizeBytes = 40): WholeBlock {
  const transactions = Array.from({ length: count }, (_, index) => fakeTransaction(`${index} `.padEnd(sizeBytes, '.')));
  const header = { ...genesisBlock(spec, EMPTY_TRIE_ROOT).header, number: HEIGHT, gasUsed: BigInt(count) };
  const transactionHashes = transactions.map(keccak256Hex);
  return assembleBlock({ header, transactionHashes }, { transactions, transactionHashes, senders: [] });
}

type Answer = (request: NetworkRequest) => Promise<Uint8Array | undefined>;

/** A peer that holds `block`. */
function holder(block: WholeBlock): Answer {
  const known = new KnownBlocks();
  known.putWhole(block);
  return (request) => answerRequest(request, EXECUTION, known);
}

describe('fetching a block', () => {
  const clock = createFakeClock();
  const peers = new Map<string, Answer>();
  const asked: string[] = [];
  let penalties: string[];
  let known: KnownBlocks;
  let pool: FakePool;
  let fetcher: BlockFetcher;

  beforeEach(() => {
    peers.clear();
    asked.length = 0;
    penalties = [];
    known = new KnownBlocks();
    pool = new FakePool(new FakeStore(spec));
    const network = {
      peers: (): PeerIdentity[] => [...peers.keys()].map((peerId) => ({ peerId, validator: undefined, height: 0 })),
      request: async (peerId: string, request: NetworkRequest) => {
        asked.push(peerId);
        const answer = await peers.get(peerId)?.(request);
        if (!answer) throw new HeddleError('P2P_REQUEST_FAILED', 'no answer');
        return answer;
      },
      penalize: (peerId: string) => penalties.push(peerId),
    };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    fetcher = new BlockFetcher({ network, pool, clock, log }, known);
  });

  async function obtain(
    blockId: Hash,
    signal = new AbortController().signal,
    foreignBodies = 0,
  ): Promise<FetchedBlock | undefined> {
    const running = fetcher.obtain({ blockId, height: HEIGHT, proposer: undefined, foreignBodies, signal });
    let isOver = false;
    void running.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
    return running;
  }

  it('asks nobody when the pool has everything', async () => {
    const block = blockOf(5);
    for (const raw of block.transactions) pool.add(raw);
    known.putOutline(block.blockId, block);
    expect((await obtain(block.blockId))?.bytes).toEqual(block.bytes);
    expect(asked).toEqual([]);
  });

  it('asks for the outline and what the pool lacks, and puts both together in order', async () => {
    const block = blockOf(9);
    for (const place of [0, 3, 8]) pool.add(block.transactions[place] ?? new Uint8Array(0));
    peers.set('a', holder(block));
    const fetched = await obtain(block.blockId);
    expect(fetched?.bytes).toEqual(block.bytes);
    expect(fetched?.senders).toHaveLength(9);
    expect(asked).toEqual(['a', 'a']);
  });

  it('comes back for what does not fit one answer', async () => {
    const block = blockOf(60, 100_000); // 6 MB; one answer holds a third of it
    peers.set('a', holder(block));
    const fetched = await obtain(block.blockId);
    expect(fetched && equalBytes(fetched.bytes, block.bytes)).toBe(true);
    expect(asked.length).toBe(4);
  });

  it('turns to another peer when one is silent, gives other transactions or another outline', async () => {
    const block = blockOf(4);
    peers.set('silent', async () => undefined);
    peers.set('liar', async (request) =>
      isOutlineRequest(request) ? holder(blockOf(3))(request) : encodeRaws([fakeTransaction('something else')]),
    );
    const other = assembleBlock(
      { header: { ...block.header, gasUsed: 7n }, transactionHashes: [] },
      { transactions: [], transactionHashes: [], senders: [] },
    );
    peers.set('wrong outline', async (request) =>
      holder(other)({ ...request, payload: outlineRequestFor(other.blockId, request.payload) }),
    );
    peers.set('honest', holder(block));
    expect((await obtain(block.blockId))?.bytes).toEqual(block.bytes);
    expect(penalties).toEqual(['wrong outline']); // the list of another may be what is wrong, not the transactions
  });

  it('waits for no peer that says nothing at all while others are there', async () => {
    const block = blockOf(4);
    peers.set('mute', () => new Promise(() => {}));
    peers.set('honest', holder(block));
    const beganMs = clock.now();
    expect((await obtain(block.blockId))?.bytes).toEqual(block.bytes);
    expect(clock.now() - beganMs).toBeLessThan(1_000);
    expect(asked.filter((peerId) => peerId === 'mute')).toHaveLength(2); // for the list, and for the transactions
  });

  it('penalizes a peer whose transactions are not those of its own list', async () => {
    const block = blockOf(4);
    peers.set('liar', async (request) =>
      isOutlineRequest(request) ? holder(block)(request) : encodeRaws([fakeTransaction('something else')]),
    );
    peers.set('honest', holder(block));
    expect((await obtain(block.blockId))?.bytes).toEqual(block.bytes);
    expect(penalties).toEqual(['liar']);
  });

  it('takes the list of another peer where the one that came with the proposal leads nowhere', async () => {
    const block = blockOf(3);
    const invented = [keccak256Hex(Uint8Array.of(1)), keccak256Hex(Uint8Array.of(2))];
    known.putOutline(block.blockId, { header: block.header, transactionHashes: invented });
    peers.set('proposer', async (request) =>
      isOutlineRequest(request) ? outlineOf(block, invented)(request) : undefined,
    );
    peers.set('honest', holder(block));
    expect((await obtain(block.blockId))?.bytes).toEqual(block.bytes);
    expect(penalties).not.toContain('honest');
  });

  it('begins with the list of another peer where the first gave a foreign body', async () => {
    const block = blockOf(3);
    const { transactions, transactionHashes } = blockOf(5);
    const others = assembleBlock(block, { transactions, transactionHashes, senders: [] });
    peers.set('liar', holder(others)); // with the block's header, and other transactions
    peers.set('honest', holder(block));
    expect((await obtain(block.blockId))?.transactions).toHaveLength(5);
    known.forgetBody(block.blockId);
    expect((await obtain(block.blockId, undefined, 1))?.bytes).toEqual(block.bytes);
  });

  it('gives what holds a transaction without a sender at once: no other answer to that hash exists', async () => {
    const transactions = [fakeTransaction('signed'), unsignedTransaction('not signed')];
    const transactionHashes = transactions.map(keccak256Hex);
    const { header } = blockOf(2);
    const block = assembleBlock({ header, transactionHashes }, { transactions, transactionHashes, senders: [] });
    peers.set('a', holder(block));
    const fetched = await obtain(block.blockId);
    expect(fetched?.senders).toEqual([expect.stringMatching(/^0x/), undefined]);
    expect(asked).toHaveLength(2);
    expect(known.whole(block.blockId)).toBeUndefined();
  });

  it('asks again until somebody has it', async () => {
    const block = blockOf(2);
    let attempts = 0;
    peers.set('late', (request) => (++attempts < 5 ? Promise.resolve(undefined) : holder(block)(request)));
    expect((await obtain(block.blockId))?.blockId).toBe(hashHeader(block.header));
  });

  it('ends when nobody needs it any more', async () => {
    const abort = new AbortController();
    peers.set('silent', async () => {
      abort.abort();
      return undefined;
    });
    expect(await obtain(blockOf(1).blockId, abort.signal)).toBeUndefined();
    expect(clock.pendingCount()).toBe(0);
  });
});

describe('answering requests', () => {
  it('gives nothing for places that the block does not have, other kinds or garbage', async () => {
    const block = blockOf(2);
    const ask = holder(block);
    expect(await ask({ kind: 'transactions', payload: Uint8Array.of(1, 2, 3) })).toBeUndefined();
    expect(await ask({ kind: 'blocks', payload: new Uint8Array(0) })).toBeUndefined();
    expect(await ask({ kind: 'pool', payload: new Uint8Array(0) })).toBeUndefined();
  });
});

/** Outlines of `block` that name other transactions. */
function outlineOf(block: WholeBlock, transactionHashes: readonly Hash[]): Answer {
  const known = new KnownBlocks();
  known.putOutline(block.blockId, { header: block.header, transactionHashes });
  return (request) => answerRequest(request, EXECUTION, known);
}

/** Requests for transactions also hold places. */
function isOutlineRequest({ payload }: NetworkRequest): boolean {
  return payload.length < 36;
}

/** A request for an outline keeps its form and names another block. */
function outlineRequestFor(blockId: Hash, payload: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(payload);
  changed.set(Buffer.from(blockId.slice(2), 'hex'), payload.length - 32);
  return changed;
}
