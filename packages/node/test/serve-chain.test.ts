import { DEFAULT_ENGINE, ZERO_HASH } from '@heddle/primitives';
import { type RpcClient, rpcClient, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeLimitsOf } from '../src/limits/node-limits.ts';
import { type ServedChain, serveChain } from '../src/serve-chain.ts';
import { ACCOUNTS, createTestStore, FEES, RULES, type TestStore } from './threads/test-store.ts';

const [alice, bob] = ACCOUNTS as [(typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0]];
const folder = temporaryDirectory('serve');
const paid = transfer(alice, bob.address, 7n, { nonce: 0n });
let store: TestStore;
let served: ServedChain;
let client: RpcClient;

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`);
  await store.addBlock([paid]);
  await store.addBlock();
  served = await serveChain(options(), () => undefined);
  client = rpcClient(served.url);
});

afterAll(async () => {
  await served.stop();
  await store.close();
  folder.remove();
});

function options() {
  return {
    databasePath: store.path,
    rules: RULES,
    engine: DEFAULT_ENGINE,
    feeRules: FEES,
    validators: [],
    instanceId: ZERO_HASH,
    rpc: { host: '127.0.0.1', port: 0, vhosts: undefined },
    limits: nodeLimitsOf({}),
  };
}

describe('a served chain', () => {
  it('answers for blocks, past states and calls', async () => {
    expect(await client.call('eth_blockNumber')).toBe('0x2');
    expect((await client.call('eth_getTransactionReceipt', paid.hash)).blockNumber).toBe('0x1');
    expect(await client.call('eth_getTransactionCount', alice.address, '0x0')).toBe('0x0');
    expect(await client.call('eth_getTransactionCount', alice.address, 'pending')).toBe('0x1');
    expect(await client.call('eth_call', { from: alice.address, to: bob.address, value: '0x1' }, '0x1')).toBe('0x');
    expect(await client.call('eth_estimateGas', { from: alice.address, to: bob.address })).toBe('0x5208');
    expect(await client.call('eth_syncing')).toBe(false);
    expect(await client.call('net_peerCount')).toBe('0x0');
    expect(await client.call('txpool_status')).toEqual({ pending: '0x0', queued: '0x0' });
    expect(await client.call('heddle_getBlockParallelism', 'latest')).toBeNull();
    expect((await fetch(`${served.url}/ready`)).status).toBe(200);
    expect(await (await fetch(`${served.url}/metrics`)).text()).toContain('heddle_node_resident_bytes');
  });

  it('says of every write that it takes none', async () => {
    const { raw } = transfer(bob, alice.address, 1n, { nonce: 0n });
    const signed = `0x${Buffer.from(raw).toString('hex')}`;
    const writes = [client.fail('eth_sendRawTransaction', signed), client.fail('eth_sendRawTransactionSync', signed)];
    for (const error of await Promise.all(writes)) {
      expect(error.rpcCode).toBe(-32000);
      expect(error.message).toBe('this is a stored chain without validators: it takes no transactions');
    }
    const unsigned = { from: alice.address, to: bob.address, value: '0x1' };
    expect((await client.fail('eth_sendTransaction', unsigned)).message).toBe('unknown account');
    expect((await client.fail('heddle_getJoinInfo')).message).toContain('there is nothing to join');
  });

  it('says when its port is taken', async () => {
    const port = Number(new URL(served.url).port);
    const second = serveChain({ ...options(), rpc: { ...options().rpc, port } }, () => undefined);
    await expect(second).rejects.toMatchObject({ code: 'RPC_PORT_IN_USE' });
  });
});
