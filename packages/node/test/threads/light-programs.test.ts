import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');
/** An import that is still there when types are gone. */
const IMPORT = /^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gm;

/** The packages that `entry` loads at its start, by itself or through files of this package. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const found = new Set([join(SOURCES, entry)]);
  for (const file of found) {
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const path = join(dirname(file), specifier);
      if (!specifier.startsWith('.')) packages.add(specifier);
      else if (existsSync(path)) found.add(path);
    }
  }
  return packages;
}

// A validator that starts again votes the later for each module that it loads: of all the executor, that is a tenth of a
// second a thread.
describe('the programs of a node', () => {
  it.each(['threads/pool-thread.ts', 'threads/rpc-thread.ts'])('%s loads the store without the executor', (entry) => {
    expect(packagesOf(entry)).toContain('@heddle/executor/store');
    expect(packagesOf(entry)).not.toContain('@heddle/executor');
  });

  it.each(['cli/main.ts', 'cli/node-command.ts', 'node.ts'])('%s loads nothing of the executor', (entry) => {
    expect(packagesOf(entry)).toContain('@heddle/primitives');
    expect([...packagesOf(entry)].filter((name) => name.startsWith('@heddle/executor'))).toEqual([]);
  });
});
