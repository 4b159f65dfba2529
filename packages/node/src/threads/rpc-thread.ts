import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '@heddle/executor/store';
import { assert } from '@heddle/primitives';
import type { MainForRpc, RpcForMain } from '../rpc-ports/main-boundary.ts';
import { createRpcService } from '../rpc-ports/serve-rpc.ts';
import { connectPort, type RemoteSide } from './port-rpc.ts';
import type { RpcThreadData } from './start-rpc-thread.ts';
import { yieldToConsensus } from './thread-priority.ts';

// The rpc thread: HTTP, WebSockets and subscriptions over snapshots of the store. It waits for other threads but none
// waits for it. Ends with `stop`; any error here ends it at once.

yieldToConsensus(5);

const port = parentPort;
assert(port !== null, 'the rpc server runs in a thread of its own');
const data = workerData as RpcThreadData;

const database = await openDatabase(data.databasePath);
let remote: RemoteSide<MainForRpc> | undefined;
const toMain = (): RemoteSide<MainForRpc> => {
  assert(remote !== undefined, 'main is connected before anything is served');
  return remote;
};
const service = createRpcService({
  ...data,
  database,
  main: {
    call: (name, input, options) => toMain().call(name, input, options),
    notify: (name, input, transfer) => toMain().notify(name, input, transfer),
  },
});
remote = connectPort<MainForRpc, RpcForMain>(port, {
  requests: service.forMain.requests,
  notices: { ...service.forMain.notices, stop: () => void stop() },
});

async function stop(): Promise<void> {
  await service.close();
  await database.close();
  port?.close(); // nothing holds the thread any longer
}
