import { Account, Address as EvmAddress } from '@ethereumjs/util';
import { type Address, createAddress, hexToBytes } from '@heddle/primitives';
import { assemble, ETHER, initCodeOf, signedTransaction, testAccount } from '@heddle/testkit';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Engine, RunAbandoned, type RunControl, type StateAccess } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { TransactionState } from '../../src/engines/ethereumjs/transaction-state.ts';
import { ENGINES } from '../support/engines.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { environment, executed, plainState, RULES, recording, run, word } from '../support/run.ts';

const alice = testAccount(1);
const OUTER: Address = `0x${'a0'.repeat(20)}`;
const MIDDLE: Address = `0x${'a1'.repeat(20)}`;
const INNER: Address = `0x${'a2'.repeat(20)}`;
const PROBE: Address = `0x${'a3'.repeat(20)}`;
const FAILING: Address = `0x${'a4'.repeat(20)}`;

/** Everything that touches state, in a frame at depth 3 (the transaction's message has depth 1). */
const inner = assemble(
  ...[0, 'TLOAD', 2, 'SSTORE', 7, 0, 'TSTORE', 9, 0, 'SSTORE', 5, 'SLOAD', 'POP'],
  ...['CALLER', 'BALANCE', 'POP', hexToBytes(pushed(FAILING)), 'EXTCODESIZE', 'POP', 6, 'BLOCKHASH', 'POP'],
  ...[{ label: 'here' }, ...callTo(FAILING)],
  ...create(),
  'STOP',
);

const ACCOUNTS: Readonly<Record<Address, TestAccountState>> = {
  [alice.address]: { balance: 100n * ETHER },
  [OUTER]: { code: assemble(3, 0, 'TSTORE', ...callTo(MIDDLE), 'STOP') },
  [MIDDLE]: { code: assemble(4, 0, 'TSTORE', ...callTo(INNER), 'STOP') },
  [INNER]: { code: inner },
  // What INNER creates is there already, with a balance: so it is asked whether it has storage.
  [createAddress(INNER, 0n)]: { balance: 1n },
  [FAILING]: { code: assemble(8, 0, 'TSTORE', 1, 1, 'SSTORE', 0, 0, 'REVERT') },
  // Stores what it finds in transient storage; its gas tells whether anything is warm that should not be.
  [PROBE]: {
    code: assemble(
      0,
      'TLOAD',
      0,
      'SSTORE',
      0,
      'SLOAD',
      'POP',
      hexToBytes(pushed(INNER)),
      'BALANCE',
      'POP',
      ...callTo(INNER),
    ),
  },
};

const victim = signedTransaction(alice, { to: OUTER, value: 0n, gasLimit: 1_000_000n });
const probe = signedTransaction(alice, { to: PROBE, value: 0n, gasLimit: 1_000_000n });

let engine: Engine;
let expected: unknown;

describe.each(ENGINES)('on $name,', ({ name, createEngine }) => {
  /** Polls of a whole run at least, and those that find a run and a call deep in their frames: wasm polls seldom. */
  const polled = name === 'ethereumjs' ? { least: 61, run: 30, call: 40 } : { least: 5, run: 5, call: 4 };

  beforeAll(async () => {
    engine = await createEngine(RULES);
    engine.beginBlock(environment());
    expected = await probed();
  });

  it('a block start that fails leaves no trace either', async () => {
    const contract: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';
    const failing: StateAccess = {
      ...plainState({ ...ACCOUNTS, [contract]: { code: assemble(...callTo(INNER)) } }),
      readBlockHash() {
        throw new Error('the disk is gone');
      },
    };
    await expect(engine.runBlockStart(failing)).rejects.toThrow('the disk is gone');
    expect(await probed()).toEqual(expected);
  });

  describe('an abandoned run leaves no trace in the next transaction', () => {
    it('whichever poll ends it', async () => {
      let polls = 0;
      await engine.runTransaction(
        prepared(victim),
        plainState(ACCOUNTS),
        counting(() => {
          polls++;
          return false;
        }),
      );
      expect(polls).toBeGreaterThanOrEqual(polled.least);
      for (let last = 1; last <= polls; last++) {
        let seen = 0;
        const control = counting(() => ++seen >= last);
        const outcome = await engine.runTransaction(prepared(victim), plainState(ACCOUNTS), control);
        expect(outcome, `poll ${last}`).toEqual({ status: 'abandoned' });
        expect(await probed(), `after poll ${last}`).toEqual(expected);
      }
    });

    it('when the original value of a slot is asked for', async () => {
      let isAbandoned = false;
      const state = plainState(ACCOUNTS);
      const access: StateAccess = {
        ...state,
        readSlot(address, slot) {
          isAbandoned = true; // the next poll is that of the original value
          return state.readSlot(address, slot);
        },
      };
      const outcome = await engine.runTransaction(prepared(victim), access, { isAbandoned: () => isAbandoned });
      expect(outcome).toEqual({ status: 'abandoned' });
      expect(await probed()).toEqual(expected);
    });

    it.each(['readAccount', 'readSender', 'readSlot', 'hasStorage', 'readCode', 'readBlockHash'] as const)(
      'when %s of the state below throws',
      async (method) => {
        const state = plainState(ACCOUNTS);
        const access: StateAccess = {
          ...state,
          [method]() {
            throw new RunAbandoned('thrown by the scheduler');
          },
        };
        const fresh = await createEngine(RULES); // it has no code yet
        fresh.beginBlock(environment());
        const outcome = await fresh.runTransaction(prepared(victim), access, { isAbandoned: () => false });
        expect(outcome).toEqual({ status: 'abandoned' });
        expect(await probed(fresh)).toEqual(expected);
      },
    );

    it('after a thousand others', async () => {
      for (let round = 0; round < 1_100; round++) {
        let polls = 0;
        await engine.runTransaction(
          prepared(victim),
          plainState(ACCOUNTS),
          counting(() => ++polls >= polled.run),
        );
      }
      expect(await probed()).toEqual(expected);
    });

    it('when a call is abandoned', async () => {
      const message = {
        from: alice.address,
        to: OUTER,
        gasLimit: 1_000_000n,
        gasPrice: 0n,
        value: 0n,
        data: new Uint8Array(0),
      };
      let polls = 0;
      const outcome = await engine.runCall(
        message,
        plainState(ACCOUNTS),
        counting(() => ++polls >= polled.call),
      );
      expect(outcome).toEqual({ status: 'abandoned' });
      expect(await probed()).toEqual(expected);
    });

    it('when the state below fails for another reason, which is passed on', async () => {
      const failing: StateAccess = {
        ...plainState(ACCOUNTS),
        readSlot() {
          throw new Error('the disk is gone');
        },
      };
      await expect(run(engine, victim, alice.address, failing)).rejects.toThrow('the disk is gone');
      expect(await probed()).toEqual(expected);
    });
  });

  it('an endless loop hears that it is abandoned', async () => {
    const code = assemble({ label: 'loop' }, { at: 'loop' }, 'JUMP');
    const state = plainState({ ...ACCOUNTS, [OUTER]: { code } });
    const loop = signedTransaction(alice, { to: OUTER, value: 0n, gasLimit: 16_000_000n });
    let polls = 0;
    const outcome = await engine.runTransaction(
      prepared(loop),
      state,
      counting(() => ++polls >= 1_000),
    );
    expect(outcome).toEqual({ status: 'abandoned' });
    expect(polls).toBeLessThan(1_010);
  });

  it('a BLAKE2 call of millions of rounds hears that it is abandoned', async () => {
    const rounds = hexToBytes(`0x63${'00f00000'}`); // PUSH4
    const code = assemble(rounds, 224, 'SHL', 0, 'MSTORE', 0, 0, 213, 0, 0x09, 'GAS', 'STATICCALL', 'STOP');
    const state = plainState({ ...ACCOUNTS, [OUTER]: { code } });
    const call = signedTransaction(alice, { to: OUTER, value: 0n, gasLimit: 16_700_000n });
    let polls = 0;
    const outcome = await engine.runTransaction(
      prepared(call),
      state,
      counting(() => ++polls >= 20),
    );
    expect(outcome).toEqual({ status: 'abandoned' });
    expect(polls).toBeLessThan(30);
    expect(
      (
        await engine.runTransaction(
          prepared(call),
          state,
          counting(() => false),
        )
      ).status,
    ).toBe('executed');
  });

  it('a run passes through microtasks only', async () => {
    let isDone = false;
    const outcome = run(engine, victim, alice.address, plainState(ACCOUNTS)).then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(true);
    await outcome;
  });
});

describe('on ethereumjs, by its state', () => {
  beforeAll(async () => {
    engine = await createEthereumjsEngine(RULES);
    engine.beginBlock(environment());
    expected = await probed();
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('every state method ends an abandoned run', async () => {
    const state = new TransactionState();
    state.begin(plainState(ACCOUNTS), { isAbandoned: () => true }, undefined);
    const address = new EvmAddress(hexToBytes(INNER));
    const key = new Uint8Array(32);
    const calls: Record<string, () => unknown> = {
      getAccount: () => state.getAccount(address),
      putAccount: () => state.putAccount(address, new Account()),
      deleteAccount: () => state.deleteAccount(address),
      modifyAccountFields: () => state.modifyAccountFields(address, { nonce: 1n }),
      getCode: () => state.getCode(address),
      getCodeSize: () => state.getCodeSize(address),
      putCode: () => state.putCode(address, key),
      getStorage: () => state.getStorage(address, key),
      putStorage: () => state.putStorage(address, key, key),
      clearStorage: () => state.clearStorage(address),
      originalStorage: () => state.originalStorageCache.get(address, key),
      checkpoint: () => state.checkpoint(),
      commit: () => state.commit(),
      revert: () => state.revert(),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect((async () => call())(), name).rejects.toThrow(RunAbandoned);
    }
  });

  it.each([
    'getAccount',
    'putAccount',
    'deleteAccount',
    'getCode',
    'putCode',
    'getStorage',
    'putStorage',
    'clearStorage',
    'checkpoint',
    'commit',
    'revert',
  ] as const)('an abandoned run leaves no trace when it ends in %s', async (method) => {
    let isAbandoned = false;
    let depth = 0;
    const original = TransactionState.prototype[method] as (...parameters: unknown[]) => Promise<unknown>;
    const entered = vi.spyOn(TransactionState.prototype, method);
    entered.mockImplementation(async function (this: TransactionState, ...parameters: unknown[]) {
      // Nothing in a message deletes accounts: that comes when all frames are done.
      if (method === 'deleteAccount' || depth >= 3) isAbandoned = true;
      return original.apply(this, parameters) as never;
    });
    const state = tellingDepth(plainState(ACCOUNTS), (now) => {
      depth = now;
    });
    const control = { isAbandoned: () => isAbandoned };
    const outcome = await engine.runTransaction(prepared(destroying()), state, control);
    expect(isAbandoned).toBe(true);
    vi.restoreAllMocks();
    expect(outcome).toEqual({ status: 'abandoned' });
    expect(await probed()).toEqual(expected);
  });
});

/** A creation that calls INNER at depth 3 and destroys what it made. */
function destroying() {
  const data = assemble(...callTo(MIDDLE), 0, 'SELFDESTRUCT');
  return signedTransaction(alice, { to: undefined, value: 0n, gasLimit: 2_000_000n, data });
}

async function probed(probedEngine = engine): Promise<unknown> {
  const state = recording(plainState(ACCOUNTS));
  const { writes, gasUsed, logs } = executed(await run(probedEngine, probe, alice.address, state));
  return { writes, gasUsed, logs, reads: state.reads };
}

function prepared(transaction: typeof victim) {
  return { transaction, sender: alice.address };
}

function counting(isAbandoned: () => boolean | undefined): RunControl {
  let hasEnded = false;
  return {
    isAbandoned: () => {
      hasEnded ||= isAbandoned() === true;
      return hasEnded;
    },
  };
}

/** Says that depth 3 is reached when INNER's first slot is read, and left when the transaction settles. */
function tellingDepth(state: StateAccess, setDepth: (depth: number) => void): StateAccess {
  return {
    ...state,
    readSlot(address, slot) {
      if (address === INNER && slot === word(0)) setDepth(3);
      return state.readSlot(address, slot);
    },
  };
}

function pushed(address: Address): `0x${string}` {
  return `0x73${address.slice(2)}`;
}

function callTo(address: Address) {
  return [0, 0, 0, 0, 0, hexToBytes(pushed(address)), 'GAS', 'CALL', 'POP'];
}

/** Deploys one byte of code. */
function create() {
  const init = initCodeOf(assemble('STOP'));
  return [
    hexToBytes(`0x${(0x5f + init.length).toString(16)}${Buffer.from(init).toString('hex')}`),
    0,
    'MSTORE',
    init.length,
    32 - init.length,
    0,
    'CREATE',
    'POP',
  ];
}
