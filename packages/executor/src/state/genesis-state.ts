import {
  type Address,
  bigIntToBytes,
  bytesToHex,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type GenesisAccount,
  type Hash,
  HeddleError,
  hexToBytes,
  keccak256,
  keccak256Hex,
  readFields,
} from '@heddle/primitives';
import { firstStateTrie, openStateTrie } from '../trie/state-trie.ts';
import {
  type BatchOperation,
  createDatabase,
  type Database,
  type DatabaseEntry,
  type KeyValueSource,
} from './database.ts';
import { SlotChanges } from './slot-changes.ts';
import type { AccountChange, StateDiff } from './state-diff.ts';
import { SORTED_ACCOUNTS, sortedAccountKey } from './state-keys.ts';
import { flatStateOperations } from './state-operations.ts';
import { removeFolder } from './store-files.ts';

const NO_STATE: KeyValueSource = { getSync: () => undefined };
const ZERO_VALUE = new Uint8Array(32);
/** Accounts that are written together at most, and bytes of them: some 50 MiB in all that is made of them. */
const PART_ACCOUNTS = 10_000;
const PART_BYTES = 4 << 20;
/** Slots of one account that are written together at most. */
const PART_SLOTS = 10_000;
/** In the order of the hashes, nodes of earlier parts are hardly ever needed again. */
const KEPT_NODES_BYTES = 16 << 20;

/** The root of the genesis state, and the operations that put it into an empty store: for one that fits into memory. */
export function genesisOperations(alloc: readonly GenesisAccount[]): { stateRoot: Hash; operations: BatchOperation[] } {
  const diff = genesisDiff(alloc);
  const { stateRoot, operations } = firstStateTrie(diff);
  return { stateRoot, operations: [...flatStateOperations(NO_STATE, diff), ...operations] };
}

/**
 * Writes the genesis state into `database`, which has no state, a part at a time, so that any number of accounts takes
 * the same memory; the slots of one account are held whole. Gives its root.
 *
 * The accounts are sorted on disk first: in the order of their hashes each trie node is made once, in any other order the
 * upper ones are made again with every part.
 *
 * @throws HeddleError `GENESIS_ACCOUNT_TWICE`; what `alloc` throws
 */
export async function writeGenesisState(
  database: Database,
  alloc: Iterable<GenesisAccount>,
  onWritten: (done: number, total: number) => void = () => undefined,
): Promise<Hash> {
  const total = await sortAccounts(database, alloc);
  const trie = openStateTrie(database, EMPTY_TRIE_ROOT, { maxKeptBytes: KEPT_NODES_BYTES });
  let stateRoot: Hash = EMPTY_TRIE_ROOT;
  let done = 0;
  for await (const entries of inParts(database.iterate(SORTED_ACCOUNTS))) {
    for (const diff of genesisDiffs(entries.map(([, value]) => decodeGenesisAccount(value)))) {
      stateRoot = await trie.root(diff);
      const operations = [...flatStateOperations(database, diff), ...trie.operations(stateRoot)];
      await database.batch(operations, { sync: true });
      trie.apply(stateRoot);
    }
    await database.batch(
      entries.map(([key]) => ({ type: 'del', key })),
      { sync: true },
    );
    done += entries.length;
    onWritten(done, total);
  }
  return stateRoot;
}

/**
 * The root that {@link writeGenesisState} comes to, by way of a database in the folder `scratch`, which is removed again.
 *
 * @throws HeddleError `GENESIS_ACCOUNT_TWICE`; what `alloc` throws
 */
export async function genesisStateRoot(scratch: string, alloc: Iterable<GenesisAccount>): Promise<Hash> {
  await removeFolder(scratch); // what an interrupted one left
  const database = await createDatabase(scratch);
  try {
    return await writeGenesisState(database, alloc);
  } finally {
    await database.close();
    await removeFolder(scratch);
  }
}

/** Puts the accounts into `database` under the hashes of their addresses. Gives their number. */
async function sortAccounts(database: Database, alloc: Iterable<GenesisAccount>): Promise<number> {
  let total = 0;
  let part = new Map<Hash, BatchOperation>();
  let partBytes = 0;
  const flush = async () => {
    await database.batch(part.values(), { sync: true });
    total += part.size;
    [part, partBytes] = [new Map(), 0];
  };
  for (const account of alloc) {
    const hash = keccak256Hex(hexToBytes(account.address));
    const key = sortedAccountKey(hash);
    if (part.has(hash) || database.getSync(key) !== undefined) throw accountTwice(account.address);
    const value = encodeGenesisAccount(account);
    part.set(hash, { type: 'put', key, value });
    partBytes += value.length;
    if (part.size >= PART_ACCOUNTS || partBytes >= PART_BYTES) await flush();
  }
  await flush();
  return total;
}

async function* inParts(chunks: AsyncIterable<readonly DatabaseEntry[]>): AsyncGenerator<readonly DatabaseEntry[]> {
  let part: DatabaseEntry[] = [];
  let partBytes = 0;
  for await (const chunk of chunks) {
    for (const entry of chunk) {
      part.push(entry);
      partBytes += entry[1].length;
      if (part.length < PART_ACCOUNTS && partBytes < PART_BYTES) continue;
      yield part;
      [part, partBytes] = [[], 0];
    }
  }
  if (part.length > 0) yield part;
}

function encodeGenesisAccount({ address, nonce, balance, code, storage }: GenesisAccount): Uint8Array {
  const slots = new Uint8Array(64 * storage.size);
  let place = 0;
  for (const [slot, value] of storage) {
    slots.set(hexToBytes(slot), place);
    slots.set(hexToBytes(value), place + 32);
    place += 64;
  }
  return encodeRlp([hexToBytes(address), bigIntToBytes(nonce), bigIntToBytes(balance), code, slots]);
}

function decodeGenesisAccount(value: Uint8Array): GenesisAccount {
  const fields = readFields(decodeRlp(value), 'genesis account');
  const account = {
    address: fields.address('address'),
    nonce: fields.bigint('nonce', 64),
    balance: fields.bigint('balance', 256),
    code: fields.bytes('code'),
  };
  const slots = fields.bytes('storage');
  const storage = new Map<Hash, Hash>();
  for (let offset = 0; offset < slots.length; offset += 64) {
    const word = (from: number) => bytesToHex(slots.subarray(from, from + 32));
    storage.set(word(offset), word(offset + 32));
  }
  return { ...account, storage };
}

/** What puts the accounts there, one after another: of an account with many slots some at a time. */
function* genesisDiffs(alloc: readonly GenesisAccount[]): Generator<StateDiff> {
  const rests: { readonly address: Address; readonly slots: readonly Slot[] }[] = [];
  const firsts = alloc.map((account) => {
    if (account.storage.size <= PART_SLOTS) return account;
    const slots = sortedSlots(account.storage);
    rests.push({ address: account.address, slots: slots.slice(PART_SLOTS) });
    return { ...account, storage: new Map(slots.slice(0, PART_SLOTS)) };
  });
  yield genesisDiff(firsts);
  for (const { address, slots } of rests) {
    for (let from = 0; from < slots.length; from += PART_SLOTS) {
      const changes = slotChanges(slots.slice(from, from + PART_SLOTS));
      yield { accounts: new Map(), slots: new Map([[address, changes]]), codes: new Map() };
    }
  }
}

type Slot = readonly [slot: Hash, value: Hash];

/** In the order of their hashes, as accounts are. */
function sortedSlots(storage: ReadonlyMap<Hash, Hash>): Slot[] {
  const hashed = [...storage].map((slot) => ({ slot, hash: keccak256(hexToBytes(slot[0])) }));
  return hashed.sort((one, other) => Buffer.compare(one.hash, other.hash)).map(({ slot }) => slot);
}

function slotChanges(slots: Iterable<Slot>): SlotChanges {
  const changes = new SlotChanges();
  for (const [slot, value] of slots) changes.add(slot, { before: ZERO_VALUE, after: hexToBytes(value) });
  return changes;
}

/** As geth: an account without anything still stands in the trie when the alloc names it. */
function genesisDiff(alloc: readonly GenesisAccount[]): StateDiff {
  const accounts = new Map<Address, AccountChange>();
  const slots = new Map<Address, SlotChanges>();
  const codes = new Map<Hash, Uint8Array>();
  for (const { address, nonce, balance, code, storage } of alloc) {
    if (accounts.has(address)) throw accountTwice(address);
    const codeHash = keccak256Hex(code);
    if (codeHash !== EMPTY_CODE_HASH) codes.set(codeHash, code);
    accounts.set(address, { before: undefined, after: { nonce, balance, codeHash, incarnation: 0 } });
    if (storage.size > 0) slots.set(address, slotChanges(storage));
  }
  return { accounts, slots, codes };
}

function accountTwice(address: Address): HeddleError {
  return new HeddleError('GENESIS_ACCOUNT_TWICE', `the genesis names the account ${address} twice`, {
    remedy: 'leave one of them out of alloc',
  });
}
