import type { Network, PeerIdentity } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import type { RemoteSide } from '../threads/port-rpc.ts';
import type { PoolForMain } from './main-boundary.ts';
import { buffersOf, packBytes, unpackBytes } from './packed-bytes.ts';
import { decodePage, decodePageRequest, encodePage, encodePageRequest } from './pool-page.ts';

// A peer that was away missed what was gossiped meanwhile: whoever meets a peer fetches its pool, page by page.

/** Bytes of one page. */
const PAGE_BYTES = 1024 * 1024;
/** Pages that are fetched of one peer at most. */
const MAX_PAGES = 64;
/** Transactions handed to the pool at once. */
const GOSSIP_BATCH = 500;
/** What a page costs that no correct node sends. */
const BAD_PAGE_PENALTY = 10;

/** What the exchange needs of the network. */
export type ExchangeNetwork = Pick<Network, 'request' | 'penalize'>;

/** The pool's side of both directions. */
export interface PoolExchange {
  /** Answers a peer's `pool` request. */
  answer(payload: Uint8Array): Promise<Uint8Array | undefined>;
  /** Fetches the pool of a peer that has just connected; one fetch per peer at a time. */
  fetch(network: ExchangeNetwork, peer: PeerIdentity): Promise<void>;
}

/** The exchange over the pool thread. */
export function createPoolExchange(pool: Pick<RemoteSide<PoolForMain>, 'call'>): PoolExchange {
  const fetching = new Set<string>();
  return {
    async answer(payload) {
      const after = decodePageRequest(payload);
      if (after === undefined) return undefined;
      const { raws, next } = await pool.call('page', { after, maxBytes: PAGE_BYTES });
      return encodePage({ raws: unpackBytes(raws), next });
    },
    async fetch(network, { peerId }) {
      if (fetching.has(peerId)) return;
      fetching.add(peerId);
      try {
        await fetchPages(pool, network, peerId);
      } catch (error) {
        // The peer is gone, or the pool is busy: gossip and the next greeting bring the rest.
        if (!(error instanceof HeddleError)) throw error;
      } finally {
        fetching.delete(peerId);
      }
    },
  };
}

async function fetchPages(
  pool: Pick<RemoteSide<PoolForMain>, 'call'>,
  network: ExchangeNetwork,
  peerId: string,
): Promise<void> {
  let after: number | undefined = 0;
  for (let pages = 0; after !== undefined && pages < MAX_PAGES; pages++) {
    const payload = encodePageRequest(after);
    const page = decodePage(await network.request(peerId, { kind: 'pool', payload }));
    if (page === undefined || (page.next !== undefined && page.next <= after)) {
      network.penalize(peerId, BAD_PAGE_PENALTY, 'malformed page of the pool');
      return;
    }
    for (let start = 0; start < page.raws.length; start += GOSSIP_BATCH) {
      const batch = packBytes(page.raws.slice(start, start + GOSSIP_BATCH));
      const verdict = await pool.call('gossip', batch, { transfer: buffersOf(batch) });
      if (verdict !== 'reject') continue;
      network.penalize(peerId, BAD_PAGE_PENALTY, 'a transaction of its pool can never be valid');
      return;
    }
    after = page.next;
  }
}
