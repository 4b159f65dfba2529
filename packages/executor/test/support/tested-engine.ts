import { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '@heddle/primitives';

/** The engine of suites that take too long to run on each: HEDDLE_ENGINE, or the default. */
export const TESTED_ENGINE: EngineName =
  ENGINE_NAMES.find((name) => name === process.env.HEDDLE_ENGINE) ?? DEFAULT_ENGINE;
