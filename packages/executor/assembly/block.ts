// Laying out the memory of one block, and letting workers in and out of it.
import { allocate, resetArena, useReserve } from "./arena";
import { ASSERT_SEEDED, ASSERT_STATIC_DATA, check } from "./debug";
import { forgetClaim } from "./frontier";
import { forgetStretch } from "./kinds";
import {
  BENEFICIARY, BLOCK_NUMBER, BUDGET, CACHE_CLOCK, CHANGES, CODES, DEADLINE, DYNAMIC_START, EVENTS, FAILED_TX, FRONTIER,
  GAS_LIMIT, GAS_USED, HASH_FACTORS, HIGHEST_BEGUN, KINDS, KINDS_KNOWN, LOCATION_COUNT, LOCATION_MASK, LOCATION_TABLE,
  MODE, POOL_END, POOL_SPECULATIVE_END, POOL_TOP, PUBLISHED, ROW_GAS_LIMIT, ROW_PAYLOAD, ROW_PAYLOAD_SIZE, ROW_SENDER,
  ROW_SIZE_BYTES, ROW_STARTED_AT, ROW_STRIDE, SIZE_LIMIT, SIZE_USED, STOP, TOKEN, TX_COUNT, TX_TABLE, WAITERS, WINDOW,
} from "./layout";
import { rowAt } from "./transactions";

/** The reserve of the frontier's runs: bytes per gas, and bytes for each transaction (measured, then doubled). */
const RESERVE_BYTES_PER_GAS: f64 = 1;
const RESERVE_BYTES_PER_TX: usize = 4096;
const RESERVE_BYTES: usize = 4 << 20;
/** The cheapest way to a new location is an access list's storage key (EIP-2930). */
const GAS_PER_LOCATION: f64 = 1900;

function reserveSize(txCount: u32, gas: f64): usize {
  return RESERVE_BYTES + usize(txCount) * RESERVE_BYTES_PER_TX + usize(gas * RESERVE_BYTES_PER_GAS);
}

/** Cells of the location table: twice what the frontier can need and as much again for speculation, a power of two. */
function tableCells(txCount: u32, gas: f64): u32 {
  const needed = u32(gas / GAS_PER_LOCATION) * 4 + txCount * 16 + 1024;
  return 1 << (32 - clz<u32>(needed - 1));
}

function poolStart(txCount: u32, payloadSize: usize, gas: f64): usize {
  const table = usize(txCount + 2) * ROW_STRIDE + 64;
  return (DYNAMIC_START + table + (usize(tableCells(txCount, gas)) << 2) + payloadSize + 63) & ~63;
}

/**
 * Bytes of memory that a block needs whose transactions can spend `gas` together: as much for speculation as for the
 * frontier's reserve.
 */
export function memoryNeeded(txCount: u32, payloadSize: u32, gas: f64): f64 {
  return f64(poolStart(txCount, payloadSize, gas)) + 2 * f64(reserveSize(txCount, gas));
}

/**
 * Lays out a block of `txCount` transactions that can spend `gas` together; worker 0, with all others parked. Payloads
 * follow by {@link addTransaction}. Everything of the block before is forgotten (I5).
 */
export function beginBlock(
  mode: u32, number: f64, txCount: u32, payloadSize: u32, gasLimit: f64, gas: f64, window: u32,
): void {
  check(__heap_base <= FRONTIER, ASSERT_STATIC_DATA);
  check(load<u64>(HASH_FACTORS) != 0, ASSERT_SEEDED);
  if (load<u32>(CACHE_CLOCK) != 0) store<u32>(CACHE_CLOCK, load<u32>(CACHE_CLOCK) + 1);
  store<u32>(MODE, mode);
  store<f64>(BLOCK_NUMBER, number);
  store<u32>(TX_COUNT, txCount);
  store<u32>(WINDOW, window);
  store<f64>(GAS_LIMIT, gasLimit);
  const cells = tableCells(txCount, gas);
  const rows = DYNAMIC_START;
  const table = (rows + usize(txCount + 2) * ROW_STRIDE + 63) & ~63;
  const payloads = table + (usize(cells) << 2);
  const pool = poolStart(txCount, payloadSize, gas);
  const reserve = reserveSize(txCount, gas);
  memory.fill(rows, 0, payloads - rows);
  store<u32>(TX_TABLE, u32(rows));
  store<u32>(LOCATION_TABLE, u32(table));
  store<u32>(LOCATION_MASK, cells - 1);
  store<u32>(POOL_END, u32(pool + 2 * reserve));
  store<u32>(POOL_SPECULATIVE_END, u32(pool + reserve));
  workerPayloadTop = payloads;
  atomic.store<u32>(POOL_TOP, u32(pool));
  resetProgress();
}

/** Where the next payload goes; worker 0 only. */
let workerPayloadTop: usize = 0;

function resetProgress(): void {
  atomic.store<u32>(FRONTIER, 0);
  atomic.store<u32>(TOKEN, 0);
  atomic.store<u32>(EVENTS, 0);
  atomic.store<u32>(WAITERS, 0);
  atomic.store<u32>(CHANGES, 0);
  atomic.store<u32>(PUBLISHED, 0);
  atomic.store<u32>(HIGHEST_BEGUN, 0);
  atomic.store<u32>(LOCATION_COUNT, 0);
  atomic.store<u32>(CODES, 0);
  atomic.store<u32>(STOP, 0);
  memory.fill(KINDS, 0, KINDS_KNOWN + 4 - KINDS);
  store<f64>(GAS_USED, 0);
  store<f64>(SIZE_USED, 0);
  store<u32>(FAILED_TX, 0);
  store<f64>(SIZE_LIMIT, Infinity);
  store<f64>(DEADLINE, Infinity);
  store<f64>(BUDGET, Infinity);
  resetArena();
  forgetClaim();
  forgetStretch();
}

/** Sets what only a build has: bytes for transactions, the wall time at which it ends, and the time it was given. */
export function limitBuild(sizeLimit: f64, deadline: f64, budgetMs: f64): void {
  store<f64>(SIZE_LIMIT, sizeLimit);
  store<f64>(DEADLINE, deadline);
  store<f64>(BUDGET, budgetMs);
}

/** Room for the payload of transaction `tx`: the sender's 20 bytes, then `size` raw bytes. The address of the first. */
export function addTransaction(tx: i32, size: u32, sizeBytes: u32): usize {
  const row = rowAt(tx);
  const place = workerPayloadTop;
  workerPayloadTop += 20 + usize(size);
  store<u32>(row, u32(place), ROW_SENDER);
  store<u32>(row, u32(place + 20), ROW_PAYLOAD);
  store<u32>(row, size, ROW_PAYLOAD_SIZE);
  store<u32>(row, sizeBytes, ROW_SIZE_BYTES);
  store<f64>(row, -1, ROW_GAS_LIMIT);
  store<f64>(row, Infinity, ROW_STARTED_AT);
  return place;
}

/** Names the account entry to whose balance fees are added; its base must be loaded. */
export function setBeneficiary(entry: usize): void {
  store<u32>(BENEFICIARY, u32(entry));
}

/** Forgets what this worker held of the last block; every worker but 0, before its first step in a new one. */
export function enterBlock(): void {
  resetArena();
  forgetClaim();
  forgetStretch();
}

/** Bytes of the pool that are in use. */
export function poolUsed(): f64 {
  return f64(atomic.load<u32>(POOL_TOP));
}

export { allocate, useReserve };
