import { assert, DEFAULT_ENGINE, type Hash } from '@heddle/primitives';
import type { ChainConfig } from '../foreign/chain-config.ts';
import { MAINNET } from '../foreign/mainnet-chain-config.ts';
import { chainConfigOf } from '../genesis/configured-chain.ts';
import { readHeddleConfig } from '../genesis/heddle-config.ts';
import { availableCores, defaultWorkers } from '../node-folder/cpu-share.ts';
import { readBlockHashes } from './block-hashes.ts';
import { createPrestateState } from './prestate-state.ts';
import { judgeBlockForm, readReplayBlock } from './read-block.ts';
import { MAX_BLOCK_FILE_BYTES, readInput } from './read-input.ts';
import { readPrestate } from './read-prestate.ts';
import { readWitnessedBlock } from './read-witness.ts';
import { type ReplayRequest, replayBlock } from './replay-block.ts';
import type { ReplayReport } from './replay-report.ts';
import { createWitnessState } from './witness-state.ts';

/** Where a block and its state stand. Either `block` and `prestate`, or `witness`, which holds both. */
export interface ReplayFiles {
  readonly block?: string | undefined;
  readonly prestate?: string | undefined;
  readonly codes?: string | undefined;
  readonly blockHashes?: string | undefined;
  readonly witness?: string | undefined;
  /** Of a chain that is not Ethereum's main one. */
  readonly genesis?: string | undefined;
}

/** How it is run. */
export interface ReplayOptions extends Partial<Pick<ReplayRequest, 'engine' | 'workers' | 'repeats' | 'onRun'>> {}

/** Runs of each kind, unless told otherwise: half of them may meet other work on the same cores. */
const DEFAULT_REPEATS = 9;

/**
 * {@link replayBlock} of what stands in files.
 *
 * @throws HeddleError as the readers of each file and {@link replayBlock} do
 */
export async function replayFiles(files: ReplayFiles, options: ReplayOptions = {}): Promise<ReplayReport> {
  const cores = availableCores();
  return replayBlock({
    ...readFiles(files),
    workers: options.workers ?? defaultWorkers(cores, 1),
    cores,
    repeats: options.repeats ?? DEFAULT_REPEATS,
    engine: options.engine ?? DEFAULT_ENGINE,
    ...(options.onRun && { onRun: options.onRun }),
  });
}

function readFiles(files: ReplayFiles): Pick<ReplayRequest, 'replay' | 'config' | 'state' | 'blockHashes'> {
  const chain = files.genesis === undefined ? MAINNET : readGenesisConfig(files.genesis);
  const given =
    files.blockHashes === undefined ? NO_HASHES : readBlockHashes(readInput(files.blockHashes, MAX_BLOCK_FILE_BYTES));
  if (files.witness !== undefined) {
    const { replay, parentStateRoot, witness, blockHashes } = readWitnessedBlock(files.witness, chain);
    const state = createWitnessState(parentStateRoot, witness);
    return { replay, config: chain, state, blockHashes: new Map([...blockHashes, ...given]) };
  }
  assert(files.block !== undefined && files.prestate !== undefined, 'there is a block and a prestate');
  const config: ChainConfig = { ...chain, requestContracts: 'optional' }; // a prestate need not list them
  const block = readInput(files.block, MAX_BLOCK_FILE_BYTES);
  judgeBlockForm(block);
  const replay = readReplayBlock(block, config);
  const prestate = readPrestate(files.prestate, files.codes);
  return { replay, config, state: createPrestateState(prestate, replay.transactions.length), blockHashes: given };
}

const NO_HASHES: ReadonlyMap<number, Hash> = new Map();

/** Of a chain of Heddle's too, whose file names no forks. */
function readGenesisConfig(file: string): ChainConfig {
  const genesis = readInput(file, MAX_BLOCK_FILE_BYTES);
  const config = genesis.field('config');
  const heddle = config.field('heddle');
  return chainConfigOf(config, heddle.isAbsent ? undefined : readHeddleConfig(heddle, genesis.field('baseFeePerGas')));
}
