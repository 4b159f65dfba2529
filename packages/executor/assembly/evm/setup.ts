// How the host readies an instance, and says which block it serves.
import { setWorker } from "../worker";
import { placeChunks } from "./chunks";
import { resetCodes } from "./code";
import { ARENA_SIZE, placeArena, WORDS, workerArena } from "./layout";
import { resetRun } from "./run-message";
import { seedHashes } from "./table";
import { placeWordScratch } from "./words/scratch";

/**
 * Readies the instance, before anything else: its fixed area lies at `arena` (16-aligned, above the static data), and
 * memory may grow up to `end`. `seed` keeps hash tables from being attacked; no result depends on it.
 */
export function setup(arena: usize, end: usize, seed: u64): void {
  setWorker(0);
  placeArena(arena);
  memory.fill(arena, 0, ARENA_SIZE);
  placeWordScratch(arena + WORDS);
  seedHashes(seed);
  placeChunks(arena + ARENA_SIZE, end);
  resetCodes();
  resetRun();
}

/** Takes over what the host wrote into BLOCK. */
export function beginBlock(): void {
  resetRun();
}
