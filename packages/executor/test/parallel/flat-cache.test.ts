import { type Address, EMPTY_BYTES, EMPTY_CODE_HASH, equalBytes, type Hash } from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { type Core, type CoreConstant, instantiateCore, loadSharedCore } from '../../src/shared-memory/core.ts';
import { FlatCache } from '../../src/shared-memory/flat-cache.ts';
import { layOutBlock } from '../../src/shared-memory/lay-out-block.ts';
import { Locations } from '../../src/shared-memory/locations.ts';
import type { StateDiff, StateReader } from '../../src/state/state-diff.ts';
import { createUniverse, type ModelState, randomBlock, type Universe } from '../state/state-model.ts';
import { environment, RULES } from './test-chain.ts';

// Two workers of one memory in one thread, over a model of the state: worker 0 reads the head, worker 1 a store that lags up
// to three blocks behind, as it does while batches are on their way to disk.

const ZERO = new Uint8Array(32);
const MAX_LAG = 3;

interface Run {
  /** Sets of the cache: few make evictions, and batches that do not fit. */
  readonly sets: number;
  readonly blocks: number;
  readonly mutation?: Extract<CoreConstant, `MUTATION_${string}`>;
}

/** What one run comes to. */
interface Outcome {
  /** The first value that was read and is not the model's. */
  readonly wrong: string | undefined;
  readonly hits: number;
  readonly misses: number;
  /** Diffs that had to be preloaded in part, for want of room. */
  readonly preloaded: number;
}

describe('the cache of flat state', () => {
  for (const sets of [1, 2, 8, 16_384]) {
    it(`with room for ${sets * 8} gives every worker the head's values, block after block`, async () => {
      const random = createRandom(seedFromEnvironment(`flat cache of ${sets} sets`));
      const { wrong, hits, misses, preloaded } = await runBlocks(random, { sets, blocks: 250 });
      expect(wrong).toBeUndefined();
      expect(hits).toBeGreaterThan(100);
      expect(misses, 'some were evicted, or never there').toBeGreaterThan(100);
      if (sets === 1) expect(preloaded).toBeGreaterThan(10);
      if (sets > 100) expect(preloaded).toBe(0);
    });
  }

  it('has nothing of a state that was left, as by a rewind', async () => {
    const { cache, zero } = await open(16, createRandom(1), undefined);
    const balanceOf = (state: ModelState) => {
      const [locations] = enterBlock([zero], [state], []);
      const entry = (locations as Locations).account(ADDRESS);
      return baseWord(zero, entry, zero.layout.FIELD_BALANCE);
    };
    expect(balanceOf(stateWith(5n))).toBe(5n);
    expect(balanceOf(stateWith(6n)), 'what is known counts').toBe(5n);
    cache.drop();
    expect(balanceOf(stateWith(6n))).toBe(6n);
  });

  it('forgets a set that a worker left locked', async () => {
    const { cache, zero } = await open(1, createRandom(1), undefined);
    const [locations] = enterBlock([zero], [stateWith(5n)], []);
    locations?.account(ADDRESS);
    zero.memory.setHex(zero.scratch, ADDRESS);
    expect(zero.steps.findAccountCell(zero.scratch)).not.toBe(0);
    zero.memory.setU32(zero.layout.CACHE_LOCKS, 2);
    expect(zero.steps.findAccountCell(zero.scratch)).toBe(0);
    expect(zero.memory.u32(zero.layout.CACHE_LOCKS)).toBe(0);
    expect(cache.hold([])).toEqual([]);
  });
});

describe('a cache whose locks are refused since the block has ended', () => {
  it('lets no worker but 0 ask its store, which may lag behind, and keeps what it holds', async () => {
    const { zero, one } = await open(1, createRandom(1), undefined);
    const [first] = enterBlock([zero, one], [stateWith(5n), stateWith(4n)], []);
    first?.account(ADDRESS);
    const [again, lagging] = enterBlock([zero, one], [stateWith(5n), stateWith(4n)], []);
    zero.memory.setU32(zero.layout.CACHE_LOCKS, 1); // worker 0 is in the set
    zero.steps.stopBlock(zero.layout.STOP_CANCELLED);
    expect(() => lagging?.account(ADDRESS)).toThrow('given up');
    zero.memory.setU32(zero.layout.CACHE_LOCKS, 0);
    const entry = again?.account(ADDRESS) ?? 0;
    const base = zero.memory.u32(entry + zero.layout.ENTRY_HEADS + zero.layout.HEAD_BASE);
    expect(zero.memory.word(base + zero.layout.RECORD_VALUE)).toBe(5n);
  });

  it('is not overwritten by who read the store meanwhile', async () => {
    const { zero, one } = await open(1, createRandom(1), undefined);
    const slot: Hash = `0x${'07'.repeat(32)}`;
    const [first] = enterBlock([zero, one], [stateWith(5n), stateWith(5n)], []);
    const head = first?.slotHead(ADDRESS, slot) ?? 0;
    const cell = zero.steps.findSlotCell(placeAddress(zero), placeSlot(zero, slot), 0);
    expect(cell).not.toBe(0);
    zero.memory.setWord(cell + zero.layout.CELL_VALUE, 9n); // as the next head has it
    one.steps.keepSlot(head);
    expect(zero.memory.word(cell + zero.layout.CELL_VALUE)).toBe(9n);
  });
});

describe('that test catches a cache which', () => {
  const faults = [
    ['is not moved with the head', 'MUTATION_KEEP_OLD_STATE'],
    ['evicts what a batch in flight has changed', 'MUTATION_EVICT_PINNED'],
  ] as const;
  it.each(faults)('%s', async (_, mutation) => {
    const random = createRandom(seedFromEnvironment(mutation));
    const { wrong } = await runBlocks(random, { sets: 4, blocks: 250, mutation });
    expect(wrong).toMatch(/^block \d+, worker [01]: /);
  });
});

const ADDRESS: Address = `0x${'ad'.repeat(20)}`;

function placeAddress({ memory, scratch }: Core): number {
  memory.setHex(scratch, ADDRESS);
  return scratch;
}

function placeSlot({ memory, scratch }: Core, slot: Hash): number {
  memory.setHex(scratch + 32, slot);
  return scratch + 32;
}

function stateWith(balance: bigint): ModelState {
  return new Map([[ADDRESS, { nonce: 1n, balance, codeHash: EMPTY_CODE_HASH, incarnation: 0, slots: new Map() }]]);
}

/** Two instances over one memory with a cache of `sets` sets, over a chain whose state worker 0 reads at the head. */
async function open(sets: number, random: Random, mutation: Run['mutation']) {
  const shared = await loadSharedCore('debug');
  const number = mutation === undefined ? 0 : instantiateCore(shared, 0).layout[mutation];
  const [zero, one] = [0, 1].map((index) => instantiateCore({ ...shared, mutation: number }, index)) as [Core, Core];
  const universe = createUniverse(random, 24, 6);
  const states: ModelState[] = [new Map()];
  const cache = new FlatCache(
    zero,
    readerOf(() => states.at(-1) as ModelState),
    sets,
  );
  return { cache, zero, one, universe, states };
}

async function runBlocks(random: Random, { sets, blocks, mutation }: Run): Promise<Outcome> {
  const { cache, zero, one, universe, states } = await open(sets, random, mutation);
  const pending: StateDiff[] = [];
  let preloaded = 0;
  for (let number = 1; number <= blocks; number++) {
    const head = states.at(-1) as ModelState;
    const behind = states.at(-1 - pending.length) as ModelState;
    const left = cache.hold(pending);
    preloaded += left.filter(({ accounts }) => accounts.size > 0).length;
    const workers = enterBlock([zero, one], [head, behind], left);
    const wrong = readAll(random, universe, { head, cores: [zero, one], workers });
    if (wrong !== undefined) return { wrong: `block ${number}, ${wrong}`, ...cache.counts(), preloaded };
    const { state, diff } = randomBlock(random, universe, head, number);
    states.push(state);
    pending.push(diff);
    cache.apply(diff);
    while (pending.length > MAX_LAG || (pending.length > 0 && random.chance(0.4))) pending.shift();
  }
  return { wrong: undefined, ...cache.counts(), preloaded };
}

/** Lays out a block and lets the workers in, after worker 0 has preloaded what the cache has no room for. */
function enterBlock(cores: readonly Core[], states: readonly ModelState[], pending: readonly StateDiff[]): Locations[] {
  const [zero] = cores as [Core];
  const context = { environment: environment(), hashes: { parentNumber: 0, bytes: new Uint8Array(32) } };
  layOutBlock(zero, { context, transactions: [], limits: undefined, rules: RULES }, { workerCount: 2, pending });
  const workers = cores.map((core, index) => {
    core.memory.refresh(zero.memory.u32(zero.layout.POOL_END));
    if (index > 0) core.steps.enterBlock();
    core.memory.store(core.steps.workerStateAddress(index), core.layout.WORKER_RUNNING);
    const reader = readerOf(() => states[index] as ModelState);
    return new Locations(core, reader, {
      starve: () => expect.fail('the memory is used up'),
      giveUp: () => {
        throw new Error('given up');
      },
    });
  });
  for (const { accounts, slots } of pending) {
    for (const address of accounts.keys()) workers[0]?.account(address);
    for (const [address, changes] of slots) for (const slot of changes.keys()) workers[0]?.slotHead(address, slot);
  }
  return workers;
}

interface Readers {
  readonly head: ModelState;
  readonly cores: readonly Core[];
  readonly workers: readonly Locations[];
}

/** Reads some of everything by either worker. What is not as at the head. */
function readAll(random: Random, universe: Universe, { head, cores, workers }: Readers): string | undefined {
  for (const address of random.shuffle(universe.addresses).slice(0, 12)) {
    const index = random.int(0, 1);
    const [core, locations] = [cores[index] as Core, workers[index] as Locations];
    const { layout, memory } = core;
    const entry = locations.account(address);
    const account = head.get(address);
    const found = [
      baseWord(core, entry, layout.FIELD_BALANCE),
      baseWord(core, entry, layout.FIELD_NONCE),
      memory.codeHash(baseOf(core, entry, layout.FIELD_CODE)),
      memory.u32(entry + layout.ENTRY_BASE_EXISTS),
      memory.u32(baseOf(core, entry, layout.FIELD_GENERATION) + layout.GENERATION_PRESENT),
      memory.u32(entry + layout.ENTRY_BASE_HAS_STORAGE),
      account === undefined ? 0 : memory.f64(entry + layout.ENTRY_BASE_INCARNATION),
    ];
    const exists = account === undefined ? 0 : 1;
    const expected = [
      account?.balance ?? 0n,
      account?.nonce ?? 0n,
      account?.codeHash ?? EMPTY_CODE_HASH,
      exists,
      exists,
      (account?.slots.size ?? 0) > 0 ? 1 : 0,
      account?.incarnation ?? 0,
    ];
    if (found.join() !== expected.join()) return `worker ${index}: ${address} is ${found}, not ${expected}`;
    for (const slot of random.shuffle(universe.slots).slice(0, 3)) {
      const value = memory.copy(
        memory.u32(locations.slotHead(address, slot) + layout.HEAD_BASE) + layout.RECORD_VALUE,
        32,
      );
      if (!equalBytes(value, account?.slots.get(slot) ?? ZERO)) return `worker ${index}: ${address} slot ${slot}`;
    }
  }
  return undefined;
}

function baseOf({ layout, memory }: Core, entry: number, field: number): number {
  return memory.u32(entry + layout.ENTRY_HEADS + field * layout.HEAD_SIZE + layout.HEAD_BASE) + layout.RECORD_VALUE;
}

function baseWord(core: Core, entry: number, field: number): bigint {
  return core.memory.word(baseOf(core, entry, field));
}

function readerOf(state: () => ModelState): StateReader {
  return {
    account(address) {
      const account = state().get(address);
      return account && { ...account, slotCount: account.slots.size };
    },
    slot(address, incarnation, slot: Hash) {
      const account = state().get(address);
      return (account?.incarnation === incarnation && account.slots.get(slot)) || ZERO;
    },
    code: () => EMPTY_BYTES,
  };
}
