import type { Hash } from '@heddle/primitives';
import { WebSocket } from 'ws';
import type { Endpoint } from './endpoint.ts';

/** A final block as the load sees it. */
export interface SeenBlock {
  readonly number: number;
  /** performance.now() at which this client heard of it. */
  readonly seenAtMs: number;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
  readonly baseFeePerGas: bigint;
  /** Unix milliseconds by the header: of `extraData` on a Heddle chain, else whole seconds. */
  readonly timestampMs: number;
  readonly transactions: readonly Hash[];
}

/** A running watch. */
export interface BlockWatch {
  stop(): void;
}

/** Without a word over WebSocket for so long, blocks are asked for. */
const POLL_MS = 500;
/** Announced blocks that wait to be fetched, at most. */
const MAX_HEARD = 1_000;

/**
 * Tells `onBlock` of every block above `after`, each once and in order. New heads come over WebSocket, so that a block
 * is seen when the node publishes it; where that fails, by polling.
 */
export function watchBlocks(endpoint: Endpoint, after: number, onBlock: (block: SeenBlock) => void): BlockWatch {
  let next = after + 1;
  let isStopped = false;
  let isFetching = false;
  /** When the newest heads were heard of; what was never announced is seen when it is fetched. */
  const heardAtMs = new Map<number, number>();
  const fetchNew = async (): Promise<void> => {
    if (isFetching) return;
    isFetching = true;
    try {
      while (!isStopped) {
        const raw = (await endpoint.call('eth_getBlockByNumber', `0x${next.toString(16)}`, false)) as RawBlock | null;
        if (raw === null) return;
        onBlock(readBlock(raw, heardAtMs.get(next) ?? performance.now()));
        heardAtMs.delete(next);
        next++;
      }
    } catch {
      // The node may be down for a moment (a fault is part of many loads): the poll tries again.
    } finally {
      isFetching = false;
    }
  };
  const socket = openHeads(endpoint.url, (number) => {
    if (number >= next && heardAtMs.size < MAX_HEARD) heardAtMs.set(number, performance.now());
    void fetchNew();
  });
  const poll = setInterval(() => void fetchNew(), POLL_MS);
  return {
    stop() {
      isStopped = true;
      clearInterval(poll);
      socket.close();
    },
  };
}

interface RawBlock {
  readonly number: string;
  readonly gasUsed: string;
  readonly gasLimit: string;
  readonly baseFeePerGas: string;
  readonly timestamp: string;
  readonly extraData: string;
  readonly transactions: readonly Hash[];
}

/** The block in `raw`, as `eth_getBlockByNumber` gives it. */
export function readBlock(raw: RawBlock, seenAtMs: number): SeenBlock {
  const isHeddle = raw.extraData.length === 18;
  return {
    number: Number(raw.number),
    seenAtMs,
    gasUsed: BigInt(raw.gasUsed),
    gasLimit: BigInt(raw.gasLimit),
    baseFeePerGas: BigInt(raw.baseFeePerGas ?? '0x0'),
    timestampMs: isHeddle ? Number(raw.extraData) : Number(raw.timestamp) * 1_000,
    transactions: raw.transactions,
  };
}

function openHeads(url: string, onHead: (number: number) => void): { close(): void } {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  socket.on('open', () =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })),
  );
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { params?: { result?: { number?: string } } };
    const number = message.params?.result?.number;
    if (number !== undefined) onHead(Number(number));
  });
  socket.on('error', () => undefined); // polling goes on
  return { close: () => socket.terminate() };
}
