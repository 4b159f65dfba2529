import type { Address, Hash } from '@heddle/primitives';
import { createFakeClock, ETHER, type FakeClock, GWEI, TEST_CHAIN_ID } from '@heddle/testkit';
import { type PoolState, TransactionPool } from '../../src/pool/pool.ts';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from '../../src/pool/pool-limits.ts';
import type { PoolAccount } from '../../src/pool/sender-transactions.ts';
import type { FormRules } from '../../src/pool/transaction-form.ts';

/** The rules of a default devnet. */
export const RULES: FormRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 2n ** 24n,
  codeSizeLimit: 24_576,
  blockGasLimit: 30_000_000n,
  transactionBytes: DEFAULT_POOL_LIMITS.transactionBytes,
};

/** What a test says about the head: the rest is a rich, fresh world at 1 gwei. */
export interface HeadFields {
  readonly number?: number;
  readonly baseFeePerGas?: bigint;
  readonly accounts?: ReadonlyMap<Address, PoolAccount>;
  /** What accounts not named own; default 10,000 ether at nonce 0. */
  readonly others?: PoolAccount | undefined;
}

/** The hash of the head number `number`. */
export function headHash(number: number): Hash {
  return `0x${number.toString(16).padStart(64, '0')}`;
}

/** A head's state. */
export function stateAtHead(fields: HeadFields = {}): PoolState {
  const { number = 1, baseFeePerGas = GWEI, accounts = new Map() } = fields;
  const others = 'others' in fields ? fields.others : { nonce: 0n, balance: 10_000n * ETHER };
  return {
    headNumber: number,
    headHash: headHash(number),
    nextBaseFeePerGas: baseFeePerGas,
    account: (address) => accounts.get(address) ?? others,
  };
}

/** A pool with its clock. */
export interface TestPool {
  readonly pool: TransactionPool;
  readonly clock: FakeClock;
}

/** A pool of small or default limits over a head. */
export function createTestPool(
  options: {
    readonly limits?: Partial<PoolLimits>;
    readonly rules?: Partial<FormRules>;
    readonly head?: HeadFields;
  } = {},
): TestPool {
  const clock = createFakeClock(1_000_000);
  const pool = new TransactionPool({
    rules: { ...RULES, ...options.rules },
    limits: { ...DEFAULT_POOL_LIMITS, ...options.limits },
    state: stateAtHead(options.head),
    now: clock.now,
  });
  return { pool, clock };
}

/** A request that a default block's builder would make. */
export const ROOMY = {
  baseFeePerGas: GWEI,
  gasLimit: 30_000_000n,
  maxCount: 10_000,
  sizeLimitBytes: 8 * 1_024 * 1_024,
};
