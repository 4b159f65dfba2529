#!/usr/bin/env node
// `npm run bench:state`: what the state layer costs, as ratios that are measured side by side in one run, with equal roots
// checked in the same run. Times are the least of all rounds; processor times, of all threads, say more on a busy machine.
// --quick: smaller states, for a look. --only sizes, bodies, block, cache, history, large, steady or workers. --json FILE.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '@heddle/testkit';
import { createDatabase, createExecutor, openStateTrie, storedStateRoot } from '../dist/index.js';
import { benchBlock } from './block.mjs';
import { bodyRoots, makeBody } from './body.mjs';
import { benchCache } from './cache.mjs';
import { benchHistory } from './history.mjs';
import { benchLarge } from './large.mjs';
import { commit, EMPTY_STATE_ROOT, Ledger, makeAddresses, timed } from './ledger.mjs';
import { libraryRoots, openLibraryState } from './library.mjs';
import { benchSteady } from './steady.mjs';
import { benchWorkersMemory } from './workers-memory.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds ?? 12);
/** Rounds of the library: it takes seconds for one. */
const LIBRARY_ROUNDS = 3;
const rows = [];
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
console.log(machine);
const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
const cleanup = [];
try {
  const parts = {
    sizes: benchSizes,
    bodies: benchOrdered,
    block: benchFullBlocks,
    cache: benchTransfers,
    history: benchPast,
    large: benchMillions,
    steady: benchLoad,
    workers: benchWorkers,
  };
  for (const [name, bench] of Object.entries(parts))
    if (options.only === undefined || options.only === name) await bench();
} finally {
  for (const close of cleanup.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, rounds: ROUNDS, rows }, null, 2)}\n`);

async function benchSizes() {
  const small = await openState(options.quick ? 1_000 : 10_000);
  const smallMs = (await measureAlone(small, 1_000)).rootMs;
  const middle = await openState(options.quick ? 10_000 : 100_000);
  for (const count of [3_000, ...(options.quick ? [] : [20_000])]) await benchRoot(middle, count);
  const large = await openState(options.quick ? 100_000 : 1_000_000);
  const largeMs = (await measureAlone(large, 1_000)).rootMs;
  for (const count of [3_000, 20_000]) {
    const { rootMs, applyMs } = await measureAlone(large, count);
    report(`root of ${count} accounts of ${large.ledger.addresses.length}`, { ms: rootMs, applyMs });
  }
  const growth = largeMs / smallMs;
  report('growth of a 1,000-leaf update, 10 thousand to 1 million accounts', { ratio: growth, goal: 3, isUpper: true });
}

async function benchFullBlocks() {
  const results = await benchBlock(folder, options.quick ? 20 : 10 * ROUNDS);
  for (const [name, parts] of Object.entries(results)) {
    for (const [part, ms] of Object.entries(parts)) report(`a block of ${name}: ${part}`, { ms });
  }
}

async function benchTransfers() {
  const size = options.quick ? 10_000 : 100_000;
  const { withMs, withoutMs, hitShare } = await benchCache(folder, { size, blocks: ROUNDS });
  report(`1,428 transfers among ${size} accounts run with the cache against without`, {
    ratio: withoutMs / withMs,
    ms: withMs,
  });
  report('share of accounts that were in the cache', { percent: 100 * hitShare });
}

async function benchPast() {
  const blocks = options.quick ? 2_000 : 100_000;
  const ns = await benchHistory(folder, { blocks, rounds: ROUNDS });
  report(`a balance ${blocks} blocks back against one at the head`, {
    ratio: ns.past / ns.head,
    goal: 3,
    isUpper: true,
    ms: ns.past / 1e6,
  });
  report('the same of an account that every block changes', {
    ratio: ns.busyPast / ns.busyHead,
    ms: ns.busyPast / 1e6,
  });
}

async function benchMillions() {
  const count = options.quick ? 20_000 : 2_000_000;
  const { filled, opened } = await benchLarge(join(folder, 'large', 'store'), count);
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  report(`a state of ${count} accounts and ${count} slots opens`, { ms: opened.ms });
  report('resident set when it is open', { megabytes: megabytes(opened.openedBytes) });
  report('resident set at most, with 20 blocks of 10,000 changes', { megabytes: megabytes(opened.mostBytes) });
  report('resident set at most while it is written', { megabytes: megabytes(filled.mostBytes), ms: filled.ms });
}

async function benchLoad() {
  const blocks = options.quick ? 1_000 : 10_000;
  const { bytes, blockMs } = await benchSteady(join(folder, 'steady'), blocks);
  const [first, last] = [bytes[0], bytes.at(-1)];
  report(`resident set at block ${blocks} against block ${blocks / 10}, 150 payments a block`, {
    ...{ ratio: last / first, goal: 1.05, isUpper: true, ms: blockMs },
    megabytes: Math.round(last / 1e6),
  });
}

async function benchWorkers() {
  for (const accounts of options.quick ? [1_000, 20_000] : [2_000, 200_000]) {
    const { bytes, bytesPerWorker } = await benchWorkersMemory(join(folder, 'workers'), accounts);
    const megabytes = (count) => Math.round(count / 1e6);
    report(`resident set with one worker, ${accounts} accounts used`, { megabytes: megabytes(bytes) });
    report(`what each of three more takes, ${accounts} accounts used`, { megabytes: megabytes(bytesPerWorker) });
  }
}

/** A state in a database of its own, with tries that one thread updates. */
async function openState(size) {
  const path = join(folder, `state-${size}`);
  const database = await createDatabase(path);
  cleanup.push(() => database.close());
  const trie = openStateTrie(database, EMPTY_STATE_ROOT);
  const ledger = new Ledger(makeAddresses(size));
  const startedMs = performance.now();
  await ledger.write(database, trie);
  console.log(`a state of ${size} accounts: written in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return { path, database, trie, ledger, random: createRandom(size) };
}

async function measureAlone({ database, trie, ledger, random }, count) {
  const made = [];
  for (let round = 0; round < ROUNDS; round++) made.push(await commit(database, trie, ledger.next(count, random)));
  return { rootMs: least(made.map(({ rootMs }) => rootMs)), applyMs: Math.max(...made.map(({ applyMs }) => applyMs)) };
}

/** One worker against the library, and two workers against one, on the same blocks. */
async function benchRoot(state, count) {
  const { path, database, trie, ledger, random } = state;
  const shared = openStateTrie(database, storedStateRoot(database));
  const executor = await createExecutor({
    rules: { chainId: 1, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 },
    databasePath: path,
    database,
    workers: 2,
    trie: shared,
    readBlockHash: () => undefined,
  });
  await executor.pool.whenReady();
  await warm(state, shared);
  const library = await openLibraryState(await readNodes(database), storedStateRoot(database));
  const times = { alone: [], two: [], library: [], cold: [], aloneCpu: [], libraryCpu: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const diff = ledger.next(count, random);
    const cold =
      round < LIBRARY_ROUNDS
        ? await timed(() => openStateTrie(database, storedStateRoot(database)).root(diff))
        : undefined;
    const two = await timed(() => shared.root(diff));
    shared.operations(two.result); // as the other side: what is written is taken out after the root is known
    const libraryRoot = round < LIBRARY_ROUNDS ? await timed(() => library.update(diff)) : undefined;
    const alone = await commit(database, trie, diff);
    shared.apply(two.result);
    for (const one of [cold, two, libraryRoot]) same(one?.result ?? alone.root, alone.root);
    times.alone.push(alone.rootMs);
    times.two.push(two.ms);
    if (cold) times.cold.push(cold.ms);
    times.aloneCpu.push(alone.rootCpuMs);
    if (libraryRoot === undefined) continue;
    times.library.push(libraryRoot.ms);
    times.libraryCpu.push(libraryRoot.cpuMs);
  }
  await executor.close();
  const [alone, two, cold, mpt] = [times.alone, times.two, times.cold, times.library].map(least);
  const size = ledger.addresses.length;
  report(`root of ${count} accounts of ${size}, one worker against @ethereumjs/mpt`, {
    ratio: mpt / alone,
    cpuRatio: least(times.libraryCpu) / least(times.aloneCpu),
    goal: 60,
    ms: alone,
    libraryMs: mpt,
  });
  report(`root of ${count} accounts of ${size}, cold, against @ethereumjs/mpt`, { ratio: mpt / cold, ms: cold });
  report(`root of ${count} accounts of ${size}, two workers against one`, { ratio: alone / two, goal: 1.6, ms: two });
}

async function benchOrdered() {
  const random = createRandom('body');
  const ours = [];
  const theirs = [];
  const cpu = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const body = makeBody(5_000, random); // a new one each time: nothing of it is known from the last round
    const made = await timed(() => bodyRoots(body));
    ours.push(made.ms);
    cpu.ours.push(made.cpuMs);
    if (round >= LIBRARY_ROUNDS) continue;
    const library = await timed(() => libraryRoots(body));
    theirs.push(library.ms);
    cpu.theirs.push(library.cpuMs);
    same(JSON.stringify(library.result), JSON.stringify(made.result));
  }
  const ms = least(ours);
  report('transaction and receipt roots and blooms of 5,000 transactions against @ethereumjs/mpt', {
    ratio: least(theirs) / ms,
    cpuRatio: least(cpu.theirs) / least(cpu.ours),
    goal: 25,
    ms,
    libraryMs: least(theirs),
  });
}

/** Changes every account once, so that both sides have all nodes in memory and compiled code. */
async function warm({ database, trie, ledger }, shared) {
  for (const diff of ledger.all()) {
    const root = await shared.root(diff);
    same((await commit(database, trie, diff)).root, root);
    shared.apply(root);
  }
}

/** All nodes of the account trie. */
async function readNodes(database) {
  const nodes = [];
  const range = { from: Uint8Array.of(0x74), to: Uint8Array.of(0x75) };
  for await (const entries of database.iterate(range)) nodes.push(...entries.map(([, value]) => value));
  return nodes;
}

function least(times) {
  return Math.min(...times);
}

function same(found, expected) {
  if (found !== expected) throw new Error(`roots differ: ${found} is not ${expected}`);
}

function report(what, figures) {
  rows.push({ what, ...figures });
  const { ratio, cpuRatio, goal, isUpper = false, ms, libraryMs, applyMs, megabytes, percent } = figures;
  const parts = [
    ratio === undefined ? undefined : `${ratio.toFixed(ratio < 10 ? 2 : 0)} x`,
    goal === undefined
      ? undefined
      : `(goal ${isUpper ? 'under' : 'at least'} ${goal} x${(isUpper ? ratio < goal : ratio >= goal) ? '' : ': missed'})`,
    cpuRatio === undefined ? undefined : `by processor time ${cpuRatio.toFixed(0)} x`,
    percent === undefined ? undefined : `${percent.toFixed(1)} %`,
    megabytes === undefined ? undefined : `${megabytes} MB`,
    ms === undefined ? undefined : `${ms.toFixed(ms < 1 ? 4 : 2)} ms`,
    libraryMs === undefined ? undefined : `against ${libraryMs.toFixed(0)} ms`,
    applyMs === undefined ? undefined : `making room at most ${applyMs.toFixed(1)} ms`,
  ];
  console.log(`${what}: ${parts.filter(Boolean).join(', ')}`);
}
