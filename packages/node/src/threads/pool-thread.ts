import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '@heddle/executor/store';
import { assert, hexToBytes } from '@heddle/primitives';
import { holdKeys } from '../pool/held-keys.ts';
import type { MainForPool, PoolForMain } from '../pool/main-boundary.ts';
import { createPoolService } from '../pool/pool-service.ts';
import type { PoolForRpc, RpcForPool } from '../pool/rpc-boundary.ts';
import { createStoreStateSource } from '../pool/store-state.ts';
import { connectPort, type RemoteSide } from './port-rpc.ts';
import type { PoolThreadData } from './start-pool-thread.ts';
import { yieldToConsensus } from './thread-priority.ts';

// The pool thread: decodes and judges transactions and keeps them in order, so that main and rpc need not. Reads
// accounts in a snapshot of the head that it was told of last. Ends with `stop`; any error here ends it at once.

/** How often what is due by time is looked at. */
const TICK_MS = 500;

yieldToConsensus(5);

const port = parentPort;
assert(port !== null, 'the pool runs in a thread of its own');
const data = workerData as PoolThreadData;
const { databasePath, rules, blockGasLimit, fees, limits, rpcPort } = data;

const database = await openDatabase(databasePath);
let remote: RemoteSide<MainForPool> | undefined;
const service = createPoolService({
  rules: { ...rules, blockGasLimit, transactionBytes: limits.transactionBytes },
  limits,
  source: createStoreStateSource(database, fees),
  keys: holdKeys(data.heldKeys.map((key) => hexToBytes(key))),
  main: { notify: (name, input, transfer) => remote?.notify(name, input, transfer) },
  now: () => performance.now(),
});
const timer = setInterval(() => service.tick(), TICK_MS);

connectPort<RpcForPool, PoolForRpc>(rpcPort, service.forRpc);
remote = connectPort<MainForPool, PoolForMain>(port, {
  requests: service.forMain.requests,
  notices: { ...service.forMain.notices, stop: () => void stop() },
});

async function stop(): Promise<void> {
  clearInterval(timer);
  service.close();
  rpcPort.close();
  await database.close();
  port?.close(); // nothing holds the thread any longer
}
