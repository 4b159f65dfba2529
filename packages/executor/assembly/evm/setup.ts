// How the host readies an instance, and says which block it serves.
import { setWorker } from "../worker";
import { placeSmallWords } from "./cells/constants";
import { placeChunks } from "./chunks";
import { resetCodes } from "./code";
import { ARENA_SIZE, BLOCK, BLOCK_FORK, placeArena, WORDS, WORDS_SIZE, workerArena } from "./layout";
import { buildOpcodeTable } from "./opcode-table";
import { resetRun } from "./run-message";
import { seedHashes } from "./hash";
import { placeWordScratch, WORD_SCRATCH_SIZE } from "./words/scratch";

if (WORD_SCRATCH_SIZE > WORDS_SIZE) ERROR("The words need more scratch memory than the arena gives them");

const NO_FORK: u32 = 0xffffffff;
/** The fork that the opcode table and the cells of cached codes are for. */
let workerFork: u32 = 0;

/**
 * Readies the instance, before anything else: its fixed area lies at `arena` (16-aligned, above the static data), and
 * memory may grow up to `end`. `seed` keeps hash tables from being attacked; no result depends on it.
 */
export function setup(arena: usize, end: usize, seed: u64): void {
  setWorker(0);
  placeArena(arena);
  memory.fill(arena, 0, ARENA_SIZE);
  placeWordScratch(arena + WORDS);
  placeSmallWords();
  seedHashes(seed);
  placeChunks(arena + ARENA_SIZE, end);
  resetCodes();
  resetRun();
  workerFork = NO_FORK;
}

/** Takes over what the host wrote into BLOCK. */
export function beginBlock(): void {
  const fork = load<u32>(workerArena + BLOCK, BLOCK_FORK);
  if (fork != workerFork) {
    resetCodes();
    buildOpcodeTable();
    workerFork = fork;
  }
  resetRun();
}
