// Whether a build step's inputs are the same as when it last succeeded: a hash of them, kept beside its outputs.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A hash over the content and names of `paths` (files, or folders with all that is in them); missing ones count too. */
export function hashInputs(paths) {
  const hash = createHash('sha256');
  for (const path of paths) addPath(hash, path);
  return hash.digest('hex');
}

/** Whether the stamp at `path` says `inputs`. */
export function isStamped(path, inputs) {
  try {
    return readFileSync(path, 'utf8').trim() === inputs;
  } catch {
    return false;
  }
}

/** Writes the stamp; without `inputs` removes it. */
export function stamp(path, inputs) {
  if (inputs === undefined) return rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${inputs}\n`);
}

function addPath(hash, path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  hash.update(`${path.replaceAll('\\', '/')}\0`);
  if (!stats) return;
  if (!stats.isDirectory()) return hash.update(readFileSync(path));
  for (const name of readdirSync(path).sort()) addPath(hash, join(path, name));
}
