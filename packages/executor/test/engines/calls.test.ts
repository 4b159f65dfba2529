import { createHash } from 'node:crypto';
import {
  type Address,
  bytesToBigInt,
  checksumAddress,
  createAddress,
  hexToBytes,
  keccak256Hex,
} from '@heddle/primitives';
import { assemble, type CodeElement, GWEI, initCodeOf, testAccount } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CallMessage, Engine } from '../../src/engine.ts';
import { authorize } from '../support/authorize.ts';
import { ENGINES } from '../support/engines.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { COINBASE, environment, executed, plainState, RULES, word } from '../support/run.ts';

const alice = testAccount(1);
const noLogs = () => [];
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const BEACON_ROOTS: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02';
const BLOCK_HASHES: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';
const WITHDRAWAL_REQUESTS: Address = '0x00000961ef480eb55e80d19ad83579a64c007002';
const SYSTEM: Address = '0xfffffffffffffffffffffffffffffffffffffffe';

let engine: Engine;

describe.each(ENGINES)('on $name,', ({ createEngine }) => {
  beforeAll(async () => {
    engine = await createEngine(RULES);
    engine.beginBlock(environment());
  });

  describe('a call', () => {
    it('answers, counts gas as a transaction does and writes nothing', async () => {
      const outcome = executed(await call({}, [7, 0, 'SSTORE', 5, 0, 'MSTORE', 32, 0, 'RETURN']));
      expect(bytesToBigInt(outcome.returnData)).toBe(5n);
      expect(outcome.gasUsed).toBe(21_000n + 22_105n + 16n);
      expect(outcome.feeCredit).toBe(0n);
      expect(outcome.writes.accounts.size + outcome.writes.slots.size).toBe(0);
    });

    it('needs no funds for gas, but for the value it sends', async () => {
      expect(executed(await call({ gasPrice: 10n ** 30n }, ['STOP'])).succeeded).toBe(true);
      expect(await call({ value: 1n }, ['STOP'])).toEqual({
        status: 'invalid',
        reason: `insufficient funds for gas * price + value: address ${checksumAddress(alice.address)} have 0 want 1`,
      });
      const funded = { [alice.address]: { balance: 1n } };
      expect(executed(await call({ value: 1n }, ['STOP'], funded)).succeeded).toBe(true);
    });

    it('sees no base fee unless it pays a gas price', async () => {
      const program = ['BASEFEE', 0, 'MSTORE', 32, 0, 'RETURN'];
      expect(bytesToBigInt(executed(await call({}, program)).returnData)).toBe(0n);
      expect(bytesToBigInt(executed(await call({ gasPrice: GWEI }, program)).returnData)).toBe(GWEI);
    });

    it('that creates returns the code and the address', async () => {
      const runtime = assemble('STOP');
      const state = plainState({ [alice.address]: { nonce: 6n } });
      const outcome = executed(
        await engine.runCall(message({ to: undefined, data: initCodeOf(runtime) }), state, {
          isAbandoned: () => false,
        }),
      );
      expect(outcome.returnData).toEqual(runtime);
      expect(outcome.contractAddress).toBe(createAddress(alice.address, 6n));
    });

    it('finds sender, target, beneficiary and precompiles warm', async () => {
      for (const address of [
        alice.address,
        CONTRACT,
        COINBASE,
        word(4).replace(`0x${'0'.repeat(24)}`, '0x') as Address,
      ]) {
        const outcome = executed(await call({}, [hexToBytes(`0x73${address.slice(2)}`), 'BALANCE']));
        expect(outcome.gasUsed, address).toBe(21_000n + 3n + 100n);
      }
      const cold = executed(await call({}, [hexToBytes(`0x73${'99'.repeat(20)}`), 'BALANCE']));
      expect(cold.gasUsed).toBe(21_000n + 3n + 2_600n);
    });

    it('finds its access list warm, and pays for it', async () => {
      const accessList = [{ address: CONTRACT, storageKeys: [word(0)] }];
      const outcome = executed(await call({ accessList }, [0, 'SLOAD']));
      expect(outcome.gasUsed).toBe(21_000n + 2_400n + 1_900n + 2n + 100n);
    });

    it('runs with its authorizations applied', async () => {
      const authorizationList = [authorize(alice, CONTRACT, 1n)];
      const fields = { to: alice.address, authorizationList, data: Uint8Array.of(1) };
      const outcome = executed(await call(fields, ['CALLDATASIZE', 0, 'MSTORE', 32, 0, 'RETURN']));
      expect(bytesToBigInt(outcome.returnData)).toBe(1n);
    });

    it.each<{ program: CodeElement[]; halt: string; data?: bigint }>([
      { program: [3, 0, 'MSTORE', 32, 0, 'REVERT'], halt: 'execution reverted', data: 3n },
      { program: [{ label: 'loop' }, { at: 'loop' }, 'JUMP'], halt: 'out of gas' },
      { program: [1, 'JUMP'], halt: 'invalid jump destination' },
      { program: ['INVALID'], halt: 'invalid opcode: INVALID' },
      { program: [Uint8Array.of(0x0c)], halt: 'invalid opcode: opcode 0xc not defined' },
      {
        program: [{ at: 'there' }, 'JUMP', { label: 'there' }, Uint8Array.of(0x0d)],
        halt: 'invalid opcode: opcode 0xd not defined',
      },
      { program: ['ADD'], halt: 'stack underflow' },
      { program: [{ label: 'loop' }, 'GAS', { at: 'loop' }, 'JUMP'], halt: 'stack limit reached 1024 (1023)' },
    ])('that halts says so in geth’s words: $halt', async ({ program, halt, data = 0n }) => {
      const outcome = executed(await call({}, program));
      expect(outcome).toMatchObject({ succeeded: false, haltReason: halt });
      expect(bytesToBigInt(outcome.returnData)).toBe(data);
    });

    it('is refused with too little gas', async () => {
      expect(await call({ gasLimit: 20_000n }, ['STOP'])).toEqual({
        status: 'invalid',
        reason: 'intrinsic gas too low: have 20000, want 21000',
      });
    });
  });

  describe('system calls', () => {
    it('hand the parent’s root and hash to their contracts at block start', async () => {
      const store = assemble(0, 'CALLDATALOAD', 0, 'SSTORE', 'CALLER', 1, 'SSTORE');
      const state = plainState({ [BEACON_ROOTS]: { code: store }, [BLOCK_HASHES]: { code: store } });
      const writes = await engine.runBlockStart(state);
      expect(writes.slots.get(BEACON_ROOTS)?.get(word(0))).toEqual(hexToBytes(environment().parentBeaconBlockRoot));
      expect(writes.slots.get(BLOCK_HASHES)?.get(word(0))).toEqual(hexToBytes(environment().parentHash));
      expect(writes.slots.get(BLOCK_HASHES)?.get(word(1))).toEqual(hexToBytes(word(BigInt(SYSTEM))));
      expect([...writes.accounts.keys(), ...writes.deleted]).toEqual([]);
    });

    it('are left out where the chain has no such contract', async () => {
      const writes = await engine.runBlockStart(plainState({}));
      expect(writes.slots.size + writes.accounts.size).toBe(0);
      expect((await engine.runBlockEnd(plainState({}), noLogs)).writes.slots.size).toBe(0);
    });

    it('collect the requests of their contracts', async () => {
      const code = assemble(0xab, 0, 'MSTORE8', 1, 0, 'RETURN');
      const state = plainState({ [WITHDRAWAL_REQUESTS]: { code } });
      const { requestsHash } = await engine.runBlockEnd(state, noLogs);
      expect(requestsHash).toBe(`0x${sha256(sha256(Buffer.from('01ab', 'hex'))).toString('hex')}`);
    });

    it('that fail at block end make the block invalid', async () => {
      const state = plainState({ [WITHDRAWAL_REQUESTS]: { code: assemble(0, 0, 'REVERT') } });
      await expect(engine.runBlockEnd(state, noLogs)).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    });

    it('refuse a log of the deposit contract that is no deposit', async () => {
      const log = {
        address: '0x00000000219ab540356cbb839cbe05303d7705fa' as const,
        topics: [keccak256Hex(Buffer.from('DepositEvent(bytes,bytes,bytes,bytes,bytes)'))],
        data: '0x00' as const,
      };
      await expect(engine.runBlockEnd(plainState({}), () => [log])).rejects.toMatchObject({
        code: 'DEPOSIT_LOG_MALFORMED',
      });
    });
  });
});

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function message(fields: Partial<CallMessage>): CallMessage {
  return {
    from: alice.address,
    to: CONTRACT,
    gasLimit: 1_000_000n,
    gasPrice: 0n,
    value: 0n,
    data: new Uint8Array(0),
    ...fields,
  };
}

function call(
  fields: Partial<CallMessage>,
  program: readonly CodeElement[],
  accounts: Readonly<Record<Address, TestAccountState>> = {},
) {
  const state = plainState({ ...accounts, [CONTRACT]: { code: assemble(...program) } });
  return engine.runCall(message(fields), state, { isAbandoned: () => false });
}
