import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { HeddleError } from '@heddle/primitives';
import { signedTransaction, testAccount, unsignedTransaction } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { unpackBytes } from '../../src/pool/packed-bytes.ts';
import type { PoolForRpc, RpcForPool } from '../../src/pool/rpc-boundary.ts';
import { createPoolPort } from '../../src/rpc-ports/pool-port.ts';
import { createRemoteLog } from '../../src/rpc-ports/remote-log.ts';
import { connectPort, type Handlers } from '../../src/threads/port-rpc.ts';

const alice = testAccount(0);
const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function connect(requests: Partial<Handlers<PoolForRpc>['requests']>, maxInFlight = 100) {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  const missing = () => {
    throw new HeddleError('TEST_UNUSED', 'not part of this test');
  };
  const all = { submit: missing, submitUnsigned: missing, transaction: missing, pendingNonce: missing };
  connectPort<RpcForPool, PoolForRpc>(port2, {
    requests: { ...all, status: () => ({ pending: 1, queued: 2 }), signMessage: missing, ...requests },
    notices: {},
  });
  return createPoolPort(connectPort(port1, { requests: {}, notices: {} }, { maxInFlight }), [alice.address]);
}

describe('the pool port', () => {
  it('hands a batch over and decodes what it finds', async () => {
    const { raw, hash } = signedTransaction(alice);
    const port = connect({
      submit: (batch) => unpackBytes(batch).map(() => ({ accepted: true, hash })),
      transaction: (wanted) => (wanted === hash ? { raw, sender: alice.address } : undefined),
    });
    expect(await port.submit([raw, raw])).toEqual([
      { accepted: true, hash },
      { accepted: true, hash },
    ]);
    expect(raw.length).toBeGreaterThan(0); // a copy was transferred, not the caller's bytes
    expect(await port.transaction(hash)).toMatchObject({ sender: alice.address, transaction: { hash, nonce: 0n } });
    expect(await port.status()).toEqual({ pending: 1, queued: 2 });
    expect(port.accounts()).toEqual([alice.address]);
  });

  it('says that the pool is full when too many calls wait for its thread', async () => {
    const port = connect({ pendingNonce: () => new Promise(() => undefined) }, 1);
    const waiting = port.pendingNonce(alice.address).catch(() => undefined);
    const full = { accepted: false, code: -32000, message: 'txpool is full' };
    expect(await port.submit([Uint8Array.of(1), Uint8Array.of(2)])).toEqual([full, full]);
    expect(await port.submitUnsigned(alice.address, unsignedTransaction())).toEqual(full);
    await expect(port.status()).rejects.toMatchObject({ code: 'THREAD_BUSY' });
    for (const channel of open.splice(0)) channel.close();
    await waiting;
  });

  it('passes every other failure on', async () => {
    const port = connect({});
    await expect(port.submit([Uint8Array.of(1)])).rejects.toMatchObject({ code: 'TEST_UNUSED' });
    await expect(port.submitUnsigned(alice.address, unsignedTransaction())).rejects.toMatchObject({
      code: 'TEST_UNUSED',
    });
  });
});

describe('the remote log', () => {
  it('sends lines that any thread can take', () => {
    const lines: unknown[] = [];
    const log = createRemoteLog({ notify: (_name, line) => lines.push(structuredClone(line)) });
    log.warn({ host: '0.0.0.0', count: 3 }, 'served to all');
    log.error(
      { error: new HeddleError('X_BROKE', 'it broke'), request: { method: () => undefined } },
      'handler failed',
    );
    expect(lines).toEqual([
      { level: 'warn', message: 'served to all', fields: { host: '0.0.0.0', count: 3 } },
      {
        level: 'error',
        message: 'handler failed',
        fields: {
          error: { message: 'it broke', code: 'X_BROKE', stack: expect.stringContaining('it broke') },
          request: '[object Object]',
        },
      },
    ]);
  });
});
