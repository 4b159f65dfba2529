import { createEthereumjsEngine, pruneHistory } from '@heddle/executor';
import { bytesToBigInt, checksumAddress, EMPTY_BYTES, hexToBytes, padBytes, ZERO_ADDRESS } from '@heddle/primitives';
import type { CallRequest } from '@heddle/rpc';
import { assemble, ETHER, GWEI, initCodeOf, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';
import { createQueryService } from '../../src/query/query-service.ts';
import { Transferred } from '../../src/threads/port-rpc.ts';
import { ACCOUNTS, createTestStore, FEES, RULES, type TestStore } from '../threads/test-store.ts';

const [alice, bob] = ACCOUNTS as [(typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0]];

const at = (byte: string) => `0x${'c0'.repeat(19)}${byte}` as const;
const CONTRACTS = {
  /** Answers the block number, the hash of block 1 and its caller. */
  [at('01')]: assemble('NUMBER', 0, 'MSTORE', 1, 'BLOCKHASH', 32, 'MSTORE', 'CALLER', 64, 'MSTORE', 96, 0, 'RETURN'),
  /** Reverts with one word, 7. */
  [at('02')]: assemble(7, 0, 'MSTORE', 32, 0, 'REVERT'),
  [at('03')]: assemble('INVALID'),
  /** Runs until its gas is gone. */
  [at('04')]: assemble({ label: 'loop' }, { at: 'loop' }, 'JUMP'),
  /** Writes slot 0. */
  [at('05')]: assemble(1, 0, 'SSTORE', 'STOP'),
  /** Reverts with less than 400,000 gas left, though it needs little. */
  [at('06')]: assemble(400_000, 'GAS', 'GT', { at: 'fine' }, 'JUMPI', 0, 0, 'REVERT', { label: 'fine' }, 'STOP'),
  /** Clears slot 0 if it was set, else sets it: earns a refund. */
  [at('07')]: assemble(0, 'SLOAD', 'ISZERO', 0, 'SSTORE', 'STOP'),
  /** Calls 06's sibling 05 with all it has: 63/64 of it arrive (EIP-150). */
  [at('08')]: assemble(
    0,
    0,
    0,
    0,
    0,
    at('05'),
    'GAS',
    'CALL',
    'ISZERO',
    { at: 'bad' },
    'JUMPI',
    'STOP',
    { label: 'bad' },
    0,
    0,
    'REVERT',
  ),
  [at('09')]: assemble('BASEFEE', 0, 'MSTORE', 'GASPRICE', 32, 'MSTORE', 'GAS', 64, 'MSTORE', 96, 0, 'RETURN'),
  /** Wants more memory than any gas buys. */
  [at('0b')]: assemble(0, 2n ** 40n, 'MSTORE', 'STOP'),
  /** Reads a slot of its own. */
  [at('0a')]: assemble(5, 'SLOAD', 'STOP'),
};

const folder = temporaryDirectory('query');
let store: TestStore;
let query: ReturnType<typeof createQueryService>['requests'];
let engine: Awaited<ReturnType<typeof createEthereumjsEngine>>;

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`, CONTRACTS);
  await store.addBlock([transfer(alice, bob, ETHER)]);
  await store.addBlock([transfer(alice, at('07'), 0n, { nonce: 1, gasLimit: 100_000n })]);
  await store.addBlock();
  engine = await createEthereumjsEngine(RULES);
  query = createQueryService({ engine, database: store.database, rules: RULES, limits: DEFAULT_QUERY_LIMITS }).requests;
});

afterAll(async () => {
  await store.close();
  folder.remove();
});

function request(fields: Partial<CallRequest>): CallRequest {
  const defaults = { from: ZERO_ADDRESS, to: undefined, gas: undefined, gasPrice: 0n, value: 0n, data: EMPTY_BYTES };
  return { ...defaults, ...fields };
}

async function call(fields: Partial<CallRequest>, blockNumber = 3) {
  return untransferred(await query.call({ request: request(fields), blockNumber }));
}

async function estimate(fields: Partial<CallRequest>, blockNumber = 3) {
  return untransferred(await query.estimateGas({ request: request(fields), blockNumber }));
}

function untransferred<T>(answer: T | Transferred<T>): T {
  if (answer instanceof Transferred) throw new Error('nothing is transferred here');
  return answer;
}

function words(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, index) =>
    bytesToBigInt(bytes.subarray(index * 32, index * 32 + 32)),
  );
}

describe('a call', () => {
  it('runs in the block it names, on the state after it', async () => {
    const outcome = await call({ to: at('01'), from: bob.address });
    expect(outcome.status).toBe('succeeded');
    const [number, hash, caller] = words(outcome.status === 'succeeded' ? outcome.returnData : EMPTY_BYTES);
    expect(number).toBe(3n);
    expect(hash).not.toBe(0n);
    expect(caller).toBe(BigInt(bob.address));
    const earlier = await call({ to: at('01') }, 1);
    const [numberThen, hashThen] = words(earlier.status === 'succeeded' ? earlier.returnData : EMPTY_BYTES);
    expect([numberThen, hashThen]).toEqual([1n, 0n]); // a block does not know its own hash
  });

  it('reads history', async () => {
    const value = 10_000n * ETHER + 1n;
    expect(await call({ from: bob.address, to: alice.address, value }, 1)).toMatchObject({ status: 'succeeded' });
    expect(await call({ from: bob.address, to: alice.address, value }, 0)).toEqual({
      status: 'failed',
      code: -32000,
      message: `err: insufficient funds for gas * price + value: address ${checksumAddress(bob.address)} have ${10_000n * ETHER} want ${value} (supplied gas 50000000)`,
    });
  });

  it('returns the revert data', async () => {
    expect(await call({ to: at('02') })).toEqual({ status: 'reverted', returnData: padBytes(Uint8Array.of(7), 32) });
  });

  it('says why it halted', async () => {
    expect(await call({ to: at('03') })).toEqual({
      status: 'failed',
      code: -32000,
      message: 'invalid opcode: INVALID',
    });
    expect(await call({ to: at('0b'), gas: 100_000n })).toEqual({
      status: 'failed',
      code: -32000,
      message: 'out of gas',
    });
  });

  it('is free without a price and pays its funds’ worth with one', async () => {
    const free = await call({ to: at('09'), gas: 100_000n });
    expect(words(free.status === 'succeeded' ? free.returnData : EMPTY_BYTES).slice(0, 2)).toEqual([0n, 0n]);
    const gasPrice = 2n * GWEI;
    const paid = await call({ from: alice.address, to: at('09'), gasPrice });
    const [baseFee, price] = words(paid.status === 'succeeded' ? paid.returnData : EMPTY_BYTES);
    expect(baseFee).toBeGreaterThan(0n);
    expect(price).toBe(gasPrice);
    expect(await call({ to: at('09'), gasPrice, gas: 100_000n })).toEqual({
      status: 'failed',
      code: -32000,
      message: `err: insufficient funds for gas * price + value: address ${ZERO_ADDRESS} have 0 want ${100_000n * gasPrice} (supplied gas 100000)`,
    });
  });

  it('has the gas asked for, and at most 50 million', async () => {
    const left = async (gas: bigint | undefined) => {
      const outcome = await call({ to: at('09'), gas });
      return words(outcome.status === 'succeeded' ? outcome.returnData : EMPTY_BYTES)[2] ?? 0n;
    };
    expect(await left(100_000n)).toBeLessThan(79_000n);
    expect(await left(undefined)).toBeGreaterThan(49_900_000n);
    expect(await left(10n ** 18n)).toBe(await left(undefined));
    expect(await call({ to: at('09'), gas: 20_999n })).toMatchObject({
      status: 'failed',
      message: 'err: intrinsic gas too low: have 20999, want 21000 (supplied gas 20999)',
    });
  });

  it('pays for its access list and finds warm what it names', async () => {
    const slot = `0x${'00'.repeat(31)}05` as const;
    const gasUsed = async (accessList: CallRequest['accessList']) => {
      const outcome = await call({ to: at('0a'), ...(accessList && { accessList }) });
      return outcome.status === 'succeeded' ? outcome.gasUsed : 0n;
    };
    const without = await gasUsed(undefined);
    expect((await gasUsed([{ address: at('0a'), storageKeys: [slot] }])) - without).toBe(2_400n + 1_900n - 2_000n);
  });

  it('leaves nothing behind', async () => {
    const before = await call({ to: at('05') });
    expect(await call({ to: at('05') })).toEqual(before);
  });

  it('refuses a block that is not there', async () => {
    await expect(call({ to: at('01') }, 4)).rejects.toMatchObject({ code: 'QUERY_BLOCK_UNKNOWN' });
  });

  it('refuses a state that was pruned, as an estimate does', async () => {
    const pruned = await createTestStore(`${folder.path}/pruned`, CONTRACTS);
    try {
      for (let nonce = 0; nonce < 2; nonce++) await pruned.addBlock([transfer(alice, bob, ETHER, { nonce })]);
      await pruneHistory(pruned.database, { headNumber: 2, keep: 1, maxRecords: 1_000 });
      const limits = DEFAULT_QUERY_LIMITS;
      const { call, estimateGas } = createQueryService({
        engine,
        database: pruned.database,
        rules: RULES,
        limits,
      }).requests;
      const old = { request: request({ to: at('01') }), blockNumber: 1 };
      await expect(call(old)).rejects.toMatchObject({ code: 'STATE_PRUNED' });
      await expect(estimateGas(old)).rejects.toMatchObject({ code: 'STATE_PRUNED' });
      expect(await call({ ...old, blockNumber: 2 })).toMatchObject({ status: 'succeeded' });
    } finally {
      await pruned.close();
    }
  });

  it('ends when its time is over', async () => {
    const limits = { ...DEFAULT_QUERY_LIMITS, timeMs: 50, gasCap: 100_000_000_000 }; // it lasts minutes
    const hasty = createQueryService({ engine, database: store.database, rules: RULES, limits }).requests;
    const aborted = { status: 'failed', code: -32000, message: 'execution aborted (timeout = 0.05s)' };
    expect(await hasty.call({ request: request({ to: at('04') }), blockNumber: 3 })).toEqual(aborted);
    expect(await hasty.estimateGas({ request: request({ to: at('04') }), blockNumber: 3 })).toEqual(aborted);
    expect(await call({ to: at('02') })).toMatchObject({ status: 'reverted' }); // the engine is fine
  });
});

describe('an estimate', () => {
  it('is 21,000 for a plain transfer', async () => {
    expect(await estimate({ from: alice.address, to: bob.address, value: 1n })).toEqual({
      status: 'estimated',
      gas: 21_000n,
    });
  });

  it('succeeds as a limit, and is no more than 1.5 percent above the least one that does', async () => {
    for (const fields of [
      { to: at('05') },
      { to: at('06') },
      { to: at('07') },
      { to: at('08') },
      { to: bob.address, from: alice.address, data: new Uint8Array(100).fill(9) },
      { from: alice.address, data: initCodeOf(new Uint8Array(1_000).fill(1)) },
    ]) {
      const outcome = await estimate(fields);
      const gas = outcome.status === 'estimated' ? outcome.gas : 0n;
      expect(await call({ ...fields, gas }), JSON.stringify(fields)).toMatchObject({ status: 'succeeded' });
      expect((await call({ ...fields, gas: (gas * 984n) / 1_000n })).status, JSON.stringify(fields)).not.toBe(
        'succeeded',
      );
    }
  });

  it('is the block’s gas at most, and 2^24 where transactions have that cap', async () => {
    expect(await estimate({ to: at('0b') })).toEqual({
      status: 'failed',
      code: -32000,
      message: 'gas required exceeds allowance (16777216)',
    });
    expect(await estimate({ to: at('0b'), gas: 90_000n })).toMatchObject({
      message: 'gas required exceeds allowance (90000)',
    });
  });

  it('is what its sender can pay at most', async () => {
    const balance = 10_000n * ETHER;
    const gasPrice = balance / 50_000n;
    const from = ACCOUNTS[4]?.address ?? ZERO_ADDRESS;
    expect(await estimate({ from, to: at('0b'), gasPrice })).toMatchObject({
      message: 'gas required exceeds allowance (50000)',
    });
    expect(await estimate({ from, to: at('0b'), gasPrice, value: balance })).toEqual({
      status: 'failed',
      code: -32000,
      message: 'insufficient funds for transfer',
    });
  });

  it('refuses more value than there is', async () => {
    expect(await estimate({ from: ZERO_ADDRESS, to: bob.address, value: 1n })).toMatchObject({
      status: 'failed',
      message: `insufficient funds for gas * price + value: address ${ZERO_ADDRESS} have 0 want 1`,
    });
  });

  it('returns revert data and the reason of a halt', async () => {
    expect(await estimate({ to: at('02') })).toEqual({
      status: 'reverted',
      returnData: hexToBytes(`0x${'00'.repeat(31)}07`),
    });
    expect(await estimate({ to: at('03') })).toMatchObject({ status: 'failed', message: 'invalid opcode: INVALID' });
  });

  it('does not look at nonces or fees of a free message', async () => {
    expect(FEES.initialBaseFee).toBeGreaterThan(0n);
    expect(await estimate({ to: at('05') })).toMatchObject({ status: 'estimated' });
  });
});
