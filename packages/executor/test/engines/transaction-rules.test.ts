import {
  type Address,
  type Authorization,
  bytesToBigInt,
  createAddress,
  hexToBytes,
  keccak256Hex,
  type Transaction,
} from '@heddle/primitives';
import { assemble, creation, ETHER, GWEI, initCodeOf, signedTransaction, testAccount, transfer } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { authorize } from '../support/authorize.ts';
import { ENGINES } from '../support/engines.ts';
import { COINBASE, environment, executed, plainState, RULES, recording, run, word } from '../support/run.ts';

const alice = testAccount(1);
const bob = testAccount(2);
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const OTHER: Address = `0x${'d0'.repeat(20)}`;
const rich = { balance: 100n * ETHER };

let engine: Engine;

describe.each(ENGINES)('on $name,', ({ createEngine }) => {
  beforeAll(async () => {
    engine = await createEngine(RULES);
    engine.beginBlock(environment());
  });

  describe('the beneficiary', () => {
    it('is neither read nor written when only the fee goes to it', async () => {
      const state = recording(plainState({ [alice.address]: rich, [COINBASE]: { balance: 5n } }));
      const outcome = executed(await run(engine, transfer(alice, bob, 1n), alice.address, state));
      expect(outcome.feeCredit).toBe(21_000n * GWEI);
      expect(outcome.writes.accounts.has(COINBASE)).toBe(false);
      expect(state.reads.some((read) => read.includes(COINBASE))).toBe(false);
    });

    it('is read when a contract asks for its balance, which is without the fee of the transaction', async () => {
      const code = assemble('COINBASE', 'BALANCE', 0, 'SSTORE');
      const state = recording(
        plainState({ [alice.address]: rich, [CONTRACT]: { code }, [COINBASE]: { balance: 77n } }),
      );
      const outcome = executed(await run(engine, call(CONTRACT), alice.address, state));
      expect(slotOf(outcome.writes.slots, CONTRACT, 0)).toBe(77n);
      expect(state.reads).toContain(`account ${COINBASE}`);
      expect(outcome.writes.accounts.has(COINBASE)).toBe(false);
      expect(outcome.feeCredit).toBe(outcome.gasUsed * GWEI);
    });

    it('pays as a sender and is owed the fee apart', async () => {
      engine.beginBlock(environment({ beneficiary: alice.address }));
      const state = plainState({ [alice.address]: rich });
      const outcome = executed(await run(engine, transfer(alice, alice, 1n), alice.address, state));
      engine.beginBlock(environment());
      expect(outcome.writes.accounts.get(alice.address)).toEqual({
        nonce: 1n,
        balance: 100n * ETHER - 21_000n * 2n * GWEI,
      });
      expect(outcome.feeCredit).toBe(21_000n * GWEI);
    });

    it('gets the value sent to it in the write set and the fee apart', async () => {
      const state = plainState({ [alice.address]: rich });
      const outcome = executed(await run(engine, transfer(alice, COINBASE, 9n), alice.address, state));
      expect(outcome.writes.accounts.get(COINBASE)).toEqual({ balance: 9n });
      expect(outcome.feeCredit).toBe(21_000n * GWEI);
    });

    it('loses the fee with itself when the transaction creates and destroys it', async () => {
      const beneficiary = createAddress(alice.address, 0n);
      engine.beginBlock(environment({ beneficiary }));
      const state = plainState({ [alice.address]: rich });
      const outcome = executed(await run(engine, creation(alice, assemble(0, 'SELFDESTRUCT')), alice.address, state));
      engine.beginBlock(environment());
      expect(outcome.succeeded).toBe(true);
      expect(outcome.feeCredit).toBe(0n);
      expect(outcome.writes.accounts.has(beneficiary)).toBe(false);
    });

    it('stays when it is touched, empty and owed a fee', async () => {
      const state = plainState({ [alice.address]: rich, [COINBASE]: {} });
      const outcome = executed(await run(engine, transfer(alice, COINBASE, 0n), alice.address, state));
      expect(outcome.writes.deleted.has(COINBASE)).toBe(false);
      expect(outcome.feeCredit).toBe(21_000n * GWEI);
    });
  });

  describe('reads and writes', () => {
    it('predict the sender nonce instead of reading it', async () => {
      const state = recording(plainState({ [alice.address]: { ...rich, nonce: 4n } }));
      await run(engine, transfer(alice, bob, 1n, { nonce: 4 }), alice.address, state);
      expect(state.reads).toEqual([`sender ${alice.address} 4`, `account ${bob.address}`]);
    });

    it('hold only what differs from what was read', async () => {
      const code = assemble(5, 0, 'SSTORE', 6, 1, 'SSTORE');
      const storage = { [word(0)]: hexToBytes(word(5)) };
      const state = plainState({ [alice.address]: rich, [CONTRACT]: { code, storage } });
      const { writes } = executed(await run(engine, call(CONTRACT), alice.address, state));
      expect([...writes.accounts.keys()]).toEqual([alice.address]);
      expect([...(writes.slots.get(CONTRACT)?.keys() ?? [])]).toEqual([word(1)]);
    });

    it('of a reverted transaction are the sender alone', async () => {
      const code = assemble(5, 0, 'SSTORE', 0, 0, 'REVERT');
      const state = recording(plainState({ [alice.address]: rich, [CONTRACT]: { code } }));
      const outcome = executed(await run(engine, call(CONTRACT, { value: 3n }), alice.address, state));
      expect(outcome).toMatchObject({ succeeded: false, haltReason: 'execution reverted', logs: [] });
      expect([...outcome.writes.accounts.keys()]).toEqual([alice.address]);
      expect(outcome.writes.slots.size).toBe(0);
      expect(state.reads).toContain(`slot ${CONTRACT} 0`);
    });

    it('create no account for a call without value to an address that is not there', async () => {
      const state = plainState({ [alice.address]: rich });
      const { writes } = executed(await run(engine, transfer(alice, OTHER, 0n), alice.address, state));
      expect([...writes.accounts.keys()]).toEqual([alice.address]);
      expect(writes.deleted.size).toBe(0);
    });

    it('remove an account that is touched and empty (EIP-161)', async () => {
      const state = plainState({ [alice.address]: rich, [OTHER]: {} });
      const { writes } = executed(await run(engine, transfer(alice, OTHER, 0n), alice.address, state));
      expect([...writes.deleted]).toEqual([OTHER]);
    });
  });

  describe('creation', () => {
    const created = createAddress(alice.address, 0n);
    const runtime = assemble('STOP');

    it('wipes, sets the nonce and keeps a balance that was there', async () => {
      const state = recording(plainState({ [alice.address]: rich, [created]: { balance: 8n } }));
      const outcome = executed(await run(engine, creation(alice, initCodeOf(runtime)), alice.address, state));
      expect(outcome.contractAddress).toBe(created);
      expect(outcome.writes.accounts.get(created)).toEqual({ nonce: 1n, codeHash: keccak256Hex(runtime) });
      expect(outcome.writes.wiped.has(created)).toBe(true);
      expect(outcome.writes.codes.get(keccak256Hex(runtime))).toEqual(runtime);
      expect(state.reads).toContain(`storage ${created}`);
    });

    it('collides with storage that is already there (EIP-7610)', async () => {
      const storage = { [word(0)]: hexToBytes(word(1)) };
      const state = plainState({ [alice.address]: rich, [created]: { balance: 8n, storage } });
      const outcome = executed(await run(engine, creation(alice, initCodeOf(runtime)), alice.address, state));
      expect(outcome).toMatchObject({
        succeeded: false,
        haltReason: 'contract address collision',
        gasUsed: 1_000_000n,
      });
      expect(outcome.writes.accounts.has(created)).toBe(false);
    });

    it('is refused above the code size limit of the chain', async () => {
      const small = await createEngine({ ...RULES, codeSizeLimit: 100 });
      small.beginBlock(environment());
      const state = plainState({ [alice.address]: rich });
      const fits = await run(small, creation(alice, initCodeOf(new Uint8Array(100))), alice.address, state);
      expect(executed(fits).succeeded).toBe(true);
      const exceeds = await run(small, creation(alice, initCodeOf(new Uint8Array(101))), alice.address, state);
      expect(executed(exceeds)).toMatchObject({ succeeded: false, haltReason: 'max code size exceeded' });
      const init = await run(small, creation(alice, new Uint8Array(201)), alice.address, state);
      expect(init).toEqual({ status: 'invalid', reason: 'max initcode size exceeded: code size 201 limit 200' });
    });

    it('and destruction in one transaction leave nothing (EIP-6780)', async () => {
      const state = plainState({ [alice.address]: rich });
      const init = assemble(1, 0, 'SSTORE', hexToBytes(`0x73${OTHER.slice(2)}`), 'SELFDESTRUCT');
      const { writes } = executed(await run(engine, creation(alice, init, { value: 5n }), alice.address, state));
      expect([...writes.accounts.keys()].sort()).toEqual([OTHER, alice.address].sort());
      expect(writes.slots.size).toBe(0);
    });

    it('is not undone by a destruction in a later transaction', async () => {
      const code = assemble(0, 'SELFDESTRUCT');
      const storage = { [word(0)]: hexToBytes(word(1)) };
      const state = plainState({ [alice.address]: rich, [CONTRACT]: { balance: 4n, code, storage } });
      const { writes } = executed(await run(engine, call(CONTRACT), alice.address, state));
      expect(writes.accounts.get(CONTRACT)).toEqual({ balance: 0n });
      expect(writes.wiped.size + writes.deleted.size).toBe(0);
    });
  });

  describe('between transactions', () => {
    it('transient storage is cleared', async () => {
      const code = assemble(0, 'TLOAD', 0, 'SSTORE', 1, 0, 'TSTORE');
      const state = plainState({ [alice.address]: rich, [CONTRACT]: { code } });
      const first = executed(await run(engine, call(CONTRACT), alice.address, state));
      state.apply(first.writes);
      const second = executed(await run(engine, call(CONTRACT, { nonce: 1 }), alice.address, state));
      expect(second.writes.slots.size).toBe(0);
      expect(second.gasUsed).toBe(first.gasUsed);
    });

    it('warmth and original values begin anew', async () => {
      const code = assemble('CALLDATASIZE', 0, 'SSTORE');
      const state = plainState({ [alice.address]: rich, [CONTRACT]: { code } });
      const set = executed(await run(engine, call(CONTRACT, { data: Uint8Array.of(1) }), alice.address, state));
      state.apply(set.writes);
      const clear = executed(await run(engine, call(CONTRACT, { nonce: 1 }), alice.address, state));
      expect(set.gasUsed).toBe(21_016n + 22_100n + 4n);
      expect(clear.gasUsed).toBe(21_000n + 5_000n + 4n - 4_800n);
    });
  });

  describe('authorizations (EIP-7702)', () => {
    it('read the nonce and the code of the authority and delegate it', async () => {
      const state = recording(plainState({ [alice.address]: rich, [bob.address]: { balance: 1n, nonce: 3n } }));
      const outcome = executed(await run(engine, delegating(authorize(bob, OTHER, 3n)), alice.address, state));
      expect(state.reads).toContain(`account ${bob.address}`);
      const code = hexToBytes(`0xef0100${OTHER.slice(2)}`);
      expect(outcome.writes.accounts.get(bob.address)).toEqual({ nonce: 4n, codeHash: keccak256Hex(code) });
      expect(outcome.writes.codes.get(keccak256Hex(code))).toEqual(code);
      expect(outcome.gasUsed).toBe(46_000n - 46_000n / 5n);
    });

    it('with another nonce or for another chain are skipped, at full price', async () => {
      const state = plainState({ [alice.address]: rich, [bob.address]: { balance: 1n, nonce: 3n } });
      for (const authorization of [authorize(bob, OTHER, 4n), authorize(bob, OTHER, 3n, 99n)]) {
        const outcome = executed(await run(engine, delegating(authorization), alice.address, state));
        expect(outcome.writes.accounts.has(bob.address)).toBe(false);
        expect(outcome.gasUsed).toBe(46_000n);
      }
    });

    it('of the sender itself count its own step', async () => {
      const state = recording(plainState({ [alice.address]: rich }));
      const outcome = executed(await run(engine, delegating(authorize(alice, OTHER, 1n)), alice.address, state));
      expect(outcome.writes.accounts.get(alice.address)?.nonce).toBe(2n);
      expect(state.reads.filter((read) => read.includes(alice.address))).toEqual([`sender ${alice.address} 0`]);
    });

    it('survive a message that fails', async () => {
      const code = assemble(0, 0, 'REVERT');
      const state = plainState({ [alice.address]: rich, [bob.address]: { balance: 1n }, [CONTRACT]: { code } });
      const transaction = delegating(authorize(bob, OTHER, 0n), { to: CONTRACT });
      const outcome = executed(await run(engine, transaction, alice.address, state));
      expect(outcome.succeeded).toBe(false);
      expect(outcome.writes.accounts.get(bob.address)?.nonce).toBe(1n);
    });

    it('leave the delegated account an ordinary sender', async () => {
      const code = hexToBytes(`0xef0100${OTHER.slice(2)}`);
      const state = plainState({ [alice.address]: { ...rich, code } });
      expect((await run(engine, transfer(alice, bob, 1n), alice.address, state)).status).toBe('executed');
    });
  });
});

function call(to: Address, fields: Parameters<typeof signedTransaction>[1] = {}): Transaction {
  return signedTransaction(alice, { to, value: 0n, gasLimit: 200_000n, ...fields });
}

function delegating(authorization: Authorization, fields: Parameters<typeof signedTransaction>[1] = {}): Transaction {
  return call(OTHER, { type: 4, authorizationList: [authorization], ...fields });
}

function slotOf(slots: ReadonlyMap<Address, ReadonlyMap<string, Uint8Array>>, address: Address, slot: number): bigint {
  return bytesToBigInt(slots.get(address)?.get(word(slot)) ?? new Uint8Array(0));
}
