import type { RefusalReason } from './codec/greeting.ts';
import type { NetworkLimits } from './limits.ts';
import type { PeerAddress } from './ports.ts';

/** How one dial ended; `refused` says that the peer was reached and did not want us, or we not it. */
export type DialOutcome = 'connected' | 'unreachable' | RefusalReason;

/** Keeps dialling every configured peer that is not connected. libp2p's own reconnects give up after five failures. */
export interface Redialer {
  /** False: too many peers are dialled already. */
  add(peer: PeerAddress): boolean;
  /** The peer is greeted, whoever dialled. */
  connected(peerId: string): void;
  disconnected(peerId: string): void;
  /** Whether our own dial to the peer began a moment ago: its dial to us may then be refused. */
  isDialingFreshly(peerId: string): boolean;
  stop(): void;
}

/** What the loop needs of the network. */
export interface RedialerOptions {
  readonly ownPeerId: string;
  /** Whether this node is a validator. */
  readonly validator: boolean;
  readonly limits: Pick<NetworkLimits, 'dialledPeers'>;
  readonly now: () => number;
  /** Never rejects. */
  dial(peer: PeerAddress): Promise<DialOutcome>;
  /** Connected, or about to be: the peer's own dial is being taken. */
  isTaken(peerId: string): boolean;
}

interface Target {
  readonly peer: PeerAddress;
  failures: number;
  /** It was reached the last time, and refused us or fell away at once. */
  isUnwelcome: boolean;
  connectedAtMs: number | undefined;
  dialingSinceMs: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

const FIRST_DELAY_MS = 100;
/** A network that heals is not noticed for up to so long; a dial that reaches nobody costs next to nothing. */
const VALIDATOR_LIMIT_MS = 1_000;
/** Who is reached and does not stay costs both sides a greeting each time. */
const UNWELCOME_LIMIT_MS = 2_000;
const OTHER_LIMIT_MS = 30_000;
/** Two validators would dial each other at once: the one with the lower peer id lets the other begin. */
const GRACE_MS = 150;
/** A dial that began more recently may still succeed, so the peer's own is refused. */
const FRESH_MS = 500;
/** A refusal for good (another chain, a wrong key) can end only by someone's restart. */
const REFUSED_DELAY_MS = 30_000;
const FULL_DELAY_MS = 10_000;
/** A connection that lasted so long counts as a success: before, failures go on adding up. */
const LASTING_MS = 5_000;

/** A loop with nothing to dial yet. */
export function createRedialer(options: RedialerOptions): Redialer {
  const { ownPeerId, now } = options;
  const targets = new Map<string, Target>();
  let stopped = false;

  const schedule = (target: Target, delayMs: number): void => {
    if (stopped || target.timer || target.dialingSinceMs !== undefined) return;
    target.timer = setTimeout(() => {
      target.timer = undefined;
      void dial(target);
    }, delayMs);
  };
  const dial = async (target: Target): Promise<void> => {
    const { peerId } = target.peer;
    if (stopped || target.connectedAtMs !== undefined) return;
    if (options.isTaken(peerId)) return schedule(target, delayOf(target, ownPeerId));
    target.dialingSinceMs = now();
    const outcome = await options.dial(target.peer);
    target.dialingSinceMs = undefined;
    if (outcome === 'connected' || target.connectedAtMs !== undefined) return;
    target.failures++;
    target.isUnwelcome = outcome !== 'unreachable';
    schedule(target, Math.max(delayOf(target, ownPeerId), REFUSAL_DELAY_MS[outcome] ?? 0));
  };
  /** Who was away is back: what kept us apart may be over for other validators as well. */
  const hurryOthers = (): void => {
    for (const target of targets.values()) {
      if (target.timer === undefined || target.peer.validator === undefined || target.isUnwelcome) continue;
      endTimer(target);
      schedule(target, FIRST_DELAY_MS);
    }
  };

  return {
    add(peer) {
      if (peer.peerId === ownPeerId) return true;
      const known = targets.get(peer.peerId);
      if (!known && targets.size >= options.limits.dialledPeers) return false;
      clearTimeout(known?.timer);
      const target = newTarget(peer, known?.connectedAtMs);
      targets.set(peer.peerId, target);
      const waits = options.validator && peer.validator !== undefined && ownPeerId < peer.peerId;
      if (target.connectedAtMs === undefined) schedule(target, waits ? GRACE_MS : 0);
      return true;
    },
    connected(peerId) {
      const target = targets.get(peerId);
      if (!target) return;
      endTimer(target);
      target.connectedAtMs = now();
      if (target.failures > 0 && !target.isUnwelcome) hurryOthers();
    },
    disconnected(peerId) {
      const target = targets.get(peerId);
      if (!target || target.connectedAtMs === undefined) return;
      target.isUnwelcome = now() - target.connectedAtMs < LASTING_MS;
      target.failures = target.isUnwelcome ? target.failures + 1 : 0;
      target.connectedAtMs = undefined;
      schedule(target, delayOf(target, ownPeerId));
    },
    isDialingFreshly(peerId) {
      const since = targets.get(peerId)?.dialingSinceMs;
      return since !== undefined && now() - since < FRESH_MS;
    },
    stop() {
      stopped = true;
      for (const target of targets.values()) clearTimeout(target.timer);
    },
  };
}

function newTarget(peer: PeerAddress, connectedAtMs: number | undefined): Target {
  return { peer, failures: 0, isUnwelcome: false, connectedAtMs, dialingSinceMs: undefined, timer: undefined };
}

function endTimer(target: Target): void {
  clearTimeout(target.timer);
  target.timer = undefined;
}

const REFUSAL_DELAY_MS: Partial<Record<DialOutcome, number>> = {
  chain: REFUSED_DELAY_MS,
  version: REFUSED_DELAY_MS,
  proof: REFUSED_DELAY_MS,
  identity: REFUSED_DELAY_MS,
  full: FULL_DELAY_MS,
};

/** 100 ms doubling to the limit, times 0.8 to 1.2 by a fixed rule that differs between pairs and attempts. */
function delayOf(target: Target, ownPeerId: string): number {
  const validatorLimitMs = target.isUnwelcome ? UNWELCOME_LIMIT_MS : VALIDATOR_LIMIT_MS;
  const limitMs = target.peer.validator === undefined ? OTHER_LIMIT_MS : validatorLimitMs;
  const delayMs = Math.min(limitMs, FIRST_DELAY_MS * 2 ** Math.min(target.failures, 10));
  return delayMs * (0.8 + 0.4 * fraction(`${ownPeerId} ${target.peer.peerId} ${target.failures}`));
}

/** A number from 0 to 1 that looks random and depends on `text` alone (FNV-1a). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
