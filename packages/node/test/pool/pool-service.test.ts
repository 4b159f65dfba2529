import { signedTransaction, testAccount, testAccounts } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { holdKeys } from '../../src/pool/held-keys.ts';
import { packBytes, unpackBytes } from '../../src/pool/packed-bytes.ts';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from '../../src/pool/pool-limits.ts';
import { createPoolService, type PoolService } from '../../src/pool/pool-service.ts';
import { headHash, RULES, stateAtHead } from './pool-fixture.ts';

const alice = testAccount(0);
const open: PoolService[] = [];
afterEach(() => {
  for (const service of open.splice(0)) service.close();
});

function create(limits: Partial<PoolLimits> = {}) {
  const told: [name: string, input: unknown][] = [];
  let nowMs = 0;
  let head = stateAtHead();
  const service = createPoolService({
    rules: RULES,
    limits: { ...DEFAULT_POOL_LIMITS, ...limits },
    source: { open: () => ({ ...head, close: () => undefined }) },
    keys: holdKeys([alice.privateKey]),
    main: { notify: (name, input) => told.push([name, input]) },
    now: () => nowMs,
  });
  open.push(service);
  const gossiped = () =>
    told.flatMap(([name, batch]) =>
      name === 'newTransactions' ? unpackBytes(batch as ReturnType<typeof packBytes>) : [],
    );
  return {
    service,
    told,
    gossiped,
    advance: (ms: number) => {
      nowMs += ms;
    },
    write: (fields: Parameters<typeof stateAtHead>[0]) => {
      head = stateAtHead(fields);
    },
  };
}

function submit(service: PoolService, raws: readonly Uint8Array[]) {
  return service.forRpc.requests.submit(packBytes(raws));
}

describe('a flood', () => {
  it('is refused at once with `txpool is full` when too much waits, and the rest is judged', async () => {
    const { service } = create({ laneCount: 4, laneBytes: 1_000_000 });
    const batches = testAccounts(3, 'flood').map((account) =>
      [0, 1, 2].map((nonce) => signedTransaction(account, { nonce }).raw),
    );
    const answers = batches.map((raws) => submit(service, raws));
    const full = { accepted: false, code: -32000, message: 'txpool is full' };
    expect(answers[1]).toEqual([full, full, full]); // an answer, not a promise: it did not wait
    expect(await answers[0]).toMatchObject([{ accepted: true }, { accepted: true }, { accepted: true }]);
    expect(await submit(service, batches[2] ?? [])).toMatchObject([
      { accepted: true },
      { accepted: true },
      { accepted: true },
    ]);
    expect(service.forMain.requests.status(undefined)).toMatchObject({ pending: 6, waiting: 0 });
  });

  it('of gossip is ignored, and leaves wallets their share', async () => {
    const { service } = create({ laneCount: 2, laneBytes: 1_000_000 });
    const raws = (label: string) => testAccounts(2, label).map((account) => signedTransaction(account).raw);
    const first = service.forMain.requests.gossip(packBytes(raws('first')));
    expect(service.forMain.requests.gossip(packBytes(raws('second')))).toBe('ignore');
    const wallets = submit(service, [signedTransaction(alice).raw]);
    expect(await first).toBe('accept');
    expect(await wallets).toMatchObject([{ accepted: true }]);
  });
});

describe('the pool service', () => {
  it('tells main once that there is something to execute, and for each head again', async () => {
    const { service, told, write } = create();
    await submit(
      service,
      [0, 1, 2].map((nonce) => signedTransaction(alice, { nonce }).raw),
    );
    const readiness = () => told.filter(([name]) => name === 'executableChanged').map(([, input]) => input);
    expect(readiness()).toEqual([{ headHash: headHash(1), hasExecutable: true }]);
    write({ number: 2 });
    service.forMain.notices.head({ number: 2, hash: headHash(2), touched: [] });
    service.forMain.notices.head({ number: 2, hash: headHash(2), touched: [] });
    expect(readiness().slice(1)).toEqual([{ headHash: headHash(2), hasExecutable: true }]);
    write({ number: 3, others: { nonce: 3n, balance: 10n ** 20n } });
    service.forMain.notices.head({ number: 3, hash: headHash(3), touched: 'all' });
    expect(readiness().slice(2)).toEqual([{ headHash: headHash(3), hasExecutable: false }]);
  });

  it('gossips a local transaction again when no block took it, a foreign one never', async () => {
    const { service, gossiped, advance } = create();
    const own = signedTransaction(alice);
    await submit(service, [own.raw]);
    await service.forMain.requests.gossip(packBytes([signedTransaction(testAccount(1)).raw]));
    service.tick();
    advance(3_000);
    service.tick();
    service.close();
    open.length = 0;
    expect(gossiped()).toEqual([own.raw, own.raw]);
  });

  it('keeps transactions when the batch that brought them is handed on', async () => {
    const { service } = create();
    const { raw, hash } = signedTransaction(alice);
    const batch = packBytes([raw]);
    await service.forRpc.requests.submit(batch);
    batch.bytes.fill(0);
    expect(await service.forRpc.requests.transaction(hash)).toEqual({ raw, sender: alice.address });
  });

  it('keeps what it signs in order with what is submitted', async () => {
    const { service } = create();
    const { nonce: _, raw: __, ...transaction } = signedTransaction(alice);
    const answers = await Promise.all([
      submit(
        service,
        [0, 1].map((nonce) => signedTransaction(alice, { nonce }).raw),
      ),
      service.forRpc.requests.submitUnsigned({ from: alice.address, transaction }),
      service.forRpc.requests.submitUnsigned({ from: alice.address, transaction: { ...transaction, nonce: 9n } }),
    ]);
    expect(answers[1]).toMatchObject({ accepted: true });
    expect(service.forRpc.requests.pendingNonce(alice.address)).toBe(3n);
    expect(service.forRpc.requests.status(undefined)).toEqual({ pending: 3, queued: 1 });
  });
});
