import { NETWORK_LIMIT_TABLE } from '@heddle/p2p/limits';
import type { LimitDefinition, LimitTable } from '@heddle/primitives';
import { RPC_LIMIT_TABLE } from '@heddle/rpc/limits';
import { CONSENSUS_LIMIT_TABLE } from '../consensus/consensus-limits.ts';
import { POOL_LIMIT_TABLE } from '../pool/pool-limits.ts';
import { QUERY_LIMIT_TABLE } from '../query/query-limits.ts';

// The rooms' tables alone: the command line must not load libp2p and Fastify to print its help.

/** The tables of limits by the first part of their names; each lies where it is used. */
export const LIMIT_GROUPS = {
  rpc: RPC_LIMIT_TABLE,
  query: QUERY_LIMIT_TABLE,
  pool: POOL_LIMIT_TABLE,
  p2p: NETWORK_LIMIT_TABLE,
  consensus: CONSENSUS_LIMIT_TABLE,
} as const satisfies Record<string, LimitTable>;

/** What each group is about, for people. */
export const GROUP_TITLES: Readonly<Record<keyof typeof LIMIT_GROUPS, string>> = {
  rpc: 'HTTP and WebSocket clients',
  query: 'eth_call and eth_estimateGas',
  pool: 'the transaction pool',
  p2p: 'other nodes',
  consensus: 'rounds, and catching up',
};

/** Every limit by its full name, `rpc.body`: flags, files, documentation and checks all derive from it. */
export const LIMITS: ReadonlyMap<string, LimitDefinition> = new Map(
  Object.entries(LIMIT_GROUPS).flatMap(([group, table]) =>
    Object.values(table as LimitTable).map((one): [string, LimitDefinition] => [`${group}.${one.name}`, one]),
  ),
);
