// States of simple accounts, and diffs of them, for benchmarks.
import { EMPTY_CODE_HASH, keccak256 } from '@heddle/primitives';
import { flatStateOperations, genesisOperations } from '../dist/index.js';

/** Accounts that are written together while a state is made. */
const PART = 20_000;

/** Addresses of `count` accounts in the order of their hashes, so that a state of them is written once through. */
export function makeAddresses(count) {
  const seeds = Array.from({ length: count }, (_, index) => {
    const address = Buffer.from(keccak256(Buffer.from(`account ${index}`))).subarray(0, 20);
    return { hash: Buffer.from(keccak256(address)), address: `0x${address.toString('hex')}` };
  });
  return seeds.sort((left, right) => Buffer.compare(left.hash, right.hash)).map(({ address }) => address);
}

/** Balances and nonces of accounts that only hold ether. */
export class Ledger {
  #balances;

  constructor(addresses) {
    this.addresses = addresses;
    this.#balances = addresses.map((_, index) => 10n ** 18n + BigInt(index));
  }

  /** The first state, written to `database` and `trie` in parts. */
  async write(database, trie) {
    for (let from = 0; from < this.addresses.length; from += PART) {
      const accounts = new Map();
      for (let index = from; index < Math.min(from + PART, this.addresses.length); index++) {
        accounts.set(this.addresses[index], { before: undefined, after: this.account(index) });
      }
      await commit(database, trie, { accounts, slots: new Map(), codes: new Map() });
    }
  }

  /** A block that changes `count` different accounts, drawn by `random`. */
  next(count, random) {
    const accounts = new Map();
    while (accounts.size < count) {
      const index = random.int(0, this.addresses.length - 1);
      if (accounts.has(this.addresses[index])) continue;
      accounts.set(...this.change(index, random));
    }
    return { accounts, slots: new Map(), codes: new Map() };
  }

  /** Blocks that change every account once. */
  *all() {
    for (let from = 0; from < this.addresses.length; from += PART) {
      const accounts = new Map();
      for (let index = from; index < Math.min(from + PART, this.addresses.length); index++) {
        const before = this.account(index);
        this.#balances[index] += 1n;
        accounts.set(this.addresses[index], { before, after: this.account(index) });
      }
      yield { accounts, slots: new Map(), codes: new Map() };
    }
  }

  /** Gives the account at `index` some more, in a block that changes others besides. */
  change(index, random) {
    const before = this.account(index);
    this.#balances[index] += BigInt(random.int(1, 1_000_000));
    return [this.addresses[index], { before, after: this.account(index) }];
  }

  account(index) {
    const balance = this.#balances[index];
    return { nonce: BigInt(index % 100), balance, codeHash: EMPTY_CODE_HASH, incarnation: 0, slotCount: 0 };
  }
}

/** The result of `work`, how long it took, and the processor time of all threads, ms. */
export async function timed(work) {
  const startedMs = performance.now();
  const started = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(started);
  return { result, ms: performance.now() - startedMs, cpuMs: (user + system) / 1_000 };
}

/** Moves `trie` by `diff` and writes what that and the flat state need. The root, and what it took, ms. */
export async function commit(database, trie, diff) {
  const { result: root, ms: rootMs, cpuMs: rootCpuMs } = await timed(() => trie.root(diff));
  await database.batch([...flatStateOperations(database, diff), ...trie.operations(root)], { sync: false });
  const applyingMs = performance.now();
  trie.apply(root);
  return { root, rootMs, rootCpuMs, applyMs: performance.now() - applyingMs };
}

/** The state of no accounts. */
export const EMPTY_STATE_ROOT = genesisOperations([]).stateRoot;
