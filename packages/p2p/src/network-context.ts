import { HeddleError } from '@heddle/primitives';
import type { Connection } from '@libp2p/interface';
import { p2pErrors } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import type { Counters } from './metrics.ts';
import type { PeerLinks } from './peer-link.ts';
import type { NetworkHandlers, NetworkOptions, PeerAddress } from './ports.ts';
import type { Reputation } from './reputation.ts';
import type { Warnings } from './warnings.ts';

/** What all parts of one network share. */
export interface NetworkContext {
  readonly options: NetworkOptions;
  readonly handlers: NetworkHandlers;
  readonly limits: NetworkLimits;
  readonly counters: Counters;
  readonly reputation: Reputation;
  readonly links: PeerLinks;
  /** By peer id: those configured and those added later. */
  readonly configured: Map<string, PeerAddress>;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  readonly protocols: ProtocolNames;
  /** Counts an offence; at the cut-off a peer that is no validator loses its connection. */
  penalize(peerId: string, points: number, why: string): void;
  /** Whether a validator that offended is to be served sparingly. Others are not connected at all then. */
  isThrottled(peerId: string): boolean;
  readonly warnings: Warnings;
}

/** Names on the wire. The greeting's has no chain tag, so that a wrong chain is told, not just unheard of. */
export interface ProtocolNames {
  readonly greeting: string;
  readonly consensus: string;
  readonly request: string;
  readonly transactionsTopic: string;
}

/** The names of the chain with this tag. */
export function protocolNames(chainTag: string): ProtocolNames {
  const tag = chainTag.slice(2, 10);
  return {
    greeting: '/heddle/greeting/1',
    consensus: `/heddle/${tag}/consensus/1`,
    request: `/heddle/${tag}/request/1`,
    transactionsTopic: `/heddle/${tag}/transactions`,
  };
}

/** Ends a connection at once; its close event does the rest. */
export function dropConnection(connection: Connection, why: string): void {
  try {
    connection.abort(p2pErrors.disconnecting(why));
  } catch {
    // It throws when the socket has closed already and the news is under way: then nothing is left to end.
  }
}

/** Whether `error` is the failure with that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof HeddleError && error.code === code;
}
