import { join } from 'node:path';
import { genesisOperations } from '@heddle/executor';
import type { PeerAddress } from '@heddle/p2p';
import { type Hash, hashHeader } from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { CrashPoint } from '../../src/crash-points.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { readGenesisAccounts } from '../../src/genesis/genesis-file.ts';
import { type NodeFile, writeNodeFile } from '../../src/node-folder/node-file.ts';
import { type Chain, openChain } from '../../src/supervisor/open-chain.ts';
import { freePorts } from '../../src/supervisor/ports.ts';

/** A chain of four validators with their folders; nothing runs yet. */
export interface TestChain {
  readonly chain: Chain;
  readonly genesisHash: Hash;
  /** Of each validator on the network, at 127.0.0.1. */
  readonly ports: readonly number[];
  /** All others. */
  peersOf(index: number): PeerAddress[];
}

/** Makes the chain in `datadir`, so that `heddle node` can run on each folder. */
export async function createTestChain(datadir: string, blockSeconds: number): Promise<TestChain> {
  const chain = await openChain(datadir, {
    ...{ validators: 4, accounts: 1, blockTime: blockSeconds, emptyBlockTime: blockSeconds, seed: 'durability' },
    ...{ chainId: undefined, mnemonic: undefined, balanceWei: undefined, gasLimit: undefined },
    ...{ elasticity: undefined, predeploys: undefined, genesis: undefined },
  });
  const ports = await freePorts([], chain.validators.length);
  const { stateRoot } = genesisOperations([...readGenesisAccounts(join(datadir, 'genesis.json'))]);
  const peersOf = (self: number): PeerAddress[] =>
    chain.validators.flatMap(({ index, peerId, address }) =>
      index === self ? [] : [{ peerId, multiaddr: `/ip4/127.0.0.1/tcp/${ports[index]}`, validator: address }],
    );
  for (const { index, paths } of chain.validators) {
    const network = { listen: `/ip4/127.0.0.1/tcp/${ports[index]}`, announce: [], peers: peersOf(index) };
    writeNodeFile(paths.nodeFile, nodeFileOf(chain, blockSeconds, { ...network, maxFullNodes: 0 }));
  }
  return { chain, ports, peersOf, genesisHash: hashHeader(genesisBlock(chain.spec, stateRoot).header) };
}

function nodeFileOf({ settings, prefunded }: Chain, blockSeconds: number, network: NodeFile['network']): NodeFile {
  return {
    genesis: join('..', 'genesis.json'),
    instanceId: settings.instanceId,
    isValidator: true,
    rpc: { host: '127.0.0.1', port: 0, vhosts: undefined },
    network,
    blockTime: blockSeconds,
    emptyBlockTime: blockSeconds,
    workers: 1,
    log: { level: 'info', format: 'json', toFile: true },
    heldKeys: prefunded.map(({ privateKey }) => privateKey),
  };
}

/** How often a validator passes a moment in one height, about; others once. */
const PASSINGS: Readonly<Record<string, number>> = { 'wal-append': 12, 'wal-sync': 6, 'signer-write': 2, send: 2 };

/** Which passing of `point` comes in about `heights` heights: any one of that height. */
export function passingOf(point: CrashPoint, heights: number, random: Random): number {
  const perHeight = PASSINGS[point.replace(/^(before|after)-/, '')] ?? 1;
  return perHeight * heights + random.int(0, perHeight - 1);
}
