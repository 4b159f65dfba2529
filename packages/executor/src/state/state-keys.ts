import { type Address, assert, type Hash, type Hex, writeHex } from '@heddle/primitives';
import { type AllocateRecord, allocateAlone } from './record-memory.ts';

// Key space of the store. One byte says what a record is; executor owns these, `node` the letters of its chain store
// (upper case). Numbers in keys are big-endian, so that byte order is number order.
//
//   0x00 'format'                                    the format version
//   0x01 keccak of an address 32                     account of a genesis that is being written, see genesis-state.ts
//   0x00 'history'                                   from which block on states can be read, see history-range.ts
//   'a'  address 20                                  account at the head
//   's'  address 20 | incarnation 4 | slot 32        slot value at the head
//   'c'  code hash 32                                code
//   'v'  block 4 | location                          value of the location before that block changed it
//   'h'  location                                    the last blocks that changed the location, see change-index.ts
//   'h'  location | chunk number 4                   earlier ones
//   't'  path, a nibble a byte                       node of the account trie at the head
//   'u'  address 20 | incarnation 4 | path           node of an account's storage trie at the head
//
// A location is the key of its head record ('a…' or 's…').
const SORTED = 0x01;
const ACCOUNT = 0x61;
const SLOT = 0x73;
const CODE = 0x63;
const VALUE_BEFORE = 0x76;
const HISTORY = 0x68;
const ACCOUNT_NODE = 0x74;
/** What {@link storageNodePrefix} begins with. */
export const STORAGE_NODE = 0x75;
/** Where the incarnation stands in it, 4 bytes. */
export const STORAGE_NODE_INCARNATION = 21;

const KINDS: ReadonlyMap<number, string> = new Map([
  [ACCOUNT, 'accounts'],
  [SLOT, 'slots'],
  [CODE, 'code'],
  [VALUE_BEFORE, 'history values'],
  [HISTORY, 'history index'],
  [ACCOUNT_NODE, 'account trie nodes'],
  [STORAGE_NODE, 'storage trie nodes'],
]);

/** Largest block number that keys can hold. */
export const MAX_BLOCK_NUMBER = 0xffff_ffff;

/** The record that holds the format version. */
export const FORMAT_KEY: Uint8Array = Uint8Array.of(0, ...Buffer.from('format', 'ascii'));

/** The record that says from which block on states can be read. */
export const HISTORY_RANGE_KEY: Uint8Array = Uint8Array.of(0, ...Buffer.from('history', 'ascii'));

/** What the record at `key` is, in a word or two; undefined for one that is not of the state. */
export function stateRecordKind(key: Uint8Array): string | undefined {
  return KINDS.get(key[0] ?? 0);
}

/** All accounts of a genesis that is being written, in the order of their hashes. */
export const SORTED_ACCOUNTS: { readonly from: Uint8Array; readonly to: Uint8Array } = {
  from: Uint8Array.of(SORTED),
  to: Uint8Array.of(SORTED + 1),
};

/** Of the account of a genesis that is being written whose address has this hash. */
export function sortedAccountKey(addressHash: Hash): Uint8Array {
  const key = new Uint8Array(33);
  key[0] = SORTED;
  writeHexOfSize(key, 1, addressHash, 32);
  return key;
}

/** Of the account at the head. */
export function accountKey(address: Address, allocate: AllocateRecord = allocateAlone): Uint8Array {
  const key = allocate(21);
  key[0] = ACCOUNT;
  writeHexOfSize(key, 1, address, 20);
  return key;
}

/** Of the slot's value at the head. */
export function slotKey(address: Address, incarnation: number, slot: Hash): Uint8Array {
  const key = new Uint8Array(57);
  key[0] = SLOT;
  writeHexOfSize(key, 1, address, 20);
  writeNumber(key, 21, incarnation);
  writeHexOfSize(key, 25, slot, 32);
  return key;
}

/** As {@link slotKey}, of the slot whose 32 bytes stand at `at` of `bytes`; `prefix`: what {@link slotRange} begins with. */
export function slotKeyBehind(prefix: Uint8Array, bytes: Uint8Array, at: number, allocate: AllocateRecord): Uint8Array {
  const key = allocate(57);
  for (let place = 0; place < 25; place++) key[place] = prefix[place] ?? 0;
  for (let place = 0; place < 32; place++) key[25 + place] = bytes[at + place] ?? 0;
  return key;
}

/** Of the code with this hash. */
export function codeKey(codeHash: Hash): Uint8Array {
  const key = new Uint8Array(33);
  key[0] = CODE;
  writeHexOfSize(key, 1, codeHash, 32);
  return key;
}

/** Of the value that `location` had before block `blockNumber`. All of one block lie together. */
export function valueBeforeKey(
  blockNumber: number,
  location: Uint8Array,
  allocate: AllocateRecord = allocateAlone,
): Uint8Array {
  const key = allocate(5 + location.length);
  key[0] = VALUE_BEFORE;
  writeNumber(key, 1, blockNumber);
  key.set(location, 5);
  return key;
}

/** Keys of all values before the blocks `first` to `last`, in the order of the blocks. */
export function valuesBeforeRange(first: number, last: number): { from: Uint8Array; to: Uint8Array } {
  const none = new Uint8Array(0);
  return { from: valueBeforeKey(first, none), to: keyAfter(valueBeforeKey(last, none)) };
}

/** Block and location in a key of {@link valueBeforeKey}. */
export function changeOfKey(key: Uint8Array): { blockNumber: number; location: Uint8Array } {
  const blockNumber = Buffer.from(key.buffer, key.byteOffset, key.length).readUInt32BE(1);
  return { blockNumber, location: key.subarray(5) };
}

/** Whether `location` is an account's, else it is a slot's. */
export function isAccountLocation(location: Uint8Array): boolean {
  return location[0] === ACCOUNT;
}

/** Keys of the slots of one incarnation of an account's storage. */
export function slotRange(address: Address, incarnation: number): { from: Uint8Array; to: Uint8Array } {
  const from = storageNodePrefix(address, incarnation);
  from[0] = SLOT;
  return { from, to: keyAfter(from) };
}

/** Keys of the nodes of one incarnation's storage trie. */
export function storageNodeRange(address: Address, incarnation: number): { from: Uint8Array; to: Uint8Array } {
  const from = storageNodePrefix(address, incarnation);
  return { from, to: keyAfter(from) };
}

/** Of the last chunk of the location's index of changes. */
export function lastChunkKey(location: Uint8Array, allocate: AllocateRecord = allocateAlone): Uint8Array {
  const key = allocate(location.length + 1);
  key[0] = HISTORY;
  key.set(location, 1);
  return key;
}

/** Of an earlier, full chunk of the location's index of changes. */
export function fullChunkKey(location: Uint8Array, chunkNumber: number): Uint8Array {
  const key = new Uint8Array(location.length + 5);
  key[0] = HISTORY;
  key.set(location, 1);
  writeNumber(key, location.length + 1, chunkNumber);
  return key;
}

/** What all keys of the account trie's nodes begin with; the path follows. */
export function accountNodePrefix(): Uint8Array {
  return Uint8Array.of(ACCOUNT_NODE);
}

/** What all keys of one storage trie's nodes begin with; the path follows. */
export function storageNodePrefix(address: Address, incarnation: number): Uint8Array {
  const prefix = Buffer.alloc(25);
  const written = prefix.write(address.slice(2), 1, 20, 'hex');
  assert(written === 20 && address.length === 42, `expected an address, got ${address.slice(0, 80)}`);
  prefix[0] = STORAGE_NODE;
  prefix.writeUInt32BE(incarnation, STORAGE_NODE_INCARNATION);
  return new Uint8Array(prefix.buffer, prefix.byteOffset, prefix.length);
}

/** All keys that begin with `first`. */
export function rangeOfKind(first: 'account' | 'slot'): { from: Uint8Array; to: Uint8Array } {
  const letter = first === 'account' ? ACCOUNT : SLOT;
  return { from: Uint8Array.of(letter), to: Uint8Array.of(letter + 1) };
}

/** The address in an account's or a slot's key. */
export function addressOfKey(key: Uint8Array): Address {
  return hexOf(key, 1, 21);
}

/** Incarnation and slot in a slot's key. */
export function slotOfKey(key: Uint8Array): { incarnation: number; slot: Hash } {
  return {
    incarnation: Buffer.from(key.buffer, key.byteOffset, key.length).readUInt32BE(21),
    slot: hexOf(key, 25, 57),
  };
}

/** The first key, in byte order, that does not begin with `prefix` and comes after all that do. */
function keyAfter(prefix: Uint8Array): Uint8Array {
  const key = prefix.slice();
  for (let index = key.length - 1; index >= 0; index--) {
    key[index] = ((key[index] ?? 0) + 1) & 0xff;
    if (key[index] !== 0) break;
  }
  return key;
}

function hexOf(bytes: Uint8Array, start: number, end: number): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex', start, end)}`;
}

// Below, as everywhere that is reached by the thousand, a message is made only where it is needed.
function writeHexOfSize(target: Uint8Array, offset: number, hex: Hex, size: number): void {
  if (hex.length !== 2 + 2 * size) assert(false, `expected ${size} bytes of hex, got ${hex.slice(0, 80)}`);
  writeHex(target, offset, hex);
}

function writeNumber(target: Uint8Array, offset: number, value: number): void {
  const isNumber = Number.isInteger(value) && value >= 0 && value <= MAX_BLOCK_NUMBER;
  if (!isNumber) assert(false, `a block number, got ${value}`);
  for (let place = offset + 3, rest = value; place >= offset; place--, rest >>>= 8) target[place] = rest & 0xff;
}
