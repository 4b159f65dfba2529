import { createHostileClient, createHostileRequests, createRandom, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { METHODS } from '../src/method-table.ts';
import { startRpc } from './rpc-under-test.ts';

const REQUESTS = 2_500;
const AT_ONCE = 8;

it('answers or refuses whatever it is sent, without a fault of its own, and serves honest clients afterwards', async () => {
  const rpc = await startRpc({ limits: { sendSyncDefaultMs: 50, sendSyncMaxMs: 50 } });
  for (let count = 0; count < 5; count++) rpc.chain.add();
  const random = createRandom(seedFromEnvironment('hostile requests'));
  const draw = createHostileRequests(random, [...METHODS.values()]);
  const client = createHostileClient(rpc.client.url);
  let left = REQUESTS;
  const senders = Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await client.send(draw());
  });
  await Promise.all(senders);
  client.close();
  expect(rpc.logged.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(await rpc.client.call('eth_chainId')).toBe('0x7a69');
  const metrics = await (await fetch(`${rpc.client.url}/metrics`)).text();
  const called = [...METHODS.keys()].filter((name) => metrics.includes(`{method="${name}",`));
  expect(called).toEqual([...METHODS.keys()]);
  await rpc.close();
}, 300_000);
