import { existsSync, rmSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Loaded by `NODE_OPTIONS=--import` into every process of a devnet and into every thread of it. A thread of the name
// that HEDDLE_TEST_DOOMED gives for its validator breaks when the file `<folder>-dies` appears beside the folders.

const { HEDDLE_TEST_DOOMED: doomed, HEDDLE_TEST_DATADIR: datadir } = process.env;
if (isMainThread && doomed) {
  const [folder, thread] = Object.entries(JSON.parse(doomed)).find(isOurs) ?? [];
  // A thread has no arguments, but a copy of the environment.
  if (folder) process.env.HEDDLE_TEST_DIES = JSON.stringify({ thread, trigger: `${datadir}/${folder}-dies` });
}

const { thread, trigger } = JSON.parse(process.env.HEDDLE_TEST_DIES ?? '{}');
if (!isMainThread && thread && process.argv[1]?.endsWith(`/${thread}-thread.js`)) setInterval(die, 20).unref();

function isOurs([folder]) {
  return process.argv.some((argument) => argument.endsWith(`/${folder}`));
}

function die() {
  if (!existsSync(trigger)) return;
  rmSync(trigger); // the process that comes next lives
  throw new Error(`planted in ${thread}`);
}
