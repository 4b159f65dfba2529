import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Loaded by `NODE_OPTIONS=--import` into every process of a devnet and into every thread of it. The process of the
// validator whose folder ends in HEDDLE_TEST_FAULTY_FOLDER seals headers with a fault; the others are left alone.

const { HEDDLE_TEST_FAULTY_FOLDER: folder } = process.env;
if (isMainThread && folder && process.argv.some((argument) => argument.endsWith(folder))) {
  process.env.HEDDLE_TEST_SEALS_FAULTS = '1'; // a thread has no arguments, but a copy of the environment
}
if (process.env.HEDDLE_TEST_SEALS_FAULTS === '1') register('./rewrite-hooks.mjs', import.meta.url);
