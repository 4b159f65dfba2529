import { bytesToHex, hexToBytes } from '@heddle/primitives';
import { accountOfKey, type TestAccount, transfer, waitFor } from '@heddle/testkit';
import type { HeadWatch } from './head-watch.ts';
import { AnsweredError, callWithin } from './json-rpc.ts';

/** What a stream of transactions is made of. */
export interface StreamOptions {
  readonly perSecond: number;
  /** Private keys of funded accounts, 0x and hex. */
  readonly keys: readonly string[];
  /** The RPC URLs of the nodes, which may change with a restart. */
  readonly urls: () => readonly string[];
  /** The process of a node; undefined while there is none. With it goes its pool. */
  readonly pid: (index: number) => number | undefined;
  readonly watch: HeadWatch;
}

interface Sent {
  readonly hash: string;
  readonly raw: string;
  /** Nodes that have answered with its hash and have not been killed since. */
  readonly holders: Set<number>;
  isAccepted: boolean;
  isUnderWay: boolean;
  /** Not before this (performance.now()) is it sent again. */
  againMs: number;
}

interface Sender {
  readonly account: TestAccount;
  readonly index: number;
  nonce: number;
  readonly waiting: Sent[];
}

/** Transactions of one sender that are not final, at most: behind the first that a killed node took along all wait. */
const MAX_WAITING = 16;
const ANSWER_WITHIN_MS = 3_000;
const TICK_MS = 20;
/** However slowly they come, after this something is wrong. */
const MAX_SETTLE_MS = 600_000;
/** How often processes are looked at. */
const LOOK_EVERY_MS = 200;
/** A transaction that no living node has accepted is offered again after this. */
const AGAIN_AFTER_MS = 500;

/**
 * Sends transfers at an even rate to all nodes in turn, as wallets would, and knows what became of each. One that a node
 * has accepted is never sent again, unless that node was killed afterwards: its pool was in memory. One that nobody has
 * accepted (no answer, a refusal) is offered to the next node.
 */
export class TransactionStream {
  readonly #options: StreamOptions;
  readonly #senders: Sender[];
  readonly #open = new Map<string, Sent>();
  readonly #timer: NodeJS.Timeout;
  /** How often each node's pool went with its process. */
  readonly #poolsLost: number[] = [];
  readonly #pids: (number | undefined)[] = [];
  #turn = 0;
  #lookedMs = 0;
  #startedMs = performance.now();
  #slots = 0;
  #isPaused = false;
  /** Hashes that a node has answered with. */
  acceptedCount = 0;
  /** Transactions that went down with the only nodes that had accepted them, and were sent again. */
  resentCount = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#senders = options.keys.map((key, index) => {
      return { account: accountOfKey(hexToBytes(key)), index, nonce: 0, waiting: [] };
    });
    options.watch.onBlock(({ transactions }) => {
      for (const hash of transactions) this.#include(hash);
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** A node's process has ended: what it alone had accepted is sent to others. */
  killed(index: number): void {
    this.#poolsLost[index] = this.#lossesOf(index) + 1;
    for (const sent of this.#open.values()) {
      if (!sent.holders.delete(index) || sent.holders.size > 0) continue;
      sent.againMs = performance.now() + AGAIN_AFTER_MS; // it may have been passed on before
      this.resentCount++;
    }
  }

  /** No new transactions until {@link resume}; what is open is still taken care of. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#startedMs = performance.now();
    this.#slots = 0;
    this.#isPaused = false;
  }

  /**
   * Sends nothing new and waits until everything accepted is in a block, or until nothing more has come into one for
   * `patienceMs`. The number of transactions that are in none.
   */
  async settle(patienceMs: number): Promise<number> {
    this.pause();
    const missing = () => [...this.#open.values()].filter(({ isAccepted }) => isAccepted).length;
    let least = missing();
    let sinceMs = performance.now();
    const isOver = (): boolean => {
      if (missing() < least) sinceMs = performance.now();
      least = Math.min(least, missing());
      return least === 0 || performance.now() - sinceMs > patienceMs;
    };
    await waitFor(isOver, { what: 'all accepted transactions in blocks', timeoutMs: MAX_SETTLE_MS });
    return missing();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #lossesOf(index: number): number {
    return this.#poolsLost[index] ?? 0;
  }

  /** Processes that ended without anybody saying so. */
  #lookAtProcesses(): void {
    for (const index of this.#options.urls().keys()) {
      const [before, now] = [this.#pids[index], this.#options.pid(index)];
      if (before !== undefined && before !== now) this.killed(index);
      this.#pids[index] = now;
    }
  }

  #tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs > LOOK_EVERY_MS) {
      this.#lookedMs = nowMs;
      this.#lookAtProcesses();
    }
    for (const sender of this.#senders) this.#offerAgain(sender, nowMs);
    if (this.#isPaused) return;
    const due = Math.floor(((nowMs - this.#startedMs) * this.#options.perSecond) / 1_000);
    for (; this.#slots < due; this.#slots++) this.#sendNext();
  }

  /** In order of nonces, and only the first: the others wait behind it anyway. */
  #offerAgain({ waiting }: Sender, nowMs: number): void {
    const first = waiting.find(({ holders }) => holders.size === 0);
    if (first && !first.isUnderWay && first.againMs <= nowMs) void this.#offer(first, this.#turn++);
  }

  #sendNext(): void {
    const sender = this.#senders[this.#turn++ % this.#senders.length];
    if (!sender) return;
    // Behind one that nobody holds yet, more would only wait.
    if (sender.waiting.length >= MAX_WAITING || sender.waiting.some(({ holders }) => holders.size === 0)) return;
    const { hash, raw } = transfer(sender.account, RECIPIENT, 1n, { nonce: sender.nonce++ });
    const sent: Sent = {
      hash,
      raw: bytesToHex(raw),
      holders: new Set(),
      isAccepted: false,
      isUnderWay: false,
      againMs: 0,
    };
    sender.waiting.push(sent);
    this.#open.set(hash, sent);
    // A sender keeps to its node, as a wallet does.
    void this.#offer(sent, sender.index);
  }

  async #offer(sent: Sent, turn: number): Promise<void> {
    const urls = this.#options.urls();
    const index = turn % urls.length;
    const losses = this.#lossesOf(index);
    sent.isUnderWay = true;
    try {
      await callWithin(ANSWER_WITHIN_MS, urls[index] ?? '', 'eth_sendRawTransaction', [sent.raw]);
      this.#accept(sent, index, losses);
    } catch (error) {
      // An earlier offer went unanswered, or it came by gossip: the node has it, or has it in a block.
      if (error instanceof AnsweredError && IS_HELD.test(error.message)) this.#accept(sent, index, losses);
    } finally {
      sent.isUnderWay = false;
      sent.againMs = performance.now() + AGAIN_AFTER_MS;
    }
  }

  /** `losses`: of the node when it was asked. Its answer may be read after its process has ended. */
  #accept(sent: Sent, index: number, losses: number): void {
    if (losses === this.#lossesOf(index)) sent.holders.add(index);
    else this.resentCount++;
    if (sent.isAccepted) return;
    sent.isAccepted = true;
    this.acceptedCount++;
  }

  #include(hash: string): void {
    const sent = this.#open.get(hash);
    if (!sent) return;
    this.#open.delete(hash);
    for (const { waiting } of this.#senders) {
      const place = waiting.indexOf(sent);
      if (place >= 0) waiting.splice(place, 1);
    }
  }
}

const IS_HELD = /already known|nonce too low/;
const RECIPIENT = `0x${'00'.repeat(18)}fa17` as const;
