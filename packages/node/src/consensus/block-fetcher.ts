import { type Address, type Hash, HeddleError, hashHeader, keccak256Hex } from '@heddle/primitives';
import { packBytes, unpackBytes } from '../pool/packed-bytes.ts';
import { askInTurn } from './ask-in-turn.ts';
import type { DriverClock, DriverLog, DriverNetwork, DriverPool } from './driver-ports.ts';
import { assembleBlock, type FetchedBlock, isWhole, type KnownBlocks } from './known-blocks.ts';
import { type BlockOutline, decodeOutline } from './messages.ts';
import { pause } from './pause.ts';
import { decodeRaws, encodePieceRequest, MAX_ASKED_PLACES } from './requests.ts';

/** Where a block's pieces come from. */
export interface BlockFetcherPorts {
  readonly network: Pick<DriverNetwork, 'peers' | 'request' | 'penalize'>;
  readonly pool: Pick<DriverPool, 'resolveTransactions' | 'recoverSenders'>;
  readonly clock: DriverClock;
  readonly log: DriverLog;
}

/** One block to be got. */
export interface Wanted {
  readonly blockId: Hash;
  readonly height: number;
  /** Who is asked first: the proposer. */
  readonly proposer: Address | undefined;
  /** Bodies of it that came before and were not the header's; default 0. Then the peers' lists are taken in turn. */
  readonly foreignBodies?: number;
  /** Aborted when nobody needs the block any more. */
  readonly signal: AbortSignal;
}

/** A list of a block's transactions, and who gave it; undefined: it came with a proposal. */
interface ListedOutline {
  readonly outline: BlockOutline;
  readonly from: string | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const FOREIGN_PIECE_PENALTY = 20;

/** Puts blocks together from the pool and, for what it lacks, from peers. */
export class BlockFetcher {
  readonly #ports: BlockFetcherPorts;
  readonly #known: KnownBlocks;

  constructor(ports: BlockFetcherPorts, known: KnownBlocks) {
    this.#ports = ports;
    this.#known = known;
  }

  /**
   * The whole block, however long it takes; undefined once `signal` is aborted. A transaction without a sender in it is
   * the block's own fault or that of the list: whoever checks the body's root can tell.
   */
  async obtain(wanted: Wanted): Promise<FetchedBlock | undefined> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let turn = wanted.foreignBodies ?? 0; !wanted.signal.aborted; turn++) {
      const known = this.#known.whole(wanted.blockId);
      if (known) return known;
      const block = await this.#attempt(wanted, turn);
      if (wanted.signal.aborted) return undefined;
      if (block) {
        if (isWhole(block)) this.#known.putWhole(block);
        return block;
      }
      await pause(this.#ports.clock, pauseMs, wanted.signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    return undefined;
  }

  /** One round over all peers. */
  async #attempt(wanted: Wanted, turn: number): Promise<FetchedBlock | undefined> {
    const listed = await this.#outline(wanted, turn);
    const { outline, from } = listed ?? {};
    const hashes = outline?.transactionHashes;
    if (!outline || !hashes || wanted.signal.aborted) return undefined;
    const transactions: (Uint8Array | undefined)[] = new Array(hashes.length).fill(undefined);
    const senders: (Address | undefined)[] = new Array(hashes.length).fill(undefined);
    if (hashes.length > 0) {
      const resolved = await this.#ports.pool.resolveTransactions(hashes);
      const missing = new Set(resolved.missing);
      const raws = unpackBytes(resolved.raws);
      let next = 0;
      for (let place = 0; place < hashes.length; place++) {
        if (missing.has(place)) continue;
        transactions[place] = raws[next];
        senders[place] = resolved.senders[next++];
      }
      if (!(await this.#fetchMissing(wanted, { hashes, from, missing, transactions, senders }))) return undefined;
    }
    const wholeTransactions = transactions.filter((raw) => raw !== undefined);
    if (wholeTransactions.length < hashes.length) return undefined;
    const body = { transactions: wholeTransactions, transactionHashes: hashes, senders: [] };
    return { ...assembleBlock(outline, body), senders };
  }

  /**
   * The list that came with the proposal serves the first turn. Nothing proves it: where it led nowhere, or to a foreign
   * body, each turn begins with the list of another peer, whatever comes with proposals meanwhile.
   */
  async #outline(wanted: Wanted, turn: number): Promise<ListedOutline | undefined> {
    const { blockId, height, signal } = wanted;
    const known = this.#known.outline(blockId);
    const own = known && { outline: known, from: undefined };
    if (turn === 0 && known?.transactionHashes) return own;
    const payload = encodePieceRequest({ type: 'outline', blockId });
    const peerIds = this.#peersFor(wanted);
    const first = turn % Math.max(1, peerIds.length);
    const listed = await this.#firstOf(
      [...peerIds.slice(first), ...peerIds.slice(0, first)],
      signal,
      async (peerId) => {
        const outline = await this.#ask(peerId, payload, decodeOutline);
        if (!outline?.transactionHashes) return undefined;
        if (hashHeader(outline.header) === blockId && outline.header.number === height)
          return { outline, from: peerId };
        this.#ports.network.penalize(peerId, FOREIGN_PIECE_PENALTY, 'answered with another block');
        return undefined;
      },
    );
    if (listed) this.#known.putOutline(blockId, listed.outline);
    return listed ?? own;
  }

  /** Fills the gaps from the peers. False: gaps are left. */
  async #fetchMissing(
    wanted: Wanted,
    body: {
      readonly hashes: readonly Hash[];
      readonly from: string | undefined;
      readonly missing: Set<number>;
      readonly transactions: (Uint8Array | undefined)[];
      readonly senders: (Address | undefined)[];
    },
  ): Promise<boolean> {
    const { hashes, from, missing, transactions, senders } = body;
    if (missing.size === 0) return true;
    const fetched: number[] = [];
    const peerIds = this.#peersFor(wanted);
    while (missing.size > 0) {
      const places = [...missing].slice(0, MAX_ASKED_PLACES);
      const page = await this.#firstOf(peerIds, wanted.signal, (peerId) =>
        this.#page(peerId, { wanted, hashes, from, places }),
      );
      if (page === undefined) return false;
      // Who just answered is asked first, and those that were passed over come last.
      peerIds.push(...peerIds.splice(0, peerIds.indexOf(page.from)));
      for (const [index, raw] of page.raws.entries()) {
        const place = places[index] ?? 0;
        transactions[place] = raw;
        missing.delete(place);
        fetched.push(place);
      }
    }
    const batch = packBytes(fetched.map((place) => transactions[place] ?? new Uint8Array(0)));
    const recovered = await this.#ports.pool.recoverSenders(batch);
    for (const [index, place] of fetched.entries()) senders[place] = recovered[index];
    return true;
  }

  /** The first of the transactions at `places`, as the peer has them; undefined: none of them. */
  async #page(
    peerId: string,
    asked: {
      readonly wanted: Wanted;
      readonly hashes: readonly Hash[];
      readonly from: string | undefined;
      readonly places: readonly number[];
    },
  ): Promise<{ readonly raws: readonly Uint8Array[]; readonly from: string } | undefined> {
    const { wanted, hashes, from, places } = asked;
    const payload = encodePieceRequest({ type: 'transactions', blockId: wanted.blockId, places });
    const raws = (await this.#ask(peerId, payload, decodeRaws))?.slice(0, places.length) ?? [];
    const isForeign = raws.some((raw, index) => keccak256Hex(raw) !== hashes[places[index] ?? -1]);
    // Against another's list it may be the list that is wrong; who contradicts its own has lied.
    if (isForeign && peerId === from) {
      this.#ports.network.penalize(peerId, FOREIGN_PIECE_PENALTY, 'answered with other transactions');
    }
    return isForeign || raws.length === 0 ? undefined : { raws, from: peerId };
  }

  #firstOf<T>(
    peerIds: readonly string[],
    signal: AbortSignal,
    ask: (peerId: string) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    return askInTurn(peerIds, ask, { clock: this.#ports.clock, signal });
  }

  async #ask<T>(peerId: string, payload: Uint8Array, decode: (answer: Uint8Array) => T): Promise<T | undefined> {
    try {
      return decode(await this.#ports.network.request(peerId, { kind: 'transactions', payload }));
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      if (error.code !== 'P2P_REQUEST_FAILED') {
        this.#ports.network.penalize(peerId, FOREIGN_PIECE_PENALTY, error.message);
      }
      this.#ports.log.debug({ peerId, reason: error.message }, 'a peer did not give a piece of a block');
      return undefined;
    }
  }

  /** The proposer, then validators, then everybody else. */
  #peersFor({ proposer }: Wanted): string[] {
    const rank = (validator: Address | undefined) => (validator === undefined ? 2 : validator === proposer ? 0 : 1);
    return [...this.#ports.network.peers()]
      .sort((left, right) => rank(left.validator) - rank(right.validator))
      .map(({ peerId }) => peerId);
  }
}
