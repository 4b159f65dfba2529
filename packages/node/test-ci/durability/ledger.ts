import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '@heddle/testkit';

/** What a power cut leaves of a log: what was synced, or that and some of what was written after. */
export type Cut = 'synced' | 'random';

/** One line of the ledger that preload.mjs writes. */
type Note = { readonly file: string; readonly size: number } | { readonly from: string; readonly to: string };

/**
 * Cuts every log, consensus log and signer state file (temporary ones too) of the nodes in `folders` back to what
 * `ledger` says was synced, or to a random size between that and its end. Gives a line for each file that lost bytes.
 */
export function cutLogs(folders: readonly string[], ledger: string, cut: Cut, random: Random): string[] {
  const synced = readLedger(ledger);
  return folders.flatMap(logFiles).flatMap((file) => {
    const size = statSync(file).size;
    const kept = Math.min(size, synced.get(file) ?? 0);
    const left = cut === 'synced' ? kept : random.int(kept, size);
    if (left === size) return [];
    truncateSync(file, left);
    return [`${file}: ${left} of ${size} bytes left, ${kept} were synced`];
  });
}

/** The size up to which each file was synced last. The process may have died over the last line. */
function readLedger(ledger: string): Map<string, number> {
  const text = existsSync(ledger) ? readFileSync(ledger, 'utf8') : '';
  const synced = new Map<string, number>();
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const note = JSON.parse(line) as Note;
    if ('file' in note) synced.set(note.file, note.size);
    else {
      const moved = synced.get(note.from);
      synced.delete(note.from);
      if (moved === undefined) synced.delete(note.to);
      else synced.set(note.to, moved);
    }
  }
  return synced;
}

function logFiles(folder: string): string[] {
  const inFolder = (name: string, pattern: RegExp) =>
    existsSync(join(folder, name))
      ? readdirSync(join(folder, name)).flatMap((file) => (pattern.test(file) ? [join(folder, name, file)] : []))
      : [];
  return [
    ...inFolder('wal', /^consensus\.wal(\.new)?$/),
    ...inFolder('signer', /^state\.json/),
    ...inFolder('database', /\.log$/),
    ...inFolder('database.lock', /\.log$/),
  ];
}
