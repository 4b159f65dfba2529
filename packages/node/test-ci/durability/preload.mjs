import fs, { appendFileSync } from 'node:fs';
import { createRequire, register, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

// Loaded by `NODE_OPTIONS=--import` into every process of a chain under test and into every thread of it.
//
// With HEDDLE_TEST_LEDGER it notes there what has reached the disk: a line {file, size} when, and only when, a write that
// asked for sync has resolved (and before whoever asked hears of it), and {from, to} when a file was renamed. The test
// cuts every log back to that after a kill, as a power cut may. HEDDLE_TEST_MUTATION names a fault that is planted in the
// sources while they load (hooks.mjs), HEDDLE_TEST_FULL a file for whose sake writes fail.

const { HEDDLE_TEST_LEDGER: ledger, HEDDLE_TEST_FULL: full, HEDDLE_TEST_MUTATION: mutation } = process.env;

/** Open files by their descriptor. */
const files = new Map();

if (ledger || full) followOpenFiles();
if (full) failWrites();
if (ledger) {
  noteFileSyncs();
  noteBatches();
}
syncBuiltinESMExports();
if (mutation) register('./hooks.mjs', import.meta.url);

function note(line) {
  appendFileSync(ledger, `${JSON.stringify(line)}\n`);
}

/** What consensus log and signer write goes through these calls (durable-files.ts). */
function followOpenFiles() {
  const { openSync, closeSync } = fs;
  fs.openSync = (path, ...rest) => {
    const descriptor = openSync(path, ...rest);
    files.set(descriptor, String(path));
    return descriptor;
  };
  fs.closeSync = (descriptor) => {
    files.delete(descriptor);
    closeSync(descriptor);
  };
}

/** As on a full disk, for one file: the one that stands in the file HEDDLE_TEST_FULL, as long as that is there. */
function failWrites() {
  const { existsSync, readFileSync, writeSync } = fs;
  fs.writeSync = (descriptor, ...rest) => {
    if (existsSync(full) && files.get(descriptor)?.endsWith(readFileSync(full, 'utf8'))) {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    return writeSync(descriptor, ...rest);
  };
}

function noteFileSyncs() {
  const { renameSync, fdatasync, fstatSync } = fs;
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    note({ from: String(from), to: String(to) });
  };
  fs.fdatasync = (descriptor, done) => {
    const size = fstatSync(descriptor).size; // what is there now is what the sync covers
    fdatasync(descriptor, (error) => {
      if (!error && files.has(descriptor)) note({ file: files.get(descriptor), size });
      done(error);
    });
  };
}

/** What LevelDB writes: a batch goes to its newest log. One writer, one batch at a time: all of the log is synced then. */
function noteBatches() {
  const executor = new URL('../../../executor/package.json', import.meta.url);
  const { ChainedBatch } = createRequire(executor)('classic-level/chained-batch.js');
  const write = ChainedBatch.prototype._write;
  ChainedBatch.prototype._write = async function (options) {
    await write.call(this, options);
    if (options.sync !== true) return;
    const folder = this.db.location;
    const log = fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
      .at(-1);
    if (log) note({ file: join(folder, log), size: fs.statSync(join(folder, log)).size });
  };
}
