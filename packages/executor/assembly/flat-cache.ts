// Flat state at the head, shared by all workers: what blocks read and what they changed, so that the next ones need not ask
// the store. A block reads and fills it, its set locked; between blocks worker 0 alone moves it to the next head.
//
// A location has one set of cells by its hash and stands in any of them; the one that was not used for longest makes room.
// What is pinned stays. An entry that is there is right, whatever store a worker reads: so a miss may be answered by a store
// that lags behind, as long as everything that it lags in is pinned.
import { MUTATION_EVICT_PINNED, planted } from "./debug";
import {
  CACHE_CELLS, CACHE_CLOCK, CACHE_LOCKS, CACHE_MASK, CELL_ADDRESS, CELL_CODE, CELL_EXISTS, CELL_HAS_STORAGE,
  CELL_INCARNATION, CELL_KIND, CELL_LAST_USE, CELL_NONCE, CELL_PINS, CELL_SIZE, CELL_SLOT, CELL_VALUE, CELLS_PER_SET,
  ENTRY_ACCOUNT, ENTRY_ADDRESS, ENTRY_BASE_EXISTS, ENTRY_BASE_HAS_STORAGE, ENTRY_BASE_INCARNATION, ENTRY_BASE_KNOWN,
  ENTRY_SLOT, FIELD_BALANCE, FIELD_CODE, FIELD_GENERATION, FIELD_NONCE, GENERATION_PRESENT, HEAD_BASE, HEAD_ENTRY,
  headOf, KIND_ACCOUNT, KIND_SLOT, MAX_CACHE_SETS, RECORD_VALUE, SCRATCH_BASE, WORKER_CACHE_HITS, WORKER_CACHE_MISSES,
  workerStateAddress,
} from "./layout";
import { hashAddress, hashSlot } from "./location-hash";
import { sameAddress } from "./locations";
import { lock, publishBase, unlock } from "./versioned-memory";
import { clearWord, copyWord, sameWord } from "./word";
import { workerIndex, workerScratch } from "./worker";

const SET_SIZE: usize = usize(CELLS_PER_SET) * CELL_SIZE;

/** Begins an empty cache of `sets` sets, a power of two, MAX_CACHE_SETS at most. The memory reaches as far. */
export function openCache(sets: u32): void {
  store<u32>(CACHE_CLOCK, 1);
  store<u32>(CACHE_MASK, min(sets, MAX_CACHE_SETS) - 1);
}

/** Forgets everything; no block runs. */
export function dropCache(): void {
  const sets = usize(load<u32>(CACHE_MASK)) + 1;
  memory.fill(CACHE_LOCKS, 0, sets << 2);
  memory.fill(CACHE_CELLS, 0, sets * SET_SIZE);
}

/** The cache has nothing of it. */
export const CACHE_MISS: u32 = 0;
export const CACHE_HIT: u32 = 1;
/** The block has ended while another worker was in the set: what it holds is not known. */
export const CACHE_REFUSED: u32 = 2;

/** Gives the account `entry` the base that the cache has of it: CACHE_*. */
export function loadAccount(entry: usize): u32 {
  if (load<u32>(CACHE_CLOCK) == 0) return CACHE_MISS;
  const address = entry + ENTRY_ADDRESS;
  const set = setOfAccount(address);
  if (!lock(lockOf(set))) return CACHE_REFUSED;
  const cell = findAccount(set, address);
  const isLoaded = cell != 0 && publishAccount(entry, cell);
  unlock(lockOf(set));
  count(cell != 0);
  return isLoaded ? CACHE_HIT : CACHE_MISS;
}

/** Keeps the base that the account `entry` has got from the store. */
export function keepAccount(entry: usize): void {
  if (load<u32>(CACHE_CLOCK) == 0) return;
  const address = entry + ENTRY_ADDRESS;
  const set = setOfAccount(address);
  if (!lock(lockOf(set))) return;
  if (findAccount(set, address) == 0) {
    const cell = makeCell(set, KIND_ACCOUNT, address);
    if (cell != 0) {
      copyWord(cell + CELL_VALUE, baseOf(entry, FIELD_BALANCE));
      copyWord(cell + CELL_CODE, baseOf(entry, FIELD_CODE));
      store<u64>(cell, load<u64>(baseOf(entry, FIELD_NONCE), 24), CELL_NONCE);
      store<f64>(cell, load<f64>(entry, ENTRY_BASE_INCARNATION), CELL_INCARNATION);
      store<u32>(cell, load<u32>(entry, ENTRY_BASE_EXISTS), CELL_EXISTS);
      store<u32>(cell, load<u32>(entry, ENTRY_BASE_HAS_STORAGE), CELL_HAS_STORAGE);
    }
  }
  unlock(lockOf(set));
}

/** Gives the slot of `head` the base that the cache has of it: CACHE_*. Its account exists and has its base. */
export function loadSlot(head: usize): u32 {
  if (load<u32>(CACHE_CLOCK) == 0) return CACHE_MISS;
  const entry: usize = load<u32>(head, HEAD_ENTRY);
  const incarnation = incarnationOf(entry);
  const set = setOfSlot(entry + ENTRY_ADDRESS, entry + ENTRY_SLOT);
  if (!lock(lockOf(set))) return CACHE_REFUSED;
  const cell = findSlot(set, entry + ENTRY_ADDRESS, entry + ENTRY_SLOT, incarnation);
  const isLoaded = cell != 0 && publishBase(head, cell + CELL_VALUE);
  unlock(lockOf(set));
  count(cell != 0);
  return isLoaded ? CACHE_HIT : CACHE_MISS;
}

/** Keeps the base that the slot of `head` has got from the store. */
export function keepSlot(head: usize): void {
  if (load<u32>(CACHE_CLOCK) == 0) return;
  const entry: usize = load<u32>(head, HEAD_ENTRY);
  const set = setOfSlot(entry + ENTRY_ADDRESS, entry + ENTRY_SLOT);
  if (!lock(lockOf(set))) return;
  const incarnation = incarnationOf(entry);
  if (findSlot(set, entry + ENTRY_ADDRESS, entry + ENTRY_SLOT, incarnation) == 0) {
    const cell = slotCell(set, entry + ENTRY_ADDRESS, entry + ENTRY_SLOT, incarnation);
    if (cell != 0) copyWord(cell + CELL_VALUE, <usize>load<u32>(head, HEAD_BASE) + RECORD_VALUE);
  }
  unlock(lockOf(set));
}

// ---- Between blocks, worker 0 alone: no lock is needed ----------------------------------------------------------

/** The cell of the account whose 20 bytes stand at `address`; 0 when there is none. */
export function findAccountCell(address: usize): usize {
  return findAccount(openSet(setOfAccount(address)), address);
}

/** That cell, or one made for it, whose values the host writes; 0 when there is no room. */
export function makeAccountCell(address: usize): usize {
  const set = openSet(setOfAccount(address));
  const cell = findAccount(set, address);
  return cell != 0 ? cell : makeCell(set, KIND_ACCOUNT, address);
}

/** As {@link findAccountCell}, of a slot of one incarnation of the account. */
export function findSlotCell(address: usize, slot: usize, incarnation: f64): usize {
  return findSlot(openSet(setOfSlot(address, slot)), address, slot, incarnation);
}

/** As {@link makeAccountCell}, of a slot. */
export function makeSlotCell(address: usize, slot: usize, incarnation: f64): usize {
  return slotCell(openSet(setOfSlot(address, slot)), address, slot, incarnation);
}

/** The set; what a dead worker may have left half written in it is forgotten. */
function openSet(set: u32): u32 {
  if (load<u32>(lockOf(set)) != 0) {
    memory.fill(CACHE_CELLS + usize(set) * SET_SIZE, 0, SET_SIZE);
    store<u32>(lockOf(set), 0);
  }
  return set;
}

// ---- Cells ------------------------------------------------------------------------------------------------------

function slotCell(set: u32, address: usize, slot: usize, incarnation: f64): usize {
  const found = findSlot(set, address, slot, incarnation);
  if (found != 0) return found;
  const cell = makeCell(set, KIND_SLOT, address);
  if (cell == 0) return 0;
  copyWord(cell + CELL_SLOT, slot);
  store<f64>(cell, incarnation, CELL_INCARNATION);
  return cell;
}

/** A cell for the address in place of a free one, else of the one that was not used for longest; 0: all are pinned. */
function makeCell(set: u32, kind: u32, address: usize): usize {
  const now = load<u32>(CACHE_CLOCK);
  let oldest: usize = 0;
  let oldestAge: u32 = 0;
  for (let index: u32 = 0; index < CELLS_PER_SET; index++) {
    const cell = cellAt(set, index);
    if (load<u32>(cell, CELL_KIND) == 0) {
      oldest = cell;
      break;
    }
    const age = now - load<u32>(cell, CELL_LAST_USE);
    if (load<u32>(cell, CELL_PINS) != 0 && !planted(MUTATION_EVICT_PINNED)) continue;
    if (oldest != 0 && age <= oldestAge) continue;
    oldest = cell;
    oldestAge = age;
  }
  if (oldest == 0) return 0;
  memory.copy(oldest + CELL_ADDRESS, address, 20);
  store<u32>(oldest, kind, CELL_KIND);
  store<u32>(oldest, now, CELL_LAST_USE);
  store<u32>(oldest, 0, CELL_PINS);
  return oldest;
}

function findAccount(set: u32, address: usize): usize {
  for (let index: u32 = 0; index < CELLS_PER_SET; index++) {
    const cell = cellAt(set, index);
    if (load<u32>(cell, CELL_KIND) == KIND_ACCOUNT && sameAddress(cell + CELL_ADDRESS, address)) return used(cell);
  }
  return 0;
}

function findSlot(set: u32, address: usize, slot: usize, incarnation: f64): usize {
  for (let index: u32 = 0; index < CELLS_PER_SET; index++) {
    const cell = cellAt(set, index);
    if (load<u32>(cell, CELL_KIND) != KIND_SLOT || load<f64>(cell, CELL_INCARNATION) != incarnation) continue;
    if (sameWord(cell + CELL_SLOT, slot) && sameAddress(cell + CELL_ADDRESS, address)) return used(cell);
  }
  return 0;
}

@inline
function used(cell: usize): usize {
  store<u32>(cell, load<u32>(CACHE_CLOCK), CELL_LAST_USE);
  return cell;
}

/** False: the block's memory is short. */
function publishAccount(entry: usize, cell: usize): bool {
  const word = workerScratch + SCRATCH_BASE;
  if (!publishBase(headOf(entry, FIELD_BALANCE), cell + CELL_VALUE)) return false;
  if (!publishBase(headOf(entry, FIELD_CODE), cell + CELL_CODE)) return false;
  clearWord(word);
  store<u64>(word, load<u64>(cell, CELL_NONCE), 24);
  if (!publishBase(headOf(entry, FIELD_NONCE), word)) return false;
  clearWord(word);
  store<u32>(word, load<u32>(cell, CELL_EXISTS), GENERATION_PRESENT);
  if (!publishBase(headOf(entry, FIELD_GENERATION), word)) return false;
  store<u32>(entry, load<u32>(cell, CELL_EXISTS), ENTRY_BASE_EXISTS);
  store<u32>(entry, load<u32>(cell, CELL_HAS_STORAGE), ENTRY_BASE_HAS_STORAGE);
  store<f64>(entry, load<f64>(cell, CELL_INCARNATION), ENTRY_BASE_INCARNATION);
  atomic.store<u32>(entry, 1, ENTRY_BASE_KNOWN);
  return true;
}

function count(isHit: bool): void {
  const place = workerStateAddress(workerIndex) + (isHit ? WORKER_CACHE_HITS : WORKER_CACHE_MISSES);
  store<u32>(place, load<u32>(place) + 1);
}

@inline
function baseOf(entry: usize, field: u32): usize {
  return <usize>atomic.load<u32>(headOf(entry, field), HEAD_BASE) + RECORD_VALUE;
}

@inline
function incarnationOf(slotEntry: usize): f64 {
  return load<f64>(<usize>load<u32>(slotEntry, ENTRY_ACCOUNT), ENTRY_BASE_INCARNATION);
}

@inline
function setOfAccount(address: usize): u32 {
  return hashAddress(address) & load<u32>(CACHE_MASK);
}

function setOfSlot(address: usize, slot: usize): u32 {
  return hashSlot(hashAddress(address), slot) & load<u32>(CACHE_MASK);
}

@inline
function lockOf(set: u32): usize {
  return CACHE_LOCKS + (usize(set) << 2);
}

@inline
function cellAt(set: u32, index: u32): usize {
  return CACHE_CELLS + usize(set) * SET_SIZE + usize(index) * CELL_SIZE;
}
