#!/usr/bin/env node
// Simulates consensus: seeds, each a network of validators under faults, on as many processes as there are cores.
//
//   npm run simulate -- --seeds 1000 --validators 4,7 --heights 30 --seed 1
//   npm run simulate -- --only 17 --validators 4 --heights 30 --log        one seed again, with its event log
//   npm run simulate -- --mutation 'unlock on nil' --seeds 200             with an error planted: a seed must find it;
//                                                                          all: each of them in turn
//
// Ends with 0 when no rule was broken (with --mutation: when one was), else with 1 and the command that repeats it.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { MUTATIONS } from '../packages/node/test/sim/mutations.mjs';

const ROOT = join(import.meta.dirname, '..');
const ENTRY = join(ROOT, 'packages/node/test/sim/worker.ts');
const CORPUS = join(ROOT, 'packages/node/test/sim/corpus.json');
const ROOMS = ['primitives', 'consensus', 'executor', 'p2p', 'testkit'];
const PROGRESS_MS = 5_000;
/** Nearly everything dies young: a larger space for it is swept less often. There is a process for each core: no threads beside it. */
const YOUNG_SPACE = ['--max-semi-space-size=128', '--min-semi-space-size=64', '--single-threaded-gc'];

/**
 * Pure functions, remembered in the bundle by the immutable object that decides what they give: here many nodes of one
 * process decode, encode and hash the very same objects. What they give is the same, and so is every event of a seed. Each
 * with where that object is, `of` being the argument; undefined: nothing is remembered.
 */
const REMEMBERED = {
  'packages/consensus/src/inputs.ts': { encodeInput: 'of.vote' },
  'packages/consensus/src/proposer.ts': { advanceHeight: 'of' },
  'packages/consensus/src/validator-set.ts': { encodeValidatorSet: 'of', decodeValidatorSet: 'of' },
  'packages/node/src/consensus/known-blocks.ts': { encodeWholeBlock: 'of.senders.length === 0 ? of.bytes : undefined' },
  'packages/node/src/consensus/messages.ts': { decodePeerMessage: 'of' },
  'packages/node/src/consensus/peer-state.ts': { voteKey: 'of' },
  'packages/node/src/consensus/vote-gossip.ts': { proposalKey: 'of' },
  'packages/node/src/consensus/wal-records.ts': { encodeWalRecord: 'of.bytes' },
  'packages/node/test/consensus/fake-chain.ts': { genesisHead: 'of' },
  'packages/primitives/src/consensus-messages.ts': {
    encodeVote: 'of',
    encodeProposal: 'of',
    decodeCommitCertificate: 'of',
  },
  'packages/primitives/src/block.ts': {
    ...{ encodeHeader: 'of', hashHeader: 'of', decodeHeader: 'of', decodeBlock: 'of', headerFields: 'of' },
    encodeBlock: 'of.transactions.length === 0 ? of.header : undefined', // the header of an empty body says all
  },
};

/** Bundles the simulator from the sources into `file`, with one mutation or none. */
export async function bundleSimulator(file, mutation) {
  const aliases = ROOMS.map((room) => [`@heddle/${room}`, join(ROOT, 'packages', room, 'src/index.ts')]);
  const edits = mutation?.edits ?? [];
  const sources = {
    name: 'sources',
    transform(code, id) {
      if (!id.startsWith(join(ROOT, 'packages'))) return undefined;
      const mutated = edits.filter((edit) => id === join(ROOT, edit.file)).reduce(plant, code);
      const remembering = Object.entries(REMEMBERED[relative(ROOT, id)] ?? {}).reduce(remember, mutated);
      return remembering.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)); // as if it lay there
    },
  };
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: [/^node:/],
    logLevel: 'silent',
    resolve: { alias: Object.fromEntries(aliases) },
    plugins: [sources],
  });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
}

function plant(code, { file, find, replace }) {
  if (code.split(find).length !== 2) throw new Error(`the text of a mutation does not stand once in ${file}: ${find}`);
  return code.replace(find, () => replace);
}

/** What is remembered stands in a private field of its object: a WeakMap would cost more than most of what it saves. */
function remember(code, [name, place]) {
  const head = `function ${name}(`;
  if (code.split(head).length !== 2) throw new Error(`no function to remember: ${name}`);
  const isExported = code.includes(`export ${head}`);
  return `${code.replace(isExported ? `export ${head}` : head, `function ${name}Anew(`)}
    class Place_${name} {
      constructor(object) {
        return object;
      }
    }
    class Known_${name} extends Place_${name} {
      #result;
      constructor(object, result) {
        super(object);
        this.#result = result;
      }
      static of(object) {
        return #result in object ? object.#result : undefined;
      }
    }
    ${isExported ? 'export ' : ''}function ${name}(of) {
      const object = ${place};
      if (object === undefined) return ${name}Anew(of);
      let result = Known_${name}.of(object);
      if (result === undefined) new Known_${name}(object, (result = ${name}Anew(of)));
      return result;
    }`;
}

async function main() {
  const options = readOptions();
  const folder = mkdtempSync(join(tmpdir(), 'heddle-simulator-'));
  const program = join(folder, 'simulator.mjs');
  try {
    if (options.mutation) return await findAll(mutationsOf(options.mutation), program, options);
    await bundleSimulator(program);
    const totals = await runAll(program, ordersOf(options), options);
    return report(totals, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mutationsOf(name) {
  const isAsked = (mutation) => name === mutation.name || name === 'all';
  const found = MUTATIONS.filter(isAsked);
  if (found.length > 0) return found;
  throw new Error(`no mutation is called ${name}: all, ${MUTATIONS.map((mutation) => mutation.name).join(', ')}`);
}

/** Plants each mutation in turn. 0 when seeds found every one of them. */
async function findAll(mutations, program, options) {
  const found = [];
  for (const mutation of mutations) {
    await bundleSimulator(program, mutation);
    const { results, breach, startedMs } = await runAll(program, ordersOf(options), options);
    const rule = breach?.breach.rule;
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    found.push({ name: mutation.name, rule, seeds: results.length, seconds });
    const outcome = rule ? `found by seed ${results.length}: ${rule}` : `NOT FOUND in ${results.length} seeds`;
    console.log(`${mutation.name}: ${outcome} (${seconds} s)`);
  }
  if (options.json) writeFileSync(options.json, JSON.stringify(found));
  return found.every(({ rule }) => rule) ? 0 : 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      validators: { type: 'string', default: '4,7' },
      heights: { type: 'string', default: '30' },
      workers: { type: 'string', default: `${availableParallelism()}` },
      mutation: { type: 'string' },
      corpus: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  return {
    ...values,
    seeds: count('seeds', values.seeds),
    heights: count('heights', values.heights),
    workers: count('workers', values.workers),
    validators: values.validators.split(',').map((size) => count('validators', size)),
  };
}

function count(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: expected a number above 0`);
}

function ordersOf({ seeds, seed, only, validators, heights, corpus, log }) {
  const named = corpus ? JSON.parse(readFileSync(CORPUS, 'utf8')) : [];
  const names = only ? [only] : Array.from({ length: seeds }, (_, index) => `${seed}.${index}`);
  const drawn = names.flatMap((name) => validators.map((size) => ({ seed: name, validators: size, heights })));
  return [...named.map(({ seed, validators, heights }) => ({ seed, validators, heights })), ...drawn].map((order) => {
    return { ...order, isLogged: log };
  });
}

/** Gives each free worker the next order, until all are done or, with a mutation, one has broken a rule. */
function runAll(program, orders, { workers, mutation, log }) {
  const totals = { results: [], breach: undefined, startedMs: Date.now() };
  let next = 0;
  let shownMs = Date.now();
  const work = () =>
    new Promise((resolve, reject) => {
      const child = fork(program, { execArgv: YOUNG_SPACE, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const give = () => {
        if (totals.breach || next >= orders.length) return child.disconnect();
        child.send(orders[next++]);
      };
      child.on('message', ({ lines, ...result }) => {
        if (log) console.log(lines.join('\n'));
        totals.results.push(result);
        if (result.breach) totals.breach ??= result;
        if (!mutation && Date.now() - shownMs > PROGRESS_MS) {
          shownMs = Date.now();
          console.log(
            `${totals.results.length} of ${orders.length} seeds, ${Math.round((shownMs - totals.startedMs) / 1_000)} s`,
          );
        }
        give();
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0) return resolve();
        next = orders.length; // the others end with the seed that each is at
        reject(new Error(`a simulator process ended with ${code}`));
      });
      give();
    });
  return Promise.all(Array.from({ length: Math.min(workers, orders.length) }, work)).then(() => totals);
}

function report({ results, breach, startedMs }, { json }) {
  const sum = (of) => results.reduce((total, result) => total + of(result), 0);
  const heights = sum(({ decidedHeights }) => decidedHeights);
  const figures = {
    seeds: results.length,
    heights,
    lateHeights: sum(({ lateHeights }) => lateHeights),
    crashes: sum(({ crashes }) => crashes),
    partitions: sum(({ partitions }) => partitions),
    byzantineActs: sum(({ byzantineActs }) => byzantineActs),
    seedsWithTenActs: results.filter(({ byzantineActs }) => byzantineActs >= 10).length,
    roundsAfterFaults: Math.max(0, ...results.map(({ roundsAfterFaults }) => roundsAfterFaults)),
    events: sum(({ events }) => events),
    cpuMs: Math.round(sum(({ cpuMs }) => cpuMs)),
    wallMs: Date.now() - startedMs,
    breach: breach && { seed: breach.seed, validators: breach.validators, heights: breach.heights, ...breach.breach },
  };
  if (json) writeFileSync(json, JSON.stringify(figures));
  console.log(
    `${figures.seeds} seeds: ${heights} heights, ${figures.lateHeights} above round 0, ${figures.crashes} crashes, ` +
      `${figures.partitions} partitions, ${figures.byzantineActs} byzantine acts (ten or more in ${figures.seedsWithTenActs} seeds), ` +
      `a block at most ${figures.roundsAfterFaults} rounds after faults; ` +
      `${(figures.cpuMs / Math.max(1, heights)).toFixed(2)} ms CPU a height, ${Math.round(figures.events / Math.max(1, heights))} events, ${Math.round(figures.wallMs / 1_000)} s`,
  );
  if (!breach) return 0;
  console.log(`${breach.breach.rule}: ${breach.breach.what}`);
  console.log(
    `repeat it: npm run simulate -- --only ${breach.seed} --validators ${breach.validators} --heights ${breach.heights} --log`,
  );
  return 1;
}

if (process.argv[1] === import.meta.filename) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(`heddle: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
