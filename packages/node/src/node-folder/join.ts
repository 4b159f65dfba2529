import { dirname, resolve } from 'node:path';
import type { PeerAddress } from '@heddle/p2p';
import type { Hash } from '@heddle/primitives';
import type { NodeConfig } from '../config.ts';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile } from '../files/text-files.ts';
import { readGenesis } from '../genesis/read-genesis.ts';
import { BLOCK_TIME_RANGE, readPeers } from './node-file.ts';
import { joinFailed } from './node-folder-errors.ts';

/** What a full node needs to follow a chain; the answer of `heddle_getJoinInfo`, JSON-ready. */
export interface JoinInfo {
  readonly instanceId: Hash;
  /** The JSON of genesis.json. */
  readonly genesis: unknown;
  readonly peers: readonly PeerAddress[];
  /** Seconds. */
  readonly blockTime: number;
  /** Seconds. */
  readonly emptyBlockTime: number;
}

const TIMEOUT_MS = 10_000;

/**
 * What the node of `config` answers to who wants to join: its chain's genesis, itself as others can dial it, and the
 * nodes it knows.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function joinInfoOf(
  config: Pick<NodeConfig, 'paths' | 'network' | 'instanceId' | 'blockTimeMs' | 'emptyBlockTimeMs'>,
  self: PeerAddress,
): JoinInfo {
  return {
    instanceId: config.instanceId,
    genesis: readJsonFile(config.paths.genesis),
    peers: [self, ...config.network.peers],
    blockTime: config.blockTimeMs / 1_000,
    emptyBlockTime: config.emptyBlockTimeMs / 1_000,
  };
}

/**
 * Genesis and peers from a devnet.json (its path) or a running node (its RPC URL).
 *
 * @throws HeddleError `JOIN_FAILED`, `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export async function readJoinInfo(source: string): Promise<JoinInfo> {
  const info = /^https?:\/\//.test(source) ? await askNode(source) : readDevnetFile(source);
  readGenesis(info.genesis, `the genesis of ${source}`);
  if (info.peers.length === 0) throw joinFailed(source, 'names no peers');
  return info;
}

function readDevnetFile(file: string): JoinInfo {
  const devnet = new JsonField(file, '', readJsonFile(file));
  const validators = devnet.field('validators').elements();
  return {
    ...readTimes(devnet),
    genesis: readJsonFile(resolve(dirname(file), devnet.field('genesis').text())),
    peers: validators.map((validator) => {
      const address = validator.field('p2pAddress');
      const [, multiaddr, peerId] = /^(\/.+)\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(address.text()) ?? [];
      if (!multiaddr || !peerId) throw address.malformed('a multiaddr that ends in /p2p/<peer id>');
      return { multiaddr, peerId, validator: validator.field('address').address() };
    }),
  };
}

async function askNode(url: string): Promise<JoinInfo> {
  const answer = new JsonField(url, '', await callNode(url));
  if (answer.field('result').isAbsent) {
    throw joinFailed(url, `answers ${JSON.stringify(answer.field('error').value)?.slice(0, 200)}`);
  }
  const result = answer.field('result');
  return { ...readTimes(result), genesis: result.field('genesis').value, peers: readPeers(result.field('peers')) };
}

async function callNode(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'heddle_getJoinInfo', params: [] }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch (cause) {
    const reason =
      cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause);
    throw joinFailed(url, `no answer (${reason})`, cause);
  }
}

function readTimes(field: JsonField): Pick<JoinInfo, 'instanceId' | 'blockTime' | 'emptyBlockTime'> {
  const { low, high } = BLOCK_TIME_RANGE;
  return {
    instanceId: field.field('instanceId').bytesOfSize(32),
    blockTime: field.field('blockTime').decimal(low, high),
    emptyBlockTime: field.field('emptyBlockTime').decimal(low, high),
  };
}
