import {
  bigIntToBytesOfSize,
  blobBaseFeePerGas,
  blobRulesOf,
  checksumAddress,
  type Transaction,
} from '@heddle/primitives';
import { assemble, ETHER, GWEI, signedTransaction, testAccount, transfer } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { ENGINES } from '../support/engines.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { environment, plainState, RULES, run } from '../support/run.ts';

const alice = testAccount(1);
const bob = testAccount(2);
const WHO = `address ${checksumAddress(alice.address)}`;
const BLOB_HASH = `0x01${'00'.repeat(31)}` as const;

let engine: Engine;

interface Example {
  readonly what: string;
  readonly account?: TestAccountState;
  readonly transaction: Transaction;
  readonly reason: string;
}

const rich = { balance: 100n * ETHER };

const EXAMPLES: readonly Example[] = [
  {
    what: 'a nonce that was used',
    account: { ...rich, nonce: 2n },
    transaction: transfer(alice, bob, 1n, { nonce: 1 }),
    reason: `nonce too low: ${WHO}, tx: 1 state: 2`,
  },
  {
    what: 'a nonce that comes later',
    transaction: transfer(alice, bob, 1n, { nonce: 1 }),
    reason: `nonce too high: ${WHO}, tx: 1 state: 0`,
  },
  {
    what: 'a gas limit above the cap',
    transaction: transfer(alice, bob, 1n, { gasLimit: 2n ** 24n + 1n }),
    reason: 'transaction gas limit too high (cap: 16777216, tx: 16777217)',
  },
  {
    what: 'a sender with code',
    account: { ...rich, code: assemble('STOP') },
    transaction: transfer(alice, bob, 1n),
    reason: `sender not an eoa: ${WHO}, len(code): 1`,
  },
  {
    what: 'a fee cap below the base fee',
    transaction: transfer(alice, bob, 1n, { maxFeePerGas: GWEI - 1n, maxPriorityFeePerGas: 0n }),
    reason: `max fee per gas less than block base fee: ${WHO}, maxFeePerGas: 999999999, baseFee: 1000000000`,
  },
  {
    what: 'a tip above the fee cap',
    transaction: transfer(alice, bob, 1n, { maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: 3n * GWEI }),
    reason:
      `max priority fee per gas higher than max fee per gas: ${WHO}, ` +
      'maxPriorityFeePerGas: 3000000000, maxFeePerGas: 2000000000',
  },
  {
    what: 'funds for the effective price but not for the fee cap',
    account: { balance: 21_000n * 2n * GWEI + 1n },
    transaction: transfer(alice, bob, 1n),
    reason: `insufficient funds for gas * price + value: ${WHO} have 42000000000001 want 2100000000000001`,
  },
  {
    what: 'no account at all',
    account: {},
    transaction: transfer(alice, bob, 1n),
    reason: `insufficient funds for gas * price + value: ${WHO} have 0 want 2100000000000001`,
  },
  {
    what: 'too little gas to begin',
    transaction: transfer(alice, bob, 1n, { gasLimit: 20_999n }),
    reason: 'intrinsic gas too low: have 20999, want 21000',
  },
  {
    what: 'too little gas for its data',
    transaction: transfer(alice, bob, 1n, { gasLimit: 21_400n, data: new Uint8Array(100) }),
    reason: 'insufficient gas for floor data gas cost: have 21400, want 22000',
  },
  {
    what: 'another chain',
    transaction: transfer(alice, bob, 1n, { chainId: 1n }),
    reason: 'invalid chain id for signer: have 1 want 31337',
  },
  {
    what: 'no authorizations',
    transaction: signedTransaction(alice, { type: 4 }),
    reason: `EIP-7702 transaction with empty auth list (sender ${checksumAddress(alice.address)})`,
  },
  {
    what: 'a blob transaction without blobs',
    transaction: signedTransaction(alice, { type: 3, maxFeePerBlobGas: 1n }),
    reason: 'blob transaction missing blob hashes',
  },
  {
    what: 'too many blobs',
    transaction: signedTransaction(alice, {
      type: 3,
      maxFeePerBlobGas: 1n,
      blobVersionedHashes: Array(7).fill(BLOB_HASH),
    }),
    reason: 'blob transaction has too many blobs (max 6)',
  },
  {
    what: 'a blob fee cap below the blob base fee',
    transaction: signedTransaction(alice, { type: 3, maxFeePerBlobGas: 0n, blobVersionedHashes: [BLOB_HASH] }),
    reason: `max fee per blob gas less than block blob gas fee: ${WHO} blobGasFeeCap: 0, blobBaseFee: 1`,
  },
];

describe.each(ENGINES)('on $name,', ({ createEngine }) => {
  beforeAll(async () => {
    engine = await createEngine(RULES);
    engine.beginBlock(environment());
  });

  describe('a transaction', () => {
    it.each(EXAMPLES)('is invalid with $what', async ({ account = rich, transaction, reason }) => {
      const state = plainState({ [alice.address]: account });
      expect(await run(engine, transaction, alice.address, state)).toEqual({ status: 'invalid', reason });
      expect(
        (await run(engine, transfer(bob, alice, 1n), bob.address, plainState({ [bob.address]: rich }))).status,
      ).toBe('executed');
    });

    it('may exceed the cap of EIP-7825 where the chain lifts it', async () => {
      const lifted = await createEngine({ ...RULES, transactionGasCap: undefined });
      lifted.beginBlock(environment());
      const transaction = transfer(alice, bob, 1n, { gasLimit: 20_000_000n });
      expect((await run(lifted, transaction, alice.address, plainState({ [alice.address]: rich }))).status).toBe(
        'executed',
      );
    });

    it('with blobs is invalid where their base fee is more than a word holds, whose low bits the opcode answers', async () => {
      const { excessBlobGas, blobBaseFee } = leastFeeBeyondWords();
      const dear = await createEngine(RULES);
      dear.beginBlock(environment({ excessBlobGas }));
      const maxFeePerBlobGas = 1n << 236n; // above what the low bits say
      const state = {
        [alice.address]: { balance: 1n << 255n, code: assemble('BLOBBASEFEE', 0, 'MSTORE', 32, 0, 'RETURN') },
      };
      const blobs = signedTransaction(bob, { type: 3, maxFeePerBlobGas, blobVersionedHashes: [BLOB_HASH] });
      const funded = { [bob.address]: { balance: 1n << 255n } };
      expect(await run(dear, blobs, bob.address, plainState(funded))).toEqual({
        status: 'invalid',
        reason:
          `max fee per blob gas less than block blob gas fee: address ${checksumAddress(bob.address)} ` +
          `blobGasFeeCap: ${maxFeePerBlobGas}, blobBaseFee: ${blobBaseFee}`,
      });
      const asked = await run(
        dear,
        transfer(bob, alice, 0n, { gasLimit: 100_000n }),
        bob.address,
        plainState({ ...funded, ...state }),
      );
      expect(asked).toMatchObject({
        status: 'executed',
        returnData: bigIntToBytesOfSize(blobBaseFee - (1n << 256n), 32),
      });
    });

    it('of a later fork is not supported before it', async () => {
      const berlin = await createEngine({ ...RULES, fork: 'berlin' });
      berlin.beginBlock(environment({ baseFeePerGas: 0n }));
      const outcome = await run(berlin, transfer(alice, bob, 1n), alice.address, plainState({ [alice.address]: rich }));
      expect(outcome).toEqual({ status: 'invalid', reason: 'transaction type not supported' });
    });
  });
});

/** The excess at which the fee first exceeds 2^256: by little, so that its low bits are a fee that could be paid. */
function leastFeeBeyondWords(): { excessBlobGas: bigint; blobBaseFee: bigint } {
  const feeAt = (excess: bigint) => blobBaseFeePerGas(excess, blobRulesOf(RULES));
  let [low, high] = [0n, 1n << 30n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (feeAt(middle) >= 1n << 256n) high = middle;
    else low = middle;
  }
  return { excessBlobGas: high, blobBaseFee: feeAt(high) };
}
