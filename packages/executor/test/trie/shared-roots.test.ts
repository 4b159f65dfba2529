import { type Address, bigIntToBytesOfSize, bytesToHex, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { InspectableExecutor } from '../../src/block-executor.ts';
import type { Database } from '../../src/state/database.ts';
import { type SlotChange, SlotChanges } from '../../src/state/slot-changes.ts';
import type { AccountChange, StateDiff, StoredAccount } from '../../src/state/state-diff.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { openStateTrie, type StateTrie } from '../../src/trie/state-trie.ts';
import { instantiateTrie, type SharedTrie } from '../../src/trie/trie-core.ts';
import { createTrieHelper } from '../../src/trie/trie-job.ts';
import { createTestChain, genesisAccount, type TestChain } from '../parallel/test-chain.ts';
import { type ModelState, rootByLibrary } from '../state/state-model.ts';

const seed = seedFromEnvironment('shared-roots');
const ZERO = new Uint8Array(32);
let chain: TestChain | undefined;

afterEach(() => chain?.close());

/** A state that grows from block to block: many accounts, of which a few hold many slots. */
class GrowingState {
  readonly model: Map<Address, StoredAccount & { slots: ReadonlyMap<Hash, Uint8Array> }> = new Map();
  readonly #random: Random;
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next block: about `accountCount` accounts change, one of them in `slotCount` slots. */
  next(accountCount: number, slotCount: number): { readonly number: number; readonly diff: StateDiff } {
    const random = this.#random;
    const number = ++this.#number;
    const accounts = new Map<Address, AccountChange>();
    const slots = new Map<Address, SlotChanges>();
    const known = [...this.model.keys()];
    for (let count = accountCount; count > 0; count--) {
      const address = known.length > 0 && random.chance(0.6) ? random.pick(known) : bytesToHex(random.bytes(20));
      if (accounts.has(address)) continue;
      const before = this.model.get(address);
      if (before !== undefined && random.chance(0.1)) {
        this.model.delete(address);
        accounts.set(address, { before: fieldsOf(before), after: undefined });
        continue;
      }
      const fields = { nonce: BigInt(number), balance: random.bigint(1n, 1n << 80n), codeHash: EMPTY_CODE_HASH };
      const after = { ...fields, incarnation: before?.incarnation ?? number };
      accounts.set(address, { before: before && fieldsOf(before), after });
      const changes = this.#slots(before?.slots, accounts.size === 1 ? slotCount : random.pick([0, 0, 0, 3]));
      if (changes.size > 0) slots.set(address, new SlotChanges(changes));
      const held = new Map(before?.slots);
      for (const [slot, change] of changes) {
        if (change.after.every((byte) => byte === 0)) held.delete(slot);
        else held.set(slot, change.after);
      }
      this.model.set(address, { ...after, slots: held });
    }
    return { number, diff: { accounts, slots, codes: new Map() } };
  }

  #slots(before: ReadonlyMap<Hash, Uint8Array> | undefined, count: number): Map<Hash, SlotChange> {
    const random = this.#random;
    const held = [...(before ?? [])];
    const changes = new Map<Hash, SlotChange>();
    for (let left = count; left > 0; left--) {
      const [slot, value] =
        held.length > 0 && random.chance(0.5) ? random.pick(held) : [bytesToHex(random.bytes(32)), ZERO];
      const after = random.chance(0.3) ? ZERO : bigIntToBytesOfSize(random.bigint(1n, 1n << 200n), 32);
      if (Buffer.compare(value, after) !== 0) changes.set(slot, { before: value, after });
    }
    return changes;
  }
}

function fieldsOf({ nonce, balance, codeHash, incarnation }: StoredAccount): StoredAccount {
  return { nonce, balance, codeHash, incarnation };
}

async function start(workers: number) {
  chain = await createTestChain([]);
  const { database, genesisRoot } = chain;
  const trie = openStateTrie(database, genesisRoot);
  const executor = await chain.start(workers, { trie });
  return { database, trie, executor, alone: openStateTrie(database, genesisRoot) };
}

describe('roots that several workers make', () => {
  it('are those of one worker and of the library, with storage tries of every size', async () => {
    const state = new GrowingState(createRandom(seed));
    const { database, trie, alone } = await start(3);
    for (const [accountCount, slotCount] of [
      [400, 0],
      [300, 900],
      [5, 700],
      [700, 5],
      [200, 1_500],
    ] as const) {
      const { number, diff } = state.next(accountCount, slotCount);
      const root = await trie.root(diff);
      expect(root, `block ${number}`).toBe(await rootByLibrary(state.model as ModelState));
      expect(await alone.root(diff)).toBe(root);
      await commit(database, { number, diff, root }, [trie, alone]);
    }
  });

  it.each([
    ['fails', 1, 0],
    ['dies', 0, 1],
  ])('are made again by worker 0 when a helper %s within a task', async (_, failures, deaths) => {
    const accounts = Array.from({ length: 400 }, (_, index) => genesisAccount(addressOf(index), 1n));
    chain = await createTestChain(accounts);
    const { database, genesisRoot } = chain;
    let helpers = 0;
    let reads = 0;
    const trie = openStateTrie(
      {
        getSync(key) {
          if (++reads === 3) helpers += stealTask(trie.shared, failures === 1); // worker 0 is within a task of its own
          return database.getSync(key);
        },
      },
      genesisRoot,
    );
    trie.employ({ callToRoot: () => undefined, gather: async () => undefined, deathCount: () => deaths * helpers });
    const before = { nonce: 0n, balance: 1n, codeHash: EMPTY_CODE_HASH, incarnation: 0, slotCount: 0 };
    const diff: StateDiff = {
      accounts: new Map(accounts.map(({ address }) => [address, { before, after: { ...before, balance: 2n } }])),
      slots: new Map(),
      codes: new Map(),
    };
    expect(await trie.root(diff)).toBe(await openStateTrie(database, genesisRoot).root(diff));
    expect(helpers).toBe(1);
  });

  it('leave worker 0 a piece of other work in each phase, while the helpers do the tasks', async () => {
    const state = new GrowingState(createRandom(seed));
    const { trie, alone } = await start(2);
    const { diff } = state.next(400, 900);
    const { steps } = instantiateTrie(trie.shared, 2, { getSync: () => undefined });
    const pieces: { readonly name: number; readonly isDone: boolean }[] = [];
    const piece = (name: number) => () => {
      const limitMs = performance.now() + 20_000;
      while (steps.isDone() === 0 && performance.now() < limitMs); // by nobody but the helper
      pieces.push({ name, isDone: steps.isDone() !== 0 });
    };
    expect(await trie.root(diff, [1, 2, 3, 4, 5, 6].map(piece))).toBe(await alone.root(diff));
    const phases = [1, 2, 3, 4].map((name) => ({ name, isDone: true })); // keys, the big storage, small ones, accounts
    expect(pieces).toEqual(phases);
  });

  it('fail with what that work throws, and are made at the next call', async () => {
    const { trie, alone } = await start(2);
    const { diff } = new GrowingState(createRandom(seed)).next(400, 900);
    const fail = () => {
      throw new Error('the other work failed');
    };
    await expect(trie.root(diff, [() => undefined, fail])).rejects.toThrow('the other work failed');
    expect(await trie.root(diff)).toBe(await alone.root(diff));
  });

  it('are right when workers die', async () => {
    const state = new GrowingState(createRandom(seed));
    const { database, trie, alone, executor } = await start(3);
    for (let round = 1; round <= 12; round++) {
      const { number, diff } = state.next(500, 300);
      await whenParked(executor);
      const death = executor.pool.kill(1 + (round % 2));
      const root = await trie.root(diff);
      expect(root, `round ${round}`).toBe(await alone.root(diff));
      await commit(database, { number, diff, root }, [trie, alone]);
      await death;
      await waitFor(() => executor.pool.deathCount() === round, { what: 'word of the death' });
    }
  });
});

/** A helper takes a task and never ends it: it cannot read. `isTold`: it says so, as one that lives does. */
function stealTask(shared: SharedTrie, isTold: boolean): number {
  const unreadable = {
    getSync: () => {
      throw new Error('unreadable');
    },
  };
  if (isTold) createTrieHelper(shared, 1, unreadable)();
  else expect(() => instantiateTrie(shared, 1, unreadable).steps.help()).toThrow('unreadable');
  return 1;
}

function addressOf(index: number): Address {
  return bytesToHex(bigIntToBytesOfSize(BigInt(index + 1), 20));
}

async function commit(
  database: Database,
  { number, diff, root }: { readonly number: number; readonly diff: StateDiff; readonly root: Hash },
  tries: readonly StateTrie[],
): Promise<void> {
  const operations = tries[0]?.operations(root) ?? [];
  await database.batch([...stateOperations(database, number, diff), ...operations], { sync: false });
  for (const trie of tries) trie.apply(root);
}

/** Both helpers take part again. */
async function whenParked({ pool }: InspectableExecutor): Promise<void> {
  await waitFor(() => pool.readyCount() === 3, { what: 'both helpers' });
}
