import type { Address } from '@heddle/primitives';
import { ETHER, type RpcClient, rpcClient, TEST_CHAIN_ID, type TestAccount, testAccounts } from '@heddle/testkit';
import { expect } from 'vitest';
import type { RpcLimits } from '../src/limits.ts';
import type {
  AccountProof,
  BlockParallelism,
  CallOutcome,
  CallRequest,
  EstimateOutcome,
  NodePort,
  QueryPort,
} from '../src/ports.ts';
import { createRpcServer, type RpcServer, type RpcServerOptions } from '../src/server.ts';
import { createTinyChain, TINY_FEE_RULES, type TinyChain } from './tiny-chain.ts';
import { createTinyPool, type TinyPool } from './tiny-pool.ts';
import { openWebSocket, type WebSocketClient } from './websocket-client.ts';

/** What a test may set about the node behind the server. */
export interface NodeUnderTest {
  isReady: boolean;
  syncing: { startingBlock: number; currentBlock: number; highestBlock: number } | undefined;
  parallelism: Map<number, BlockParallelism>;
}

/** How calls end; tests replace it. */
export interface QueryUnderTest {
  call: (request: CallRequest, blockNumber: number) => CallOutcome | Promise<CallOutcome>;
  prepare: () => void;
  estimateGas: (request: CallRequest, blockNumber: number) => EstimateOutcome | Promise<EstimateOutcome>;
  proof: (...question: Parameters<QueryPort['proof']>) => AccountProof | Promise<AccountProof>;
}

/** A real server over a tiny chain. */
export interface RpcUnderTest {
  readonly server: RpcServer;
  readonly client: RpcClient;
  readonly chain: TinyChain;
  readonly pool: TinyPool;
  readonly node: NodeUnderTest;
  readonly query: QueryUnderTest;
  /** Messages that the server logged, with their level. */
  readonly logged: string[];
  /** Prefunded with 10,000 ether; the first two are held by the node. */
  readonly accounts: readonly TestAccount[];
  account(index: number): TestAccount;
  openWebSocket(options?: { readonly headers?: Readonly<Record<string, string>> }): Promise<WebSocketClient>;
  /** Ends the server and checks that no view was left open. */
  close(): Promise<void>;
}

/** The instance id of the tiny chain. */
export const INSTANCE_ID = `0x${'1d'.repeat(32)}` as const;
/** The validators of the tiny chain. */
export const VALIDATORS = [1, 2, 3, 4].map((index) => ({
  address: `0x${`0${index}`.repeat(20)}` as Address,
  stake: BigInt(index) * 100n,
  feeAddress: `0x${`f${index}`.repeat(20)}` as Address,
}));

/** Starts a server on a free port. */
export async function startRpc(
  options: Partial<Omit<RpcServerOptions, 'limits' | 'log'>> & { readonly limits?: Partial<RpcLimits> } = {},
): Promise<RpcUnderTest> {
  const accounts = testAccounts(4);
  const chain = createTinyChain(new Map(accounts.map(({ address }) => [address, 10_000n * ETHER])));
  const pool = createTinyPool(chain, accounts.slice(0, 2));
  const node: NodeUnderTest = { isReady: true, syncing: undefined, parallelism: new Map() };
  const query: QueryUnderTest = {
    call: () => ({ status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 21_000n }),
    prepare: () => undefined,
    estimateGas: () => ({ status: 'estimated', gas: 21_000n }),
    proof: () => ({ account: undefined, storageRoot: undefined, accountNodes: [], slots: [] }),
  };
  const logged: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => void logged.push(`${level}: ${message}`);
  const log = { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') };
  const ports = { chain, pool, query: queryPort(query), node: nodePort(node) };
  const server = await createRpcServer(ports, { host: '127.0.0.1', port: 0, ...options, log });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    server,
    client: rpcClient(url),
    chain,
    pool,
    node,
    query,
    logged,
    accounts,
    account: (index) => accounts[index] as TestAccount,
    openWebSocket: (socketOptions) => openWebSocket(url.replace('http', 'ws'), socketOptions),
    async close() {
      await server.close();
      expect(chain.openViewCount, 'views left open').toBe(0);
    },
  };
}

function queryPort(query: QueryUnderTest): QueryPort {
  return {
    prepare: () => query.prepare(),
    call: async (request, blockNumber) => query.call(request, blockNumber),
    estimateGas: async (request, blockNumber) => query.estimateGas(request, blockNumber),
    proof: async (...question) => query.proof(...question),
  };
}

function nodePort(node: NodeUnderTest): NodePort {
  return {
    chainId: TEST_CHAIN_ID,
    clientVersion: 'Heddle/v0.1.0/test',
    instanceId: INSTANCE_ID,
    transactionGasCap: 16_777_216n,
    feeRules: TINY_FEE_RULES,
    peerCount: async () => 3,
    syncing: async () => node.syncing,
    validators: () => VALIDATORS,
    parallelism: async (number) => node.parallelism.get(number),
    joinInfo: async () => ({ genesis: { config: { chainId: TEST_CHAIN_ID } }, peers: [] }),
    isReady: () => node.isReady,
    metrics: async () => 'heddle_node_height 7\n',
  };
}
