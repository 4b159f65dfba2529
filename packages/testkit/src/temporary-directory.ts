import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own. */
export interface TemporaryDirectory {
  readonly path: string;
  /** Removes it with all that is in it. Safe to call twice. */
  remove(): void;
}

/** Makes an empty folder in the system's temporary folder; what a test forgets is removed when its process ends. */
export function temporaryDirectory(label = 'test'): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), `heddle-${label}-`));
  const remove = () => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    process.off('exit', remove);
  };
  process.on('exit', remove);
  return { path, remove };
}
